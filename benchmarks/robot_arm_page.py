"""The page of the robot arm: tables, figures and what they say, from runs as they are kept."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np

import bayesnn as bnn
from bayesnn.evidence.result import Evidence
from bayesnn.evidence.search import Search
from bayesnn.evidence.trials import Trial
from benchmarks.report import ROOT, table, write
from benchmarks.robot_arm_smc import PRIORS, TRAIN

GROUPS = {
    "one α": [("W1", "b1", "W2", "b2")],
    "three α": [("W2", "b2")],  # W1 and b1 each have their own
}
LEAST = 300.0  # evidence from which figures show

EARLIER = (  # while there are no runs at scales found
    "Not run anew on this tree, by `... unknown` and `... found`: at ef9fa12 annealed SMC, four runs of 200 particles, "
    "had, with scales integrated, 455.11 ± 0.69, 467.75 ± 0.20 and 469.13 ± 0.38 at 6, 12 and 20 units, and at the "
    "scales found with three α 474.28 ± 1.66, 474.94 ± 0.26 and 475.85 ± 0.17 at 6, 12 and 19 units, where Laplace's "
    "approximation has 455.6, 469.0 and 482.0: a shoulder."
)


def searched(found: list[dict], line: str) -> Search:
    """The same as a search, whose figure and rank correlation these are; `line` is what varies beside the width."""

    def trial(f: dict) -> Trial:
        evidence = Evidence(f["log_z"], f.get("error", np.nan), "", 0)
        return Trial({"width": f["width"], line: f[line]}, f.get("n_params", 0), evidence, f["test"])

    return Search(tuple(map(trial, found)))


def figure(found: list[dict], line: str, *, name: str, title: str) -> None:
    drawn = bnn.plot.occam_hill(searched(found, line), x="width", title=title)
    hill, scatter = drawn.axes
    hill.set(xlabel="hidden units", ylim=(max(LEAST, min(f["log_z"] for f in found) - 5), None))
    scatter.set(ylabel="mean squared test error / noise variance")
    scatter.set_yscale("log" if max(f["test"] for f in found) > 10 else "linear")
    drawn.savefig(ROOT / "benchmarks" / "results" / f"{name}.png", dpi=110)


def correlations(parts: dict[str, list[dict]], line: str) -> str:
    """Spearman's, of ln evidence and test error."""
    said = (f"{searched(part, line).rank_correlation:+.2f} over {len(part)} ({name})" for name, part in parts.items())
    return f"Rank correlation of ln evidence and test error: {', '.join(said)}."


def best(found: list[dict], width: int, groups: str) -> dict:
    """Of the starts of one network, that of highest evidence."""
    return max((f for f in found if (f["width"], f["groups"]) == (width, groups)), key=lambda f: f["log_z"])


def complete(found: list[dict]) -> list[int]:
    """Widths with a network of each kind."""
    kinds = {(f["width"], f["groups"]) for f in found}
    return [w for w in sorted({f["width"] for f in found}) if all((w, groups) in kinds for groups in GROUPS)]


def occam(found: dict) -> float:
    """ln of the width of the posterior of each ln α and of ln σ², as MacKay has them: √(2 / γ) and √(2 / (N − γ))."""
    of_groups = [sum(found["gamma"][name] for name in group) for group in (("W1",), ("b1",), ("W2", "b2"))]
    return -0.5 * float(np.sum(np.log([*of_groups, TRAIN.y.size - sum(of_groups)])))


def listed(sentences: Sequence[str]) -> str:
    return "\n".join(f"* {sentence}" for sentence in sentences)


def value(run: dict) -> str:
    return f"{run['log_z']:.2f} ± {run['error']:.2f}"


