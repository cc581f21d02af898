"""MacKay's experiment: the evidence of networks for the robot arm, against their width and their test error.

`python -m benchmarks.bench_robot_arm` makes the runs that are missing under benchmarks/results/robot_arm and the page
and figures benchmarks/results/robot_arm*. `... table` makes the page of the runs that there are; `... networks` (scales
found by the evidence framework), `fixed` (priors fixed for all widths), `unknown` (scales integrated) and `found`
(annealed SMC at the scales found) only runs. Delete a file to have it made anew.
"""

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from itertools import product

import numpy as np

import bayesnn as bnn
from bayesnn.estimation.curvature import hessian
from bayesnn.evidence.framework import EvidenceFramework
from bayesnn.evidence.laplace import log_images
from benchmarks.report import ROOT
from benchmarks.robot_arm_page import GROUPS, best, page
from benchmarks.robot_arm_smc import NOISE, PRIORS, TEST, TRAIN, WIDTHS, at_scales_found, fixed, unknown

RUNS = ROOT / "benchmarks" / "results" / "robot_arm"
LAPLACE, STARTS = (*range(2, 21), 24, 28, 32, 40), range(2)
"""Widths and starts of networks whose scales are found."""
UNKNOWN = (6, 12, 20)


def fitted(width: int, groups: str, start: int) -> EvidenceFramework:
    """A start is a draw of the first weights, and of the scale of the priors from which α begins."""
    scale = float(np.exp(np.random.default_rng([start, width]).uniform(np.log(0.3), np.log(3))))
    noise = bnn.Gaussian(sigma=bnn.HalfNormal(1))
    post = bnn.Posterior(bnn.MLP((2, width, 2)), noise, prior={"*": bnn.Normal(0, scale)}, data=TRAIN)
    return bnn.evidence_framework(post, together=GROUPS[groups], rng=start)


def one_network(width: int, groups: str, start: int) -> dict:
    began = time.process_time()
    fit = fitted(width, groups, start)
    missed = fit.posterior.outputs(fit.theta, TEST.X) - TEST.y
    return {
        "width": width,
        "groups": groups,
        "start": start,
        "log_z": fit.log_evidence,
        "test": float(np.mean(missed**2)) / NOISE**2,
        "sigma": fit.sigma,
        "gamma": {name: float(gamma.sum()) for name, gamma in fit.gamma.items()},
        "scales": {name: float(alpha.item()) ** -0.5 for name, alpha in fit.alpha.items()},
        "log_images": log_images(fit.posterior, fit.theta),
        "n_params": fit.posterior.n_params,
        "converged": fit.converged,
        "least_curvature": float(np.linalg.eigvalsh(-hessian(fit.posterior, fit.theta))[0]),
        "seconds": time.process_time() - began,
    }


def runs(kind: str) -> dict[str, dict]:
    """Those that are kept."""
    path = RUNS / f"{kind}.json"
    return json.loads(path.read_text()) if path.exists() else {}


def keep(kind: str, key: str, run: Callable[[], dict]) -> None:
    """Make a run unless it is kept."""
    found = runs(kind)
    if key not in found:
        found[key] = run()
        print(kind, key, found[key], flush=True)
        RUNS.mkdir(parents=True, exist_ok=True)
        (RUNS / f"{kind}.json").write_text(json.dumps(found, indent=1))


def networks() -> None:
    for start, width, groups in product(STARTS, LAPLACE, GROUPS):
        keep("networks", f"{width} units, {groups}, start {start}", partial(one_network, width, groups, start))


def with_fixed_priors() -> None:
    for prior, width in product(PRIORS, WIDTHS):
        keep("fixed", f"{width} units, {prior}", partial(fixed, width, prior))


def with_unknown_scales() -> None:
    for width in UNKNOWN:
        keep("unknown", f"{width} units", partial(unknown, width))


def with_scales_found() -> None:
    found = list(runs("networks").values())
    for width in UNKNOWN:
        keep("found", f"{width} units", partial(at_scales_found, best(found, width, "three α")))


PARTS = {
    "networks": networks,
    "fixed": with_fixed_priors,
    "unknown": with_unknown_scales,
    "found": with_scales_found,
}


def main() -> None:
    asked = sys.argv[1:] or [*PARTS, "table"]
    for part in asked:
        if part != "table":
            PARTS[part]()
    if "table" in asked:
        page(**{kind: list(runs(kind).values()) for kind in PARTS})


if __name__ == "__main__":
    main()
