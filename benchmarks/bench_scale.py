"""Cost of a gradient against rows and weights, and the memory of a million rows.

Writes benchmarks/results/scale.md and scale.png. Sixteen walkers, float64; the least time of several repetitions. The
step of a trajectory is one gradient of all walkers. Peak memory is that of the process, data and libraries included.
"""

import resource
import time

import numpy as np
from matplotlib.figure import Figure

import bayesnn as bnn
from benchmarks.report import ROOT, write

N_WALKERS, N_INPUTS = 16, 8
ROWS, UNITS = (1_000, 10_000, 100_000, 1_000_000), (10, 100, 1_000)


def seconds(n_rows: int, n_units: int, *, repeats: int) -> tuple[int, float]:
    """P, and the time of a gradient of all walkers."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n_rows, N_INPUTS))
    data = bnn.Dataset(X, np.sin(X.sum(axis=1)))
    net = bnn.MLP((N_INPUTS, n_units, 1))
    posterior = bnn.Posterior(net, bnn.Gaussian(sigma=0.3), prior={"*": bnn.Normal(0, 1)}, data=data)
    theta, found = 0.1 * rng.standard_normal((N_WALKERS, posterior.n_params)), []
    posterior.value_and_grad(theta)
    for _ in range(repeats):
        began = time.perf_counter()
        posterior.value_and_grad(theta)
        found.append(time.perf_counter() - began)
    return posterior.n_params, min(found)


def slope(x: list[float], y: list[float]) -> float:
    """Of ln y on ln x."""
    return float(np.polyfit(np.log(x), np.log(y), 1)[0])


def main() -> None:
    by_rows = [seconds(n, 100, repeats=7 if n < 10**6 else 1) for n in ROWS]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    by_weights = [seconds(10_000, H, repeats=5 if H < 1000 else 2) for H in UNITS]
    slopes = slope(list(ROWS), [t for _, t in by_rows]), slope(*map(list, zip(*by_weights, strict=True)))
    figure = Figure(figsize=(7, 3), layout="constrained")
    for axis, x, found, label in zip(
        figure.subplots(1, 2),
        (ROWS, [P for P, _ in by_weights]),
        (by_rows, by_weights),
        ("rows", "weights"),
        strict=True,
    ):
        axis.loglog(x, [t for _, t in found], "o-")
        axis.set(xlabel=label, ylabel="seconds a step")
    figure.savefig(ROOT / "benchmarks" / "results" / "scale.png", dpi=120)
    rows = [f"{n:,} | {P:,} | {1000 * t:.2f} | –" for n, (P, t) in zip(ROWS, by_rows, strict=True)]
    rows += [f"10,000 | {P:,} | {1000 * t:.2f} | –" for P, t in by_weights]
    rows.append(f"slope by rows, by weights | – | – | {slopes[0]:.3f}, {slopes[1]:.3f}")
    write(
        "scale",
        "Time of a step against rows and weights",
        notes=f"{N_WALKERS} walkers, {N_INPUTS} inputs, one layer of tanh, float64; asked for: slopes of at most 1.05, "
        f"and 10⁶ rows with 1,000 weights within 4 GiB. Peak memory at 10⁶ rows: {peak:.2f} GiB. See scale.png.",
        columns=["rows", "weights", "milliseconds", "log-log slope"],
        rows=rows,
    )


if __name__ == "__main__":
    main()
