"""Log evidences against exact values: all methods, honesty over seeds, cost beside dynesty, and networks.

`python -m benchmarks.bench_evidence` makes the runs that are missing under benchmarks/results/evidence and the page
benchmarks/results/evidence.md. `... table` makes the page of the runs that there are; `... networks`, `accuracy`,
`seeds` and `dynesty` only runs. Delete a file to have it made anew. Needs the reference data, see benchmarks/report.py,
and dynesty for "nested".
"""

import json
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

import numpy as np

import bayesnn as bnn
from bayesnn.errors import EvidenceError
from bayesnn.evidence.bridge import bridge
from bayesnn.evidence.result import Evidence
from bayesnn.evidence.smc import smc
from bayesnn.evidence.thermodynamic import thermodynamic
from bayesnn.posterior.function_posterior import FunctionPosterior
from benchmarks.networks import NETWORKS
from benchmarks.report import REFERENCE, ROOT, table, write
from tests.problems.evidences import Problem, read

RUNS = ROOT / "benchmarks" / "results" / "evidence"
SAMPLED = ("smc", "thermodynamic", "stepping-stone", "bridge", "nested")
METHODS = ("exact", "quadrature", "laplace", *SAMPLED)
CALIBRATED = ("1-2-1", "eggbox", "shells 2", "shells 10")
N_SEEDS = 50
JUDGED = {"1-2-1": 5, "shells 10": 5}
"""Seeds of dynesty where costs are compared."""
TOO_MANY = ("shells 20", "shells 30")
"""Parameters for dynesty."""
LARGE = ("hubble", "diabetes")
NAMES = {"hubble": "1-16-1 Hubble", "diabetes": "10-10-1 diabetes"}


@contextmanager
def clock() -> Iterator[list[float]]:
    """Processor seconds in likelihoods, those of users' functions and of networks, as calls to them add up."""
    spent, kinds, inside = [0.0], (FunctionPosterior, bnn.Posterior), [False]
    kept = [(kind, name, kind.__dict__[name]) for kind in kinds for name in _LIKELIHOODS]

    def timed(function: Callable) -> Callable:
        def call(*arguments):
            if inside[0]:  # a gradient that asks for the value
                return function(*arguments)
            inside[0], began = True, time.process_time()
            try:
                return function(*arguments)
            finally:
                inside[0] = False
                spent[0] += time.process_time() - began

        return call

    for kind, name, function in kept:
        setattr(kind, name, timed(function))
    try:
        yield spent
    finally:
        for kind, name, function in kept:
            setattr(kind, name, function)


_LIKELIHOODS = ("natural_log_likelihood", "natural_log_likelihood_and_grad")


def measured(estimate: Callable[[], Evidence]) -> dict:
    """Figures of one run, or the sentence of its refusal."""
    began, process = time.time(), time.process_time()
    with warnings.catch_warnings(), clock() as spent:
        warnings.simplefilter("ignore")  # dynesty's
        try:
            evidence = estimate()
        except EvidenceError as error:
            return {"refused": str(error)}
    return {
        "log_z": evidence.log_z,
        "error": evidence.error,
        "evaluations": evidence.n_evaluations,
        "processor": time.process_time() - process,
        "likelihood": spent[0],
        "seconds": time.time() - began,
        "load": os.getloadavg()[0],
    }


def small(problem: Problem, method: str, seed: int) -> dict:
    """One method on one problem; the draws of a bridge are made first, and are not in its time."""
    post = problem.posterior
    if method == "bridge":
        draws = bnn.sample(post, progress=False, rng=seed)
        return measured(partial(bnn.log_evidence, post, method="bridge", draws=draws, rng=seed))
    return measured(partial(bnn.log_evidence, post, method=method, rng=seed))


def large(name: str, method: str) -> dict:
    """A network, on two processes; the bridge samples its own posterior first, and that counts."""
    post, executor = NETWORKS[name]().posterior(), bnn.Joblib(n_jobs=2)

    def bridged() -> Evidence:
        draws = bnn.sample(post, n_draws=200, n_warmup=300, progress=False, executor=executor)
        return bridge(post, draws, executor=executor)

    ways = {
        "smc": partial(smc, post, executor=executor),
        "thermodynamic": partial(thermodynamic, post, executor=executor),
    }
    return measured({**ways, "bridge": bridged}[method])


