"""MacKay's experiment: the evidence of networks for the robot arm, against their width and their test error.

Writes benchmarks/results/robot_arm.md and robot_arm.png. Finished networks are kept in --folder, to go on from.
"""

import argparse
import json
import time
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np

import bayesnn as bnn
from bayesnn.estimation.curvature import hessian
from bayesnn.evidence.framework import EvidenceFramework
from bayesnn.evidence.laplace import log_images
from bayesnn.evidence.result import Evidence
from bayesnn.evidence.search import Search
from bayesnn.evidence.trials import Trial
from benchmarks.report import ROOT, write

WIDTHS, STARTS, NOISE = range(2, 21), range(2), 0.05
SHOULDER = 7
"""Units from which on the data are fitted to their noise."""
GROUPS = {
    "one α": [("W1", "b1", "W2", "b2")],
    "three α": [("W2", "b2")],  # W1 and b1 each have their own
}
TRAIN, TEST = bnn.demonstrations.robot_arm(200, rng=1), bnn.demonstrations.robot_arm(200, rng=2)


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
        "log_evidence": fit.log_evidence,
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


def kept(path: Path, find: Callable[[], dict]) -> dict:
    """What is found, unless the file has it already."""
    if not path.exists():
        path.write_text(json.dumps(find()))
    return json.loads(path.read_text())


def searched(found: list[dict]) -> Search:
    """The same as a search, whose figure and rank correlation these are."""
    keys = ("width", "groups", "start")
    return Search(
        tuple(
            Trial(
                {k: f[k] for k in keys}, f["n_params"], Evidence(f["log_evidence"], np.nan, "framework", 0), f["test"]
            )
            for f in found
        )
    )


def figure(found: list[dict]) -> None:
    drawn = bnn.plot.occam_hill(searched(found), x="width", title="two-joint robot arm")
    hill, scatter = drawn.axes
    hill.set(xlabel="hidden units", ylim=(300, None))
    scatter.set(ylabel="mean squared test error / noise variance", yscale="log")
    drawn.savefig(ROOT / "benchmarks" / "results" / "robot_arm.png", dpi=110)


def correlations(found: list[dict]) -> str:
    """Spearman's, of ln evidence and test error."""
    parts = {"all": found, **{groups: [f for f in found if f["groups"] == groups] for groups in GROUPS}}
    parts["from 5 units on"] = [f for f in found if f["width"] >= 5]
    said = (f"{searched(part).rank_correlation:+.2f} over {len(part)} ({name})" for name, part in parts.items())
    return "Rank correlation of ln evidence and test error: " + ", ".join(said) + "."


def best(found: list[dict], width: int, groups: str) -> dict:
    """Of the starts of one network, that of highest evidence."""
    alike = [f for f in found if (f["width"], f["groups"]) == (width, groups)]
    return max(alike, key=lambda f: f["log_evidence"])


def row(found: list[dict], width: int) -> str:
    cells = []
    for groups in GROUPS:
        top = best(found, width, groups)
        cells.append(f"{top['log_evidence']:.1f} | {top['test']:.3f} | {top['gamma']:.1f} of {top['n_params']}")
    return f"{width} | {' | '.join(cells)}"


def notes(found: list[dict], checks: list[dict]) -> str:
    tops = {groups: [best(found, width, groups) for width in WIDTHS] for groups in GROUPS}
    heights = {groups: [top["log_evidence"] for top in chosen] for groups, chosen in tops.items()}
    peak = {groups: WIDTHS[int(np.argmax(height))] for groups, height in heights.items()}
    one, three = (np.array(heights[groups]) for groups in GROUPS)
    sentences = [
        "MacKay's experiment (1992): 200 rows to fit and 200 to test, noise 0.05, and inputs as he has them, |x1| in "
        "(0.453, 1.932), x2 in (0.534, 3.142). Networks 2-H-2 tanh by `evidence_framework`, σ found too, up to two "
        "starts each (first weights and first α); the best of a width is in the table. One α for all, or three: "
        "of W1, of b1, and of W2 and b2.",
        correlations(found),
        f"Highest evidence: {', '.join(f'{peak[g]} units with {g}' for g in GROUPS)}. Three α have more evidence than "
        f"one at {int(np.sum(three > one))} of {len(one)} widths, by {np.median(three - one):.1f} nats in the median.",
        f"{sum(f['converged'] for f in found)} of {len(found)} converged; the full Hessian is positive definite at "
        f"{sum(f['least_curvature'] > 0 for f in found)}. Seconds of the processor a network, machine "
        f"shared: {np.median([f['seconds'] for f in found]):.1f} in the median, {max(f['seconds'] for f in found):.0f} "
        "at most.",
    ]
    low, high = (limit(h for w, h in zip(WIDTHS, three, strict=True) if w >= SHOULDER) for limit in (min, max))
    lowest = min(tops["three α"], key=lambda f: f["test"])
    sentences.append(
        f"From {SHOULDER} units on ln Z with three α lies between {low:.1f} and {high:.1f}; the test error is lowest "
        f"at {lowest['width']} units ({lowest['test']:.3f}). MacKay's hill has a steep side and a gentle one; here the "
        "gentle one does not fall: the scales found shrink with the width, γ stays as it is, and units to spare are "
        "equal, so that the images of a mode are fewer than H! 2^H (equal units are counted once). What Laplace's "
        "approximation is worth there is another question: see the checks by SMC, if there are any below."
    )
    for check in checks:
        sentences.append(
            f"At the scales found for {check['width']} units, annealed SMC has {check['smc']:.2f} ± "
            f"{check['smc_error']:.2f}, Laplace {check['log_evidence']:.2f}."
        )
    return "\n".join(f"* {sentence}" for sentence in sentences)


def checked(width: int) -> dict:
    """SMC at the scales of the first start, three α."""
    fit = fitted(width, "three α", 0)
    smc = bnn.log_evidence(fit.posterior, method=partial(bnn.methods.smc, n_particles=500, n_repeats=4))
    return {"width": width, "log_evidence": fit.log_evidence, "smc": smc.log_z, "smc_error": smc.error}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / "runs" / "robot_arm", help="where networks are kept")
    parser.add_argument("--check", type=int, nargs="*", default=(), help="widths to check by annealed SMC, slow")
    parser.add_argument("--kept", action="store_true", help="a page of the networks that are kept, and no others")
    options = parser.parse_args()
    folder = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for start, width, groups in product(STARTS, WIDTHS, GROUPS):
        path = folder / f"{width}-{groups.replace(' ', '-')}-{start}.json"
        if options.kept and not path.exists():
            continue
        found.append(kept(path, partial(one_network, width, groups, start)))
        print({key: value for key, value in found[-1].items() if key != "seconds"}, flush=True)
    figure(found)
    checks = [kept(folder / f"smc-{width}.json", partial(checked, width)) for width in options.check]
    write(
        "robot_arm",
        "Robot arm: evidence, width and test error",
        notes=notes(found, checks) + "\n\nTest error: mean square over the variance of the noise, 1 at best.\n\n"
        "![evidence against width, and against test error](robot_arm.png)",
        columns=("units", *(f"{what}, {groups}" for groups in GROUPS for what in ("ln Z", "test error", "γ"))),
        rows=[row(found, width) for width in WIDTHS],
    )


if __name__ == "__main__":
    main()
