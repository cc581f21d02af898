"""Runs of the evidence benchmark, kept under benchmarks/results/evidence by problem, method and seed."""

import json
import os
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import product

import numpy as np

import bayesnn as bnn
from bayesnn.errors import EvidenceError
from bayesnn.evidence.bridge import bridge
from bayesnn.evidence.result import Evidence
from bayesnn.evidence.smc import smc
from bayesnn.evidence.thermodynamic import thermodynamic
from bayesnn.posterior.function_posterior import FunctionPosterior
from benchmarks.networks import NETWORKS
from benchmarks.report import REFERENCE, ROOT
from tests.problems.evidences import Problem, own, read
from tests.problems.exact_draws import as_draws
from tests.problems.mixtures import TwoModes

RUNS = ROOT / "benchmarks" / "results" / "evidence"
SAMPLED = ("smc", "thermodynamic", "stepping-stone", "bridge", "nested")
METHODS = ("exact", "quadrature", "laplace", *SAMPLED)
CALIBRATED = ("1-2-1", "eggbox", "shells 2", "shells 10")
LADDERS = (*CALIBRATED, "polynomial 2")
"""Where the errors of the other methods are looked at over seeds."""
SHORT = {"n_draws": 100, "n_warmup": 200}
"""Of the draws of a bridge."""
SEEDS = {"smc": 50, "bridge": 20, "thermodynamic": 10, "stepping-stone": 10}
JUDGED = {"1-2-1": 3, "shells 10": 3}
"""Seeds of dynesty where costs are compared."""
PEERS = {"nested": 500, "nested 200": 200}
"""Live points of dynesty."""
TOO_MANY = ("shells 20", "shells 30")
"""Parameters for dynesty."""
LARGE = ("hubble", "diabetes")
SHARES = ((0.5, 0.5), (0.8, 0.2), (0.95, 0.05))
WIDTHS = ((1.0, 1.0), (0.5, 0.5), (1.0, 0.4), (0.4, 1.0))
"""Of two modes, each with each."""
VISITS = ("as they should", "half and half", "each walker in one")
"""How draws count modes."""


def reference() -> dict[str, Problem]:
    """Those whose ln Z is published."""
    return read(json.loads((REFERENCE / "log_evidence.json").read_text()))


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
        "notes": evidence.notes,
        "processor": time.process_time() - process,
        "likelihood": spent[0],
        "seconds": time.time() - began,
        "load": os.getloadavg()[0],
    }


def small(problem: Problem, method: str, seed: int) -> dict:
    """One method on one problem; the draws of a bridge are made first, and are not in its time."""
    post = problem.posterior
    if method == "bridge":
        draws = bnn.sample(post, progress=False, rng=seed, **SHORT)
        return measured(partial(bnn.log_evidence, post, method="bridge", draws=draws, rng=seed))
    if method in PEERS:
        return measured(partial(bnn.methods.nested, post, n_live=PEERS[method], rng=seed))
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


def with_visits(problem: TwoModes, visits: str, seed: int) -> dict:
    """A bridge from draws that are exact within a mode."""
    second = problem.probabilities[1] if visits == VISITS[0] else 0.5
    n_changes = 1 if visits == VISITS[2] else 200
    uniform = np.random.default_rng([seed, problem.n_dimensions]).uniform(size=(4, 16, n_changes))
    modes = np.broadcast_to(uniform < second, (4, 16, 200)).astype(int)
    draws = as_draws(problem.posterior, problem.draws(modes, seed=seed))
    return measured(partial(bridge, problem.posterior, draws, rng=seed)) | {"truth": problem.log_z}


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


def accurate() -> None:
    """Every method once on every problem; dynesty where there are few parameters."""
    for name, problem in reference().items():
        for method in METHODS:
            if method != "nested" or name not in TOO_MANY:
                keep(name, method, 0, partial(small, problem, method, 0))


def others() -> None:
    """The methods that sample, once on each problem of our own."""
    for name, problem in own().items():
        for method in SAMPLED[:-1]:
            keep(name, method, 0, partial(small, problem, method, 0))


def repeated() -> None:
    """Over seeds."""
    problems = reference()
    for method, n_seeds in SEEDS.items():
        for seed in range(n_seeds):
            for name in CALIBRATED if method == "smc" else LADDERS:
                keep(name, method, seed, partial(small, problems[name], method, seed))


def modes() -> None:
    """Bridges from draws that count two modes rightly and wrongly; the seed is the number of the problem."""
    for n_dimensions in (2, 5, 10, 20):
        for seed, (shares, widths, visits) in enumerate(product(SHARES, WIDTHS, VISITS)):
            problem = TwoModes(n_dimensions, shares, widths)
            keep(f"modes {n_dimensions}", "bridge", seed, partial(with_visits, problem, visits, seed))


def peer() -> None:
    """dynesty over a few."""
    problems = reference()
    for name, n_seeds in JUDGED.items():
        for method in PEERS:
            for seed in range(n_seeds):
                keep(name, method, seed, partial(small, problems[name], method, seed))


def with_networks() -> None:
    """Three methods on the two networks."""
    for name in LARGE:
        for method in ("smc", "thermodynamic", "bridge"):
            keep(name, method, 0, partial(large, name, method))


PARTS = {
    "networks": with_networks,
    "accuracy": accurate,
    "others": others,
    "modes": modes,
    "seeds": repeated,
    "dynesty": peer,
}
