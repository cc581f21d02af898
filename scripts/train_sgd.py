"""A network trained by stochastic gradient descent with momentum, rows held out to see when to stop."""

import argparse
import sys
from pathlib import Path

import numpy as np

import bayesnn as bnn


def main(raw: bnn.Dataset, n_hidden: int, rate: float | None, n_epochs: int, held: float, seed: int, out: Path) -> None:
    data = raw.standardize()
    known = raw.yerr is not None
    likelihood = bnn.Gaussian() if known else bnn.Gaussian(sigma=bnn.InverseGamma(2, 0.5))
    net = bnn.MLP((data.n_inputs, n_hidden, 1))
    post = bnn.Posterior(net, likelihood, prior={"*1": bnn.Normal(0, 1), "*2": bnn.Normal(0, 1)}, data=data)
    n_steps = n_epochs * -(-data.n_rows // 8)
    height = np.mean(data.yerr**-2) if known else 4.0  # the curvature of the loss grows with the weight of the data
    sgd = bnn.SGD(learning_rate=bnn.schedules.cosine(rate or 0.03 / height, n_steps=n_steps), momentum=0.9)
    best = bnn.train(post, optimizer=sgd, n_epochs=n_epochs, batch_size=8, validation=held or None, rng=seed)
    print(f"{'converged' if best.converged else 'NOT CONVERGED'}: {best.message}")
    if held:
        validation = best.history.validation
        print(f"a row held out: {np.nanmax(validation):.4f} nats, best at epoch {np.nanargmax(validation)}")
    summit = bnn.maximum_a_posteriori(post, rng=seed, n_starts=4)
    for name, estimate in {"SGD": best, "all rows, quasi-Newton": summit}.items():
        score = bnn.score(bnn.predict(post, estimate, raw.X), raw.y, yerr=raw.yerr)
        print(f"{name:<24} log posterior of its rows {estimate.log_prob:10.3f}   RMSE of all rows {score.rmse:.4g}")
    out.mkdir(parents=True, exist_ok=True)
    bnn.plot.training(best).savefig(out / "training.png", dpi=150)
    if data.n_inputs == 1:
        x = np.linspace(raw.X.min(), raw.X.max(), 200)
        curves = {"all rows": bnn.predict(post, summit, x)}
        figure = bnn.plot.predictive(bnn.predict(post, best, x), raw, curves=curves, label="SGD")
    else:
        figure = bnn.plot.observed(bnn.predict(post, best, raw.X), raw.y, yerr=raw.yerr)
    figure.savefig(out / "fit.png", dpi=150)
    np.savez(out / "weights.npz", **best.values)
    print(f"\nWritten to {out}: training.png, fit.png, weights.npz")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path, help="text table of numbers (default: the bundled Hubble rates)")
    parser.add_argument("--target", default="y", help="its column of measurements; others are inputs")
    parser.add_argument("--yerr", help="its column of standard deviations (default: one unknown noise level)")
    parser.add_argument("--hidden", type=int, default=16, help="hidden units")
    parser.add_argument("--rate", type=float, help="learning rate at the start (default: by the weight of the data)")
    parser.add_argument("--epochs", type=int, default=2000, help="passes through the rows")
    parser.add_argument("--held", type=float, default=0.2, help="share of rows held out; 0 for none")
    parser.add_argument("--seed", type=int, default=0, help="one seed, one result")
    parser.add_argument("--out", type=Path, default=Path("runs/sgd"), help="folder to write into")
    given = parser.parse_args()
    try:
        own = given.table and bnn.read_table(given.table, target=given.target, yerr=given.yerr)
        sizes = given.hidden, given.rate, given.epochs, given.held
        main(own or bnn.load_dataset("hz"), *sizes, given.seed, given.out)
    except bnn.errors.BayesnnError as error:
        sys.exit(f"error: {error}")
