"""The posterior of a network on a table of numbers or classes, sampled until it has enough draws."""

import argparse
import sys
from pathlib import Path

import numpy as np

import bayesnn as bnn


def problem(data: bnn.Dataset, n_hidden: int) -> bnn.Posterior:
    """One hidden layer; classes, known errors, or one unknown noise level, as the table has it."""
    prior = {"W1": bnn.Normal(0, data.n_inputs**-0.5), "W2": bnn.Normal(0, n_hidden**-0.5), "b*": bnn.Normal(0, 1)}
    if not np.issubdtype(data.y.dtype, np.number):
        net = bnn.MLP((data.n_inputs, n_hidden, len(np.unique(data.y))))
        wide = prior | {"W2": bnn.Normal(0, 10 * n_hidden**-0.5)}
        return bnn.Posterior(net, bnn.Categorical(), prior=wide, data=data.standardize(target=False))
    likelihood = bnn.Gaussian(sigma=bnn.InverseGamma(2, 0.5)) if data.yerr is None else bnn.Gaussian()
    return bnn.Posterior(bnn.MLP((data.n_inputs, n_hidden, 1)), likelihood, prior=prior, data=data.standardize())


def main(data: bnn.Dataset, n_hidden: int, n_warmup: int | None, until: bnn.Until, seed: int, out: Path) -> None:
    post = problem(data, n_hidden)
    out.mkdir(parents=True, exist_ok=True)
    draws = bnn.sample(post, n_warmup=n_warmup, until=until, rng=seed, checkpoint=out / "draws.h5")
    print(draws)
    prediction = bnn.predict(post, draws, data.X)
    found = bnn.score(prediction, data.y, yerr=data.yerr)
    print(f"\nOn the rows of the fit itself, which flatters: {found}")
    if prediction.classes is None and data.n_inputs == 1:
        grid = np.linspace(data.X.min(), data.X.max(), 200)
        bnn.plot.predictive(bnn.predict(post, draws, grid), data).savefig(out / "predictive.png", dpi=150)
    elif prediction.classes is None:
        bnn.plot.observed(prediction, data.y, yerr=data.yerr).savefig(out / "predictive.png", dpi=150)
    bnn.plot.calibration(prediction, data.y, yerr=data.yerr).savefig(out / "calibration.png", dpi=150)
    bnn.plot.trace(draws).savefig(out / "trace.png", dpi=150)
    print(f"\nWritten to {out}: {', '.join(sorted(path.name for path in out.iterdir()))}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path, help="text table (default: the bundled Hubble rates)")
    parser.add_argument("--target", default="y", help="its column of numbers or labels; others are inputs")
    parser.add_argument("--yerr", help="its column of standard deviations")
    parser.add_argument("--hidden", type=int, default=8, help="hidden units")
    parser.add_argument("--warmup", type=int, help="steps before the first draw (default: from the problem)")
    parser.add_argument("--ess", type=float, default=400, help="effective draws to go on for")
    parser.add_argument("--seconds", type=float, default=120, help="to stop after in any case")
    parser.add_argument("--seed", type=int, default=0, help="one seed, one result")
    parser.add_argument("--out", type=Path, default=Path("runs/posterior"), help="folder; a second start goes on there")
    given = parser.parse_args()
    try:
        own = given.table and bnn.read_table(given.table, target=given.target, yerr=given.yerr)
        until = bnn.Until(ess=given.ess, rhat=1.01, max_seconds=given.seconds)
        main(own or bnn.load_dataset("hz"), given.hidden, given.warmup, until, given.seed, given.out)
    except bnn.errors.BayesnnError as error:
        sys.exit(f"error: {error}")
