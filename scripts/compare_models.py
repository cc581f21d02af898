"""Polynomials and networks side by side: evidence, information criteria, and their average weighted by evidence."""

import argparse
import json
import sys
from pathlib import Path

import numpy as np

import bayesnn as bnn


def main(raw: bnn.Dataset, degrees: list[int], hidden: list[int], criteria: list[str], seed: int, out: Path) -> None:
    data = raw.standardize()
    likelihood = bnn.Gaussian(sigma=bnn.HalfNormal(1)) if raw.yerr is None else bnn.Gaussian()
    models = {f"degree {d}": bnn.LinearModel(bnn.polynomial(degree=d)) for d in degrees}
    models |= {f"network 1-{h}-1": bnn.MLP((1, h, 1)) for h in hidden}
    problems = {
        name: bnn.Posterior(model, likelihood, prior={"*": bnn.Normal(0, 1)}, data=data)
        for name, model in models.items()
    }
    table = bnn.compare(problems, criteria=criteria, rng=seed)
    print(table)
    x = np.linspace(raw.X.min(), raw.X.max(), 200)
    found = {name: bnn.laplace_posterior(post, rng=seed, n_starts=8) for name, post in problems.items()}
    each = {name: bnn.predict(post, found[name], x) for name, post in problems.items()}
    average = bnn.average(each, weights=table.probabilities)
    between, whole = average.model_sd.max(), average.sd.max()
    print(f"\nAveraged by evidence: sd between models <= {between:.3g}, within and between <= {whole:.3g}")
    out.mkdir(parents=True, exist_ok=True)
    (out / "comparison.json").write_text(json.dumps(table.rows(), indent=2) + "\n")
    bnn.plot.comparison(table).savefig(out / "comparison.png", dpi=150)
    bnn.plot.predictive(average, raw, label="average").savefig(out / "average.png", dpi=150)
    print(f"\nWritten to {out}: comparison.json, comparison.png, average.png")


def numbers(text: str) -> list[int]:
    return [int(part) for part in text.split(",") if part]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path, help="text table (default: the bundled Hubble rates, x = z, y = H)")
    parser.add_argument("--x", default="x", help="its column of inputs")
    parser.add_argument("--y", default="y", help="its column of measurements")
    parser.add_argument("--yerr", help="its column of standard deviations (default: one unknown noise level)")
    parser.add_argument("--degrees", type=numbers, default=[0, 1, 2, 3, 4], help="of polynomials, between commas")
    parser.add_argument("--hidden", type=numbers, default=[1, 2, 4], help="units of networks, between commas")
    parser.add_argument("--criteria", default="aicc,bic", help="beside the evidence: aic, aicc, bic, loo, ...")
    parser.add_argument("--seed", type=int, default=0, help="one seed, one result")
    parser.add_argument("--out", type=Path, default=Path("runs/comparison"), help="folder to write into")
    given = parser.parse_args()
    try:
        own = given.table and bnn.read_table(given.table, target=given.y, yerr=given.yerr, features=[given.x])
        criteria = [name for name in given.criteria.split(",") if name]
        main(own or bnn.load_dataset("hz"), given.degrees, given.hidden, criteria, given.seed, given.out)
    except bnn.errors.BayesnnError as error:
        sys.exit(f"error: {error}")
