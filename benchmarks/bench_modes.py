"""Two modes whose weights are known: what share of the draws is in each, and what the verdict says.

Writes benchmarks/results/modes.md.
"""

import numpy as np

import bayesnn as bnn
from bayesnn.diagnostics.convergence import convergence
from benchmarks.report import write

CASES = [("0.8 and 0.2, alike", 0.8, 1.0), ("0.95 and 0.05, alike", 0.95, 1.0), ("0.8 and 0.2, half as wide", 0.8, 0.5)]
"""Of the left mode and the right one, and the sd of the right one for 1 of the left."""
PARAMETERS = (1, 2, 4, 8)
SEEDS = range(3)
_AT = 6.0
"""And −6: 12 sd apart in each direction."""


def posterior(n_params: int, weight: float, sd: float, *, has_gradient: bool) -> bnn.FunctionPosterior:
    """Normals about (−6, …) and (6, …) under a prior N(0, 15²) that hardly leans on them."""

    def log_likelihood(x):
        left = np.log(weight) - 0.5 * np.sum((x + _AT) ** 2, axis=-1)
        right = np.log(1 - weight) - 0.5 * np.sum((x - _AT) ** 2, axis=-1) / sd**2 - n_params * np.log(sd)
        return np.logaddexp(left, right)

    def grad(x):
        slopes = np.stack([-(x + _AT), -(x - _AT) / sd**2])
        left = np.log(weight) - 0.5 * np.sum((x + _AT) ** 2, axis=-1)
        right = np.log(1 - weight) - 0.5 * np.sum((x - _AT) ** 2, axis=-1) / sd**2 - n_params * np.log(sd)
        share = np.exp(np.stack([left, right]) - np.logaddexp(left, right))
        return {"x": np.sum(share[..., None] * slopes, axis=0)}

    prior = {"x": bnn.Normal(0, 15, shape=(n_params,))}
    return bnn.FunctionPosterior(log_likelihood, prior, grad=grad if has_gradient else None, vectorized=True)


def row(name: str, weight: float, sd: float, n_params: int, has_gradient: bool) -> str:
    """Of all seeds."""
    shares, z, verdicts, seconds = [], [], [], []
    for seed in SEEDS:
        draws = bnn.sample(posterior(n_params, weight, sd, has_gradient=has_gradient), rng=seed, progress=False)
        left = draws.values["x"][..., 0] < 0
        found = convergence(left[..., None].astype(float))
        shares.append(left.mean())
        z.append(abs(left.mean() - weight) / found.mcse_mean[0] if 0 < left.mean() < 1 else np.inf)
        verdicts.append(draws.diagnosis.ok)
        seconds.append(draws.seconds)
    told = ", ".join(f"{share:.3f}" for share in shares)
    said = ", ".join("converged" if ok else "not" for ok in verdicts)
    return (
        f"{name} | {n_params} | {'yes' if has_gradient else 'no'} | {told} | {max(z):.1f} | {said} | "
        f"{np.mean(seconds):.1f}"
    )


def main() -> None:
    rows = []
    for name, weight, sd in CASES:
        for n_params in PARAMETERS:
            for has_gradient in (True, False):
                rows.append(row(name, weight, sd, n_params, has_gradient))
                print(rows[-1], flush=True)
    write(
        "modes",
        "Two modes, 12 sd apart in each direction",
        notes="The share of the draws in the left mode, which is the first of the two weights but for 1 % or less that "
        "the prior adds; three seeds, all defaults. z is the largest deviation in Monte Carlo errors of the share, "
        "infinite where a mode was never seen. That is the limit: in eight dimensions a mode half as wide has 1/256 of "
        "the volume, climbs and annealed draws of the prior may not find it, and the verdict cannot know.",
        columns=["modes", "parameters", "gradient", "left", "z", "verdict", "s"],
        rows=rows,
    )


if __name__ == "__main__":
    main()