def runs(problem: str, method: str) -> dict[str, dict]:
    """Those that are kept, by seed."""
    path = RUNS / f"{problem} {method}.json"
    return json.loads(path.read_text()) if path.exists() else {}


def keep(problem: str, method: str, seed: int, run: Callable[[], dict]) -> None:
    """Make a run unless it is kept."""
    found = runs(problem, method)
    if str(seed) not in found:
        found[str(seed)] = run()
        print(problem, method, seed, found[str(seed)], flush=True)
        RUNS.mkdir(parents=True, exist_ok=True)
        (RUNS / f"{problem} {method}.json").write_text(json.dumps(found, indent=1))


def accurate(problems: dict[str, Problem]) -> None:
    """Every method once on every problem; dynesty where there are few parameters."""
    for name, problem in problems.items():
        for method in METHODS:
            if method != "nested" or name not in TOO_MANY:
                keep(name, method, 0, partial(small, problem, method, 0))


def repeated(problems: dict[str, Problem]) -> None:
    """SMC over seeds."""
    for seed in range(N_SEEDS):
        for name in CALIBRATED:
            keep(name, "smc", seed, partial(small, problems[name], "smc", seed))


def peer(problems: dict[str, Problem]) -> None:
    """dynesty over a few."""
    for name, n_seeds in JUDGED.items():
        for seed in range(n_seeds):
            keep(name, "nested", seed, partial(small, problems[name], "nested", seed))


def with_networks(_: dict[str, Problem]) -> None:
    """Three methods on the two networks."""
    for name in LARGE:
        for method in ("smc", "thermodynamic", "bridge"):
            keep(name, method, 0, partial(large, name, method))


PARTS = {
    "networks": with_networks,
    "accuracy": accurate,
    "seeds": repeated,
    "dynesty": peer,
    "table": lambda problems: None,
}


def holds(miss: float, error: float) -> bool:
    """Within max(0.05 nats, 3 stated errors)."""
    return abs(miss) <= max(0.05, 3 * error)


def accuracy(problems: dict[str, Problem]) -> tuple[list[str], list[str]]:
    """Rows of all methods on all problems, and what misses its truth."""
    rows, missed = [], []
    for name, problem in problems.items():
        for method in METHODS:
            run = runs(name, method).get("0")
            if run is None or "refused" in run:
                if run is not None and method in SAMPLED:
                    rows.append(f"{name} | {method} | refused: {run['refused']} | | | | | ")
                continue
            miss, error = run["log_z"] - problem.log_z, run["error"]
            verdict = "approximation" if error != error else "holds" if holds(miss, error) else "**misses**"
            missed += [f"{name} by {method}"] if "misses" in verdict else []
            rows.append(
                f"{name} | {method} | {miss:+.4f} | {error:.4f} | {verdict} | {run['evaluations']} | "
                f"{run['likelihood']:.2f} | {run['processor']:.2f}"
            )
    return rows, missed


def calibration(problems: dict[str, Problem]) -> list[str]:
    """Are the stated errors of SMC honest?"""
    rows = []
    for name in CALIBRATED:
        found = list(runs(name, "smc").values())
        if len(found) < 2:
            continue
        miss = np.array([run["log_z"] - problems[name].log_z for run in found])
        error = np.array([run["error"] for run in found])
        share = np.mean(np.abs(miss) <= 2 * error)
        rows.append(
            f"{name} | {len(found)} | {np.log(np.mean(np.exp(miss))):+.4f} ± {miss.std(ddof=1) / miss.size**0.5:.4f} | "
            f"{miss.std(ddof=1):.4f} | {np.sqrt(np.mean(error**2)):.4f} | {np.mean(np.abs(miss) <= error):.0%} | "
            f"**{share:.0%}** | {np.mean([holds(*pair) for pair in zip(miss, error, strict=True)]):.0%} | "
            f"{'too few seeds' if len(found) < N_SEEDS else 'met' if 0.8 <= share <= 0.99 else 'not met'}"
        )
    return rows


