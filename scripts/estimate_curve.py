"""A curve through measurements: maximum likelihood, standard errors and intervals by profile likelihood."""

import argparse
import json
import sys
from pathlib import Path

import numpy as np

import bayesnn as bnn

CURVES = {  # write your own here: x first, then the parameters, each with a value to start from
    "lcdm": (lambda z, H0, Om: H0 * np.sqrt(Om * (1 + z) ** 3 + 1 - Om), {"H0": 70.0, "Om": 0.5}),
    "line": (lambda x, a, b: a + b * x, {"a": 0.0, "b": 1.0}),
    "decay": (lambda x, a, b: a * np.exp(-b * x), {"a": 1.0, "b": 1.0}),
    "rise": (lambda x, a, b: a * (1 - np.exp(-b * x)), {"a": 1.0, "b": 1.0}),
}


def main(data: bnn.Dataset, curve: str, level: float, out: Path) -> None:
    function, start = CURVES[curve]
    likelihood = bnn.Gaussian(sigma=bnn.Flat(low=0)) if data.yerr is None else bnn.Gaussian()
    post = bnn.Posterior(bnn.FunctionModel(function), likelihood, prior=dict.fromkeys(start, bnn.Flat()), data=data)
    noise = {"sigma": np.ptp(data.y)} if data.yerr is None else {}
    best = bnn.maximum_likelihood(post, post.pack(start | noise))
    print(f"{best.summary()}\n")
    intervals = {}
    for name in start:
        profile = bnn.profile_likelihood(post, name, level=level, start=best.theta)
        intervals[name] = [profile.low, profile.high]
        print(f"{name}: {level:.0%} interval by profile likelihood {profile.low:.4g} ... {profile.high:.4g}")
    x = np.linspace(data.X.min(), data.X.max(), 200)
    out.mkdir(parents=True, exist_ok=True)
    band = bnn.predict(post, bnn.laplace_posterior(post, best.theta), x)
    bnn.plot.predictive(band, data, label=curve).savefig(out / "curve.png", dpi=150)
    names = list(start)
    bnn.plot.contour(bnn.contour(post, *names[:2])).savefig(out / "contour.png", dpi=150)
    errors = {name: float(best.standard_errors[name]) for name in names}
    found = {name: float(best.values[name]) for name in names}
    content = {"estimate": found, "standard_error": errors, "interval": intervals, "aic": best.aic, "bic": best.bic}
    (out / "estimate.json").write_text(json.dumps(content | {"converged": bool(best.converged)}, indent=2) + "\n")
    print(f"\nWritten to {out}: estimate.json, curve.png, contour.png")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--table", type=Path, help="text table (default: the bundled Hubble rates, x = z, y = H)")
    parser.add_argument("--x", default="x", help="its column of inputs")
    parser.add_argument("--y", default="y", help="its column of measurements")
    parser.add_argument("--yerr", help="its column of standard deviations (default: one unknown noise level)")
    parser.add_argument("--curve", choices=CURVES, default="lcdm", help="CURVES in this file; add your own")
    parser.add_argument("--level", type=float, default=0.95, help="of the intervals")
    parser.add_argument("--out", type=Path, default=Path("runs/curve"), help="folder to write into")
    given = parser.parse_args()
    try:
        own = given.table and bnn.read_table(given.table, target=given.y, yerr=given.yerr, features=[given.x])
        main(own or bnn.load_dataset("hz"), given.curve, given.level, given.out)
    except bnn.errors.BayesnnError as error:
        sys.exit(f"error: {error}")
