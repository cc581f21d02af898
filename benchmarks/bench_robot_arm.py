"""MacKay's experiment: the evidence of networks for the robot arm, against their width and their test error.

Writes benchmarks/results/robot_arm.md and robot_arm.png. Finished networks are kept in --folder, to go on from.
`--exact` and `--check` ask annealed SMC what Laplace's approximation is worth.
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
from benchmarks.marginal_network import MarginalNetwork
from benchmarks.report import ROOT, write

WIDTHS, STARTS, NOISE = (*range(2, 21), 24, 28, 32, 40), range(2), 0.05
MOST = 10
"""Starts that a page takes, if they are kept."""
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

    def trial(f: dict) -> Trial:
        evidence = Evidence(f["log_evidence"], np.nan, "framework", 0)
        return Trial({key: f[key] for key in ("width", "groups")}, f["n_params"], evidence, f["test"])

    return Search(tuple(map(trial, found)))


def figure(found: list[dict]) -> None:
    """The best start of each."""
    tops = [best(found, width, groups) for groups in GROUPS for width in complete(found)]
    drawn = bnn.plot.occam_hill(searched(tops), x="width", title="two-joint robot arm")
    hill, scatter = drawn.axes
    hill.set(xlabel="hidden units", ylim=(300, None))
    scatter.set(ylabel="mean squared test error / noise variance", yscale="log")
    drawn.savefig(ROOT / "benchmarks" / "results" / "robot_arm.png", dpi=110)


def correlations(found: list[dict]) -> str:
    """Spearman's, of ln evidence and test error."""
    parts = {"all": found, **{groups: [f for f in found if f["groups"] == groups] for groups in GROUPS}}
    parts["5 to 20 units"] = [f for f in found if 5 <= f["width"] <= 20]
    parts["up to 20 units"] = [f for f in found if f["width"] <= 20]
    said = (f"{searched(part).rank_correlation:+.2f} over {len(part)} ({name})" for name, part in parts.items())
    return "Rank correlation of ln evidence and test error: " + ", ".join(said) + "."


def best(found: list[dict], width: int, groups: str) -> dict:
    """Of the starts of one network, that of highest evidence."""
    alike = [f for f in found if (f["width"], f["groups"]) == (width, groups)]
    return max(alike, key=lambda f: f["log_evidence"])


def occam(found: dict) -> float:
    """ln of the width of the posterior of each ln α and of ln σ², as MacKay has them: √(2 / γ) and √(2 / (N − γ))."""
    of_groups = [sum(found["gamma"][name] for name in group) for group in (("W1",), ("b1",), ("W2", "b2"))]
    return -0.5 * float(np.sum(np.log([*of_groups, TRAIN.y.size - sum(of_groups)])))


def complete(found: list[dict]) -> list[int]:
    """Widths with a network of each kind."""
    kinds = {(f["width"], f["groups"]) for f in found}
    return [width for width in WIDTHS if all((width, groups) in kinds for groups in GROUPS)]


def row(found: list[dict], truths: dict[int, dict], width: int) -> str:
    cells = []
    for groups in GROUPS:
        top = best(found, width, groups)
        gamma = f"{sum(top['gamma'].values()):.1f} of {top['n_params']}"
        cells.append(f"{top['log_evidence']:.1f} | {top['test']:.3f} | {gamma}")
    alone = top["log_evidence"] - top["log_images"]
    truth = f"{truths[width]['log_z']:.2f} ± {truths[width]['error']:.2f}" if width in truths else ""
    return f"{width} | {' | '.join(cells)} | {alone:.1f} | {truth}"


def notes(found: list[dict], truths: dict[int, dict], checks: dict[int, dict]) -> str:
    widths = complete(found)
    tops = {groups: [best(found, width, groups) for width in widths] for groups in GROUPS}
    one, three = (np.array([top["log_evidence"] for top in tops[groups]]) for groups in GROUPS)
    alone = three - [top["log_images"] for top in tops["three α"]]
    lowest, occams = (
        min(tops["three α"], key=lambda f: f["test"]),
        [occam(f) for f in tops["three α"] if f["width"] > 5],
    )
    peaks = [
        f"{widths[int(np.argmax(heights))]} units with {g}" for g, heights in zip(GROUPS, (one, three), strict=True)
    ]
    sentences = [
        "MacKay's experiment (1992): 200 rows to fit and 200 to test, noise 0.05, |x1| in (0.453, 1.932), x2 in "
        "(0.534, 3.142): the ranges that Williams & Rasmussen give (Gaussian processes for regression, NIPS 1995), who "
        "had MacKay's own rows. His priors could not be confirmed. Networks 2-H-2 tanh by `evidence_framework`, σ "
        "found too, one start at least and two or more at some widths (first weights and first α); the best of a width "
        "is in the table. One α for all weights, or three: of W1, of b1, and of W2 and b2.",
        correlations(found),
        f"Highest evidence by Laplace's approximation: {', '.join(peaks)}. Three α have more evidence than one at "
        f"{int(np.sum(three > one))} of {len(one)} widths, by {np.median(three - one):.1f} nats in the median. Lowest "
        f"test error with three α: {lowest['width']} units ({lowest['test']:.3f}; on MacKay's own rows his network of "
        "highest evidence has 1.146, as Williams & Rasmussen say).",
        f"{sum(f['converged'] for f in found)} of {len(found)} converged; the full Hessian is positive definite at "
        f"{sum(f['least_curvature'] > 0 for f in found)}. Seconds of the processor a network, machine "
        f"shared: {np.median([f['seconds'] for f in found]):.1f} in the median, {max(f['seconds'] for f in found):.0f} "
        "at most.",
        "What climbs with the width is the number of mirror images: without it, one mode has most at "
        f"{widths[int(np.argmax(alone))]} units ({alone.max():.1f}), and {alone[-1]:.1f} at {widths[-1]}. Units to "
        "spare are left as wide as their prior, so that the images of a mode overlap, and are counted over and over. "
        "The widths of the posteriors of α and σ, which MacKay counts too, differ by no more than "
        f"{np.ptp(occams):.1f} nats from 6 units on: they decide nothing.",
    ]
    return "\n".join(f"* {sentence}" for sentence in [*sentences, *against_smc(truths, checks)])


