"""Log evidences against exact values: errors, honesty over seeds, and time, beside dynesty where it is installed.

Writes benchmarks/results/evidence.md and evidence_calibration.md (`--seeds 50`, slow). Needs the reference data; see
tests/conftest.py for where they lie.
"""

import argparse
import importlib.util
import json
import time
import warnings

import numpy as np

import bayesnn as bnn
from bayesnn.errors import EvidenceError
from benchmarks.report import REFERENCE, write
from tests.problems.evidences import Problem, read

METHODS = ("smc", "thermodynamic", "stepping-stone", "bridge", "quadrature", "laplace")
JUDGED = ("1-2-1", "shells 10")
"""Where dynesty is asked too; beyond, its errors or its time are out of proportion."""
CALIBRATED = ("1-2-1", "eggbox", "shells 2", "shells 10")


def cells(problem: Problem, method: str) -> str | None:
    """Miss, stated error, their ratio, evaluations, seconds and cost as cells of a row; None where it is refused."""
    draws = bnn.sample(problem.posterior, progress=False) if method == "bridge" else None
    began = time.process_time()
    try:
        evidence = bnn.log_evidence(problem.posterior, method=method, draws=draws)
    except EvidenceError:
        return None
    seconds, miss, error = time.process_time() - began, evidence.log_z - problem.log_z, evidence.error
    figures = f"{miss:+.4f} | {error:.4f} | {abs(miss) / error:.2f}"
    return f"{figures} | {evidence.n_evaluations} | {seconds:.1f} | {error**2 * seconds:.4f}"


def accuracy(problems: dict[str, Problem]) -> None:
    """All methods on all problems that they claim to handle."""
    has_dynesty = importlib.util.find_spec("dynesty") is not None
    rows = []
    for name, problem in problems.items():
        for method in (*METHODS, *(("nested",) if has_dynesty and name in JUDGED else ())):
            row = cells(problem, method)
            if row is not None:
                rows.append(f"{name} | {method} | {row}")
                print(rows[-1], flush=True)
    write(
        "evidence",
        "Log evidences against exact values",
        notes="One seed. Seconds are of the processor; error² × seconds is the cost of a given error, "
        "and what to compare methods by. The bridge has its draws for nothing; Laplace states no error.",
        columns=("problem", "method", "ln Z − truth", "stated error", "in errors", "evaluations", "s", "error² × s"),
        rows=rows,
        peers="dynesty" if has_dynesty else "",
    )


def calibration(problems: dict[str, Problem], n_seeds: int) -> None:
    """Are the stated errors of SMC honest?"""
    rows = []
    for name in CALIBRATED:
        found = [bnn.log_evidence(problems[name].posterior, method="smc", rng=seed) for seed in range(n_seeds)]
        miss = np.array([evidence.log_z - problems[name].log_z for evidence in found])
        error = np.array([evidence.error for evidence in found])
        within = [f"{np.mean(np.abs(miss) <= limit * error):.2f}" for limit in (1, 2, 3)]
        rows.append(
            f"{name} | {miss.mean():+.4f} | {miss.std(ddof=1):.4f} | {error.mean():.4f} | {' | '.join(within)} | "
            f"{np.mean(np.abs(miss) <= np.maximum(0.05, 3 * error)):.2f}"
        )
        print(rows[-1], flush=True)
    write(
        "evidence_calibration",
        "Stated errors of annealed SMC over seeds",
        notes=f"{n_seeds} seeds, default settings. Shares of seeds whose truth is within 1, 2, 3 stated errors.",
        columns=("problem", "mean miss", "scatter", "mean stated error", "1", "2", "3", "within max(0.05, 3 errors)"),
        rows=rows,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=0, help="seeds of the calibration; 0 leaves it out")
    n_seeds = parser.parse_args().seeds
    problems = read(json.loads((REFERENCE / "log_evidence.json").read_text()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # dynesty's
        accuracy(problems)
    if n_seeds:
        calibration(problems, n_seeds)


if __name__ == "__main__":
    main()