def hill(found: list[dict], prior: str) -> str:
    """Where the evidence under one fixed prior is highest, and how far it falls beyond."""
    runs = of_prior(found, prior)
    top, last = max(runs, key=lambda f: f["log_z"]), runs[-1]
    beside = [f for f in runs if abs(runs.index(f) - runs.index(top)) == 1]
    ahead = ", ".join(
        f"{top['log_z'] - f['log_z']:.1f} ± {np.hypot(top['error'], f['error']):.1f} above {f['width']}" for f in beside
    )
    lowest = min(runs, key=lambda f: f["test"])
    text = (
        f"{prior}: highest at {top['width']} units, {value(top)} ({ahead}), where the test error is {top['test']:.3f}"
    )
    if last is not top:
        fall, folds = top["log_z"] - last["log_z"], np.log(last["width"] / top["width"])
        text += f"; {fall:.1f} nats lower at {last['width']} units, {fall / folds:.0f} for each e-fold of the width"
    return f"{text}. Lowest test error: {lowest['test']:.3f} at {lowest['width']} units."


def in_short(fixed: list[dict]) -> list[str]:
    """What is true of both families."""
    tops = {p: max(runs, key=lambda f: f["log_z"]) for p in PRIORS if len(runs := of_prior(fixed, p)) > 2}
    hills = ", ".join(
        f"{top['width']} units under {prior} (test error {top['test']:.3f})" for prior, top in tops.items()
    )
    return [
        f"In short: with priors fixed for all widths the evidence has a hill, its top at {hills}; see below. With "
        "scales found anew for each width it rises to a shoulder and stays, for a scale that is free makes up for the "
        "width; what climbs on is Laplace's approximation."
    ] * bool(tops)


def of_prior(found: list[dict], prior: str) -> list[dict]:
    """By width."""
    return sorted((f for f in found if f["prior"] == prior), key=lambda f: f["width"])


def with_fixed_priors(found: list[dict]) -> list[str]:
    """The section on priors that are the same at all widths."""
    if not found:
        return []
    found = sorted(found, key=lambda f: (f["width"], list(PRIORS).index(f["prior"])))
    done = [prior for prior in PRIORS if len(of_prior(found, prior)) > 2]
    parts = {"all": found, **{prior: of_prior(found, prior) for prior in done}}
    parts["all from 5 units on"] = [f for f in found if f["width"] >= 5]
    parts["all from 8 units on"] = seen = [f for f in found if f["width"] >= 8]
    figure(seen, "prior", name="robot_arm_fixed", title="two-joint robot arm, priors fixed, from 8 units on")
    by_width = {width: {f["prior"]: f for f in runs} for width, runs in groupby(found, key=lambda f: f["width"])}
    cells = [
        " | ".join([str(width), *(f"{value(of[p])} | {of[p]['test']:.3f}" if p in of else " | " for p in done)])
        for width, of in by_width.items()
    ]
    sentences = [
        "Weights and biases have one normal prior each, of an sd that is stated and not divided by the width, and σ = "
        "0.05 is known; inputs are brought to mean 0 and sd 1, places are as they are. Annealed SMC "
        "(benchmarks/robot_arm_smc.py), output weights integrated in closed form; the test error is that of the mean "
        "of the posterior, particles weighted. Errors are of eight independent runs: "
        f"{max(f['error'] for f in found if f['log_z'] > LEAST):.2f} nats at most where ln Z is above {LEAST:.0f}, "
        f"{np.median([f['error'] for f in found]):.2f} in the median.",
        *(hill(found, prior) for prior in done),
        "Under a prior of fixed scale the variance of the outputs grows with the width beyond what the data need, and "
        "each of γ well-determined directions of the outputs pays ½ ln of it: Occam's factor, γ/2 nats for each e-fold "
        "of the width where it is large. Before the top the test error falls as the evidence rises. Beyond, it does "
        "not rise as the evidence falls: 400 numbers settle the mean whatever the prior, and differences of 0.01 are "
        "within what 200 test rows can tell. The evidence says which prior was least surprised, not which mean is "
        "best.",
        correlations(parts, "prior"),
    ]
    columns = ("units", *(f"{what}, {prior}" for prior in done for what in ("ln Z", "test error")))
    return [
        "",
        "## Priors fixed for all widths",
        "",
        *listed(sentences).splitlines(),
        "",
        "![evidence under fixed priors against width, and against test error](robot_arm_fixed.png)",
        "",
        *table(columns, cells),
    ]


