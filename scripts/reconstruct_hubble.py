"""The expansion history H(z) from cosmic chronometers: a network's posterior beside its point estimates."""

import argparse
import json
import sys
from pathlib import Path

import numpy as np

import bayesnn as bnn


def main(table: Path | None, out: Path, n_draws: int | None, seed: int) -> None:
    raw = bnn.load_dataset("hz") if table is None else bnn.read_table(table, target="H", yerr="sigma", features=["z"])
    data, likelihood, prior = raw.standardize(), bnn.Gaussian(), {"*": bnn.Normal(0, 1)}
    network = bnn.Posterior(bnn.MLP((1, 16, 1), activation="tanh"), likelihood, prior=prior, data=data)
    rate = 0.03 / np.mean(data.yerr**-2)  # the curvature of the loss grows with the weight of the data
    sgd = bnn.SGD(learning_rate=bnn.schedules.cosine(rate, n_steps=8000 * -(-data.n_rows // 8)), momentum=0.9)
    estimates = {
        "maximum likelihood": bnn.maximum_likelihood(network, rng=seed),
        "MAP": bnn.maximum_a_posteriori(network, rng=seed, n_starts=4),
        "SGD + weight decay": bnn.train(network, optimizer=sgd, n_epochs=8000, batch_size=8, rng=seed),
    }
    for name, best in estimates.items():
        state = "" if best.converged else "   not converged"
        print(f"{name:<20} log likelihood {best.log_likelihood:8.3f}   log posterior {best.log_prob:14.3f}{state}")
    draws = bnn.sample(network, n_draws=n_draws, rng=seed)
    diagnosis = bnn.diagnose(draws, at=(z := np.linspace(0, 1.05 * raw.X.max(), 200))[::10])
    print(f"\n{draws.log_prob.size} draws of {network.n_params} weights in {draws.seconds:.0f} s\n{diagnosis}\n")
    posterior = bnn.predict(network, draws, z)
    curves = {name: bnn.predict(network, best, z) for name, best in estimates.items()}
    print(f"    z    posterior H(z) {''.join(f'{name:>22}' for name in curves)}   [{raw.target}]")
    for i in range(0, 200, 22):
        row = "".join(f"{curve.mean[i]:22.1f}" for curve in curves.values())
        print(f"{z[i]:5.2f} {posterior.mean[i]:9.1f} ± {posterior.sd[i]:5.1f} {row}")
    models = {f"degree {d}": bnn.LinearModel(bnn.polynomial(degree=d)) for d in range(5)}
    models |= {f"network 1-{h}-1": bnn.MLP((1, h, 1)) for h in (1, 2, 4)}
    evidence = bnn.compare({n: bnn.Posterior(m, likelihood, prior=prior, data=data) for n, m in models.items()})
    print(f"\n{evidence}")
    out.mkdir(parents=True, exist_ok=True)
    draws.save(out / "draws.h5")
    summary = bnn.summarize(data=raw, optima=estimates, draws=draws, diagnosis=diagnosis, evidence=evidence)
    (out / "summary.json").write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    bnn.plot.predictive(posterior, raw, curves=curves).savefig(out / "predictive.png", dpi=150)
    bnn.plot.trace(draws, at=[0.5, 1.0, 2.0]).savefig(out / "trace.png", dpi=150)
    bnn.plot.comparison(evidence).savefig(out / "evidence.png", dpi=150)
    print(f"\nWritten to {out}: summary.json, draws.h5, predictive.png, trace.png, evidence.png")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path, help="text table with columns z, H and sigma (default: the bundled one)")
    parser.add_argument("--out", type=Path, default=Path("runs/hz"), help="folder to write into")
    parser.add_argument("--draws", type=int, help="kept draws of each of 4 x 64 walkers (default: 250)")
    parser.add_argument("--seed", type=int, default=0, help="one seed, one result")
    options = parser.parse_args()
    try:
        main(options.table, options.out, options.draws, options.seed)
    except bnn.errors.BayesnnError as error:
        sys.exit(f"error: {error}")
