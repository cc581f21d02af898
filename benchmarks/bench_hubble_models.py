"""Physics beside networks: Hubble rates under flat ΛCDM, wCDM, polynomials and networks of 1 to 16 units.

Writes benchmarks/results/hubble_models.md and .png. Needs the reference data; see tests/conftest.py for where they lie.
Finished comparisons are kept in --folder, to go on from.
"""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import logsumexp

import bayesnn as bnn
from bayesnn.evidence.comparison import Comparison
from benchmarks.report import REFERENCE, ROOT, write

BOX = {"H0": (50.0, 100.0), "Om": (0.0, 1.0), "w": (-2.0, 0.0)}
"""Uniform priors, H0 in km/s/Mpc."""
DEGREES, WIDTHS = range(1, 6), range(1, 17)
N_NODES = (40, 80)
"""Of Gauss and Legendre's rule in each dimension: the first tells the error of the second."""


def tables() -> dict[str, bnn.Dataset]:
    """By name, standardized."""
    values = np.loadtxt(REFERENCE / "curves" / "hz15.txt")
    cov = np.loadtxt(REFERENCE / "curves" / "hz15_cov.txt")
    correlated = bnn.Dataset(values[:, 0], values[:, 1], cov=cov, names=["redshift z", "H(z) [km/s/Mpc]"])
    return {"31 rates": bnn.load_dataset("hz").standardize(), "15 with covariance": correlated.standardize()}


def models(data: bnn.Dataset) -> dict[str, bnn.Posterior]:
    def posterior(model, prior) -> bnn.Posterior:
        return bnn.Posterior(model, bnn.Gaussian(), prior=prior, data=data)

    networks = {f"1-{width}-1 tanh": bnn.MLP((1, width, 1)) for width in WIDTHS}
    polynomials = {f"degree {degree}": bnn.LinearModel(bnn.polynomial(degree)) for degree in DEGREES}
    return {
        **{name: posterior(law, {p: BOX[p] for p in law.names}) for name, law in physics(data).items()},
        **{name: posterior(model, {"*": bnn.Normal(0, 1)}) for name, model in (polynomials | networks).items()},
    }


def physics(data: bnn.Dataset) -> dict[str, bnn.FunctionModel]:
    """Laws of z and H(z) in the units of standardized data."""
    x_mean, x_scale, y_mean, y_scale = (
        float(np.squeeze(getattr(data.scaling, name))) for name in ("x_mean", "x_scale", "y_mean", "y_scale")
    )

    def rate(x: ArrayLike, H0: ArrayLike, Om: ArrayLike, w: ArrayLike) -> np.ndarray:
        growth = 1 + x_mean + x_scale * np.asarray(x)
        return (H0 * np.sqrt(Om * growth**3 + (1 - Om) * growth ** (3 * (1 + w))) - y_mean) / y_scale

    return {
        "flat ΛCDM": bnn.FunctionModel(lambda x, H0, Om: rate(x, H0, Om, -1.0), vectorized=True),
        "flat wCDM": bnn.FunctionModel(lambda x, H0, Om, w: rate(x, H0, Om, w), vectorized=True),
    }


def by_quadrature(post: bnn.Posterior) -> tuple[float, float]:
    """ln of the mean of the likelihood over the box, and the change from half as many nodes."""
    coarse, fine = (mean_likelihood(post, n) for n in N_NODES)
    return fine, abs(fine - coarse)


def mean_likelihood(post: bnn.Posterior, n: int) -> float:
    names = list(post.model.blocks)
    nodes, weights = np.polynomial.legendre.leggauss(n)
    grid = np.meshgrid(*[low + (high - low) * (nodes + 1) / 2 for low, high in map(BOX.get, names)], indexing="ij")
    log_weights = sum(np.meshgrid(*[np.log(weights / 2)] * len(names), indexing="ij"))
    theta = post.pack({name: axis.ravel() for name, axis in zip(names, grid, strict=True)})
    return float(logsumexp(post.log_likelihood(theta) + log_weights.ravel()))


def compared(path: Path, find: Callable[[], Comparison]) -> Comparison:
    """A comparison, unless the file has it already."""
    if not path.exists():
        bnn.save_results(path, comparison=find())
    return bnn.load_results(path)[1]


def one_table(data: bnn.Dataset, folder: Path) -> Comparison:
    posteriors, goal = models(data), bnn.Until(ess=400, rhat=1.02, max_seconds=90)
    draws = {}
    for name, post in posteriors.items():
        draws[name] = bnn.sample(post, until=goal, progress=False, checkpoint=folder / f"{data.n_rows} {name}.h5")
        print(name, bnn.diagnose(draws[name]).verdict, flush=True)
    return bnn.compare(posteriors, criteria="loo", draws=draws)


def rows(name: str, data: bnn.Dataset, table: Comparison) -> list[str]:
    laws, found, scores = physics(data), [], table.criteria.get("loo", {})
    best = max(scores, key=lambda n: np.nan_to_num(scores[n].value, nan=-np.inf), default=None)
    for row in table.rows():
        model, post = row["model"], models(data)[row["model"]]
        truth = "{:.4f} ± {:.4f}".format(*by_quadrature(post)) if model in laws else ""
        log_z, probability = (f"{row[key]:.3f} ± {row[f'{key}_error']:.3f}" for key in ("log_evidence", "probability"))
        loo = "- | -"
        if best and not np.isnan(row["loo"]):
            below, error = table.difference("loo", model, best)
            loo = f"{row['loo']:.2f} ± {row['loo_error']:.2f} | {below:+.2f} ± {error:.2f}"
        figures = f"{log_z} | {truth} | {probability} | {loo} | {row['method']}"
        found.append(f"{name} | {model} | {post.n_params} | {figures}")
    return found


def page(lines: list[str], warnings: list[str]) -> None:
    write(
        "hubble_models",
        "Hubble rates: physics beside networks",
        notes="Errors are known; y is standardized for all, and ln Z a density of that. Priors: H0 uniform on "
        "50 to 100 km/s/Mpc, Ωm on 0 to 1, w on −2 to 0; N(0, 1) on each weight of polynomials and networks, in "
        "standardized units: the ranking across families is one of these priors as much as of the models. Models are "
        "equally probable before. `quadrature` is Gauss and Legendre's rule over the box of the priors. LOO is "
        "PSIS-LOO by draws, given the other rows where errors are correlated; last but one its paired difference to "
        "the best; a dash where no draws were made, or none that had converged.\n"
        + "\n".join(f"* {warning}" for warning in warnings),
        columns=("data", "model", "P", "ln Z", "quadrature", "probability", "LOO", "LOO − best", "method"),
        rows=lines,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / "runs" / "hubble_models", help="where results are kept")
    folder, lines, warnings = parser.parse_args().folder, [], []
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in tables().items():
        path = folder / f"{name.replace(' ', '_')}.json"
        table = compared(path, lambda data=data: one_table(data, folder))
        print(table, flush=True)
        lines += rows(name, data, table)
        warnings += [f"{name}: {warning}." for warning in table.warnings]
        figure = bnn.plot.comparison(table, title=name)
        figure.savefig(ROOT / "benchmarks" / "results" / f"hubble_models_{data.n_rows}.png", dpi=110)
        page(lines, warnings)


if __name__ == "__main__":
    main()