def row(found: list[dict], unknown: dict[int, dict], width: int) -> str:
    cells = []
    for groups in GROUPS:
        top = best(found, width, groups)
        gamma = f"{sum(top['gamma'].values()):.1f} of {top['n_params']}"
        cells.append(f"{top['log_z']:.1f} | {top['test']:.3f} | {gamma}")
    alone = top["log_z"] - top["log_images"]
    return f"{width} | {' | '.join(cells)} | {alone:.1f} | {value(unknown[width]) if width in unknown else ''}"


def of_networks(found: list[dict]) -> list[str]:
    """What the evidence framework finds."""
    widths = complete(found)
    tops = {groups: [best(found, width, groups) for width in widths] for groups in GROUPS}
    one, three = (np.array([top["log_z"] for top in tops[groups]]) for groups in GROUPS)
    alone = three - [top["log_images"] for top in tops["three α"]]
    lowest = min(tops["three α"], key=lambda f: f["test"])
    occams = [occam(f) for f in tops["three α"] if f["width"] > 5]
    peaks = [f"{max(tops[groups], key=lambda f: f['log_z'])['width']} units with {groups}" for groups in GROUPS]
    parts = {"all": found, **{groups: [f for f in found if f["groups"] == groups] for groups in GROUPS}}
    parts["5 to 20 units"] = [f for f in found if 5 <= f["width"] <= 20]
    parts["up to 20 units"] = [f for f in found if f["width"] <= 20]
    return [
        "MacKay's experiment (1992): 200 rows to fit and 200 to test, noise 0.05, |x1| in (0.453, 1.932), x2 in "
        "(0.534, 3.142): the ranges that Williams & Rasmussen give (Gaussian processes for regression, NIPS 1995), who "
        "had MacKay's own rows. His priors could not be confirmed. Networks 2-H-2 tanh by `evidence_framework`, σ "
        f"found too, starts of each (first weights and first α): {len({f['start'] for f in found})}; the best "
        "of a width is in the table. One α for all weights, or three: of W1, of b1, and of W2 and b2.",
        correlations(parts, "groups"),
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


def against_smc(unknown: list[dict], found: list[dict]) -> list[str]:
    """What the evidence is without Laplace's approximation."""
    sentences = [EARLIER] if not found else []
    if unknown:
        values = ", ".join(f"{value(run)} at {run['width']} units" for run in unknown)
        sentences.append(
            "Last column: ln Z by annealed SMC, output weights integrated in closed form, and the three scales and σ "
            "integrated under log-normal priors of median 1 and spread 1.5, the same for all widths "
            f"(benchmarks/marginal_network.py): {values}."
        )
    sentences += [
        f"At the scales found for {f['width']} units with three α, SMC has {value(f)}, Laplace at the mode found "
        f"{f['log_evidence']:.1f}."
        for f in found
    ]
    if len(found) > 1:
        heights = [f["log_z"] for f in found]
        sentences.append(
            f"So at the scales found the evidence itself lies between {min(heights):.1f} and {max(heights):.1f} from "
            f"{found[0]['width']} to {found[-1]['width']} units: a shoulder. Below, Laplace's approximation is low, "
            "since starts miss the modes that weigh most; above, it is high. With free scales a wide network tends to "
            "a Gaussian process (Neal 1996), and its evidence to a constant: it need not fall again."
        )
    return sentences


def page(networks: list[dict], fixed: list[dict], unknown: list[dict], found: list[dict]) -> None:
    """Of the runs that are kept."""
    widths = complete(networks)
    tops = [best(networks, width, groups) for groups in GROUPS for width in widths]
    figure(tops, "groups", name="robot_arm", title="two-joint robot arm, scales found")
    truths = {f["width"]: f for f in unknown}
    write(
        "robot_arm",
        "Robot arm: evidence, width and test error",
        notes=f"{listed([*in_short(fixed), *of_networks(networks), *against_smc(unknown, found)])}\n\n"
        "Test error: mean square over the variance of the noise, 1 at best.\n\n"
        "![evidence against width, and against test error](robot_arm.png)",
        columns=(
            "units",
            *(f"{what}, {groups}" for groups in GROUPS for what in ("ln Z", "test error", "γ")),
            "one mode, three α",
            "SMC, scales unknown",
        ),
        rows=[row(networks, truths, width) for width in widths],
        more=with_fixed_priors(fixed),
    )