def cost(problems: dict[str, Problem]) -> list[str]:
    """Time to one error, which goes as its square: by stated errors, and by what seeds miss."""
    rows = []
    for name in JUDGED:
        of = {method: list(runs(name, method).values()) for method in ("nested", "smc")}
        if not all(of.values()):
            continue
        times: dict[str, list[float]] = {}
        for method, found in of.items():
            miss = np.sqrt(np.mean([(run["log_z"] - problems[name].log_z) ** 2 for run in found]))
            error = np.sqrt(np.mean([run["error"] ** 2 for run in found]))
            likelihood, processor = (np.mean([run[clock] for run in found]) for clock in ("likelihood", "processor"))
            times[method] = [t * e**2 / 0.1**2 for t in (likelihood, processor) for e in (error, miss)]
            rows.append(
                f"{name} | {'dynesty' if method == 'nested' else method} | {len(found)} | {error:.4f} | {miss:.4f} | "
                f"{np.mean([run['evaluations'] for run in found]):.0f} | {likelihood:.2f} | {processor:.2f} | "
                f"{' | '.join(f'{t:.3g}' for t in times[method])}"
            )
        shares = [ours / theirs for ours, theirs in zip(times["smc"], times["nested"], strict=True)]
        rows.append(f"{name} | **SMC / dynesty** | | | | | | | {' | '.join(f'**{share:.2g}**' for share in shares)}")
    return rows


def networks() -> list[str]:
    """Three methods on two networks, and how far each two are apart in combined errors."""
    rows = []
    for name in LARGE:
        found = {m: run["0"] for m in ("smc", "thermodynamic", "bridge") if (run := runs(name, m))}
        for method, run in found.items():
            apart = [
                f"{abs(run['log_z'] - other['log_z']) / np.hypot(run['error'], other['error']):.1f} ({rival})"
                for rival, other in found.items()
                if rival != method
            ]
            rows.append(
                f"{NAMES[name]} | {method} | {run['log_z']:.3f} | {run['error']:.3f} | {', '.join(apart)} | "
                f"{run['seconds']:.0f} | {run['load']:.1f}"
            )
        rows.append(f"{NAMES[name]} | **together** | | | | **{sum(run['seconds'] for run in found.values()):.0f}** | ")
    return rows


def page(problems: dict[str, Problem]) -> None:
    """Of the runs that are kept."""
    rows, missed = accuracy(problems)
    more = [
        "",
        "## Stated errors of SMC over seeds",
        "",
        "Default settings. 80 to 99 % of truths are to be within two stated errors.",
        "",
        *table(
            ["problem", "seeds", "ln of mean Z / truth", "scatter", "stated", "1 error", "2 errors", "3 or 0.05", ""],
            calibration(problems),
        ),
        "",
        "## Cost beside dynesty",
        "",
        "Processor seconds a run, in likelihoods and in all, and those to an error of 0.1 nats, as time goes as 1 / "
        "error²: by the error that is stated, and by the root mean square of what seeds miss the truth by. At most 1/3 "
        "is asked for. dynesty asks one point at a time, SMC many.",
        "",
        *table(
            [
                *("problem", "method", "seeds", "stated", "missed", "evaluations", "likelihood s", "s"),
                *("likelihood s to stated 0.1", "to true 0.1", "s to stated 0.1", "to true 0.1"),
            ],
            cost(problems),
        ),
        "",
        "## Networks",
        "",
        "Priors N(0, 1); two processes; the bridge's own sampling counts. They are to agree within 3 combined errors, "
        "errors to be at most 0.2 nats, and the three to take at most 300 s on two cores of their own; where the load "
        "is above 2, others used them too.",
        "",
        *table(["network", "method", "ln Z", "error", "apart, in errors", "s", "load of the machine"], networks()),
    ]
    write(
        "evidence",
        "Log evidences against exact values",
        notes="One seed; a miss is more than max(0.05 nats, 3 stated errors): "
        f"{', '.join(missed) or 'none'}. Laplace states no error. Seconds are of the processor; the draws of a bridge "
        "are made before, by `bnn.sample` as it is. Methods that have no claim (exact, quadrature) are left out.",
        columns=("problem", "method", "ln Z − truth", "stated error", "", "evaluations", "likelihood s", "s"),
        rows=rows,
        peers="dynesty",
        more=more,
    )


def main() -> None:
    problems = read(json.loads((REFERENCE / "log_evidence.json").read_text()))
    for part in sys.argv[1:] or PARTS:
        PARTS[part](problems)
    if set(sys.argv[1:]) <= {"table"}:
        page(problems)


if __name__ == "__main__":
    main()