def against_smc(truths: dict[int, dict], checks: dict[int, dict]) -> list[str]:
    """What the evidence is without Laplace's approximation."""
    sentences = []
    if truths:
        top = max(truths, key=lambda width: truths[width]["log_z"])
        sentences.append(
            "Last column: ln Z by annealed SMC, output weights integrated in closed form, and the three scales and σ "
            "integrated under log-normal priors of median 1 and spread 1.5, the same for all widths "
            f"(benchmarks/marginal_network.py). Highest at {top} units: {truths[top]['log_z']:.2f} ± "
            f"{truths[top]['error']:.2f}."
        )
    for width, check in sorted(checks.items()):
        sentences.append(
            f"At the scales found for {width} units with three α, SMC has {check['log_z']:.2f} ± {check['error']:.2f}, "
            f"Laplace at the mode found {check['log_evidence']:.1f}."
        )
    if len(checks) > 1:
        values = [check["log_z"] for check in checks.values()]
        sentences.append(
            f"So at the scales found the evidence itself lies between {min(values):.1f} and {max(values):.1f} from "
            f"{min(checks)} to {max(checks)} units: a shoulder. Below, Laplace's approximation is low, since starts "
            "miss the modes that weigh most; above, it is high. With free scales a wide network tends to a Gaussian "
            "process (Neal 1996), and its evidence to a constant: it need not fall again."
        )
    return sentences


def by_smc(width: int, scales: dict | None = None) -> dict:
    """The output layer integrated in closed form."""
    post = MarginalNetwork(TRAIN, width).posterior(scales)
    evidence = bnn.methods.smc(post, n_particles=200, n_repeats=4, n_states=20, rng=width)
    return {"log_z": evidence.log_z, "error": evidence.error, "notes": evidence.notes}


def checked(top: dict) -> dict:
    """SMC at the scales that were found."""
    scales = {"s_w": "W1", "s_b": "b1", "s_out": "W2"}
    found = {name: top["scales"][block] for name, block in scales.items()} | {"sigma": top["sigma"]}
    return by_smc(top["width"], found) | {"log_evidence": top["log_evidence"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=ROOT / "runs" / "robot_arm", help="where networks are kept")
    parser.add_argument("--exact", type=int, nargs="*", default=(), help="widths for SMC with unknown scales, slow")
    parser.add_argument("--check", type=int, nargs="*", default=(), help="widths for SMC at the scales found, slow")
    parser.add_argument("--kept", action="store_true", help="a page of the networks that are kept, and no others")
    options = parser.parse_args()
    folder = options.folder
    folder.mkdir(parents=True, exist_ok=True)
    found = []
    for start, width, groups in product(range(MOST) if options.kept else STARTS, WIDTHS, GROUPS):
        path = folder / f"{width}-{groups.replace(' ', '-')}-{start}.json"
        if options.kept and not path.exists():
            continue
        found.append(kept(path, partial(one_network, width, groups, start)))
        print({key: value for key, value in found[-1].items() if key != "seconds"}, flush=True)
    figure(found)
    for width in options.exact:
        kept(folder / f"exact-{width}.json", partial(by_smc, width))
    for width in options.check:
        kept(folder / f"check-{width}.json", partial(checked, best(found, width, "three α")))
    truths, checks = (
        {int(path.stem.split("-")[1]): json.loads(path.read_text()) for path in folder.glob(f"{kind}-*.json")}
        for kind in ("exact", "check")
    )
    write(
        "robot_arm",
        "Robot arm: evidence, width and test error",
        notes=notes(found, truths, checks)
        + "\n\nTest error: mean square over the variance of the noise, 1 at best.\n\n"
        "![evidence against width, and against test error](robot_arm.png)",
        columns=(
            "units",
            *(f"{what}, {groups}" for groups in GROUPS for what in ("ln Z", "test error", "γ")),
            "one mode, three α",
            "SMC, scales unknown",
        ),
        rows=[row(found, truths, width) for width in complete(found)],
    )


if __name__ == "__main__":
    main()
