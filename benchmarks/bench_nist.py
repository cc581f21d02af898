"""NIST's certified nonlinear regressions: digits, evaluations and time beside scipy's least_squares and lmfit.

Writes benchmarks/results/nist.md. Further folders of problems may be named on the command line.
"""

import sys
import time
import warnings
from dataclasses import replace
from functools import partial, wraps
from pathlib import Path

import numpy as np
from scipy.optimize import least_squares

import bayesnn as bnn
from benchmarks.report import REFERENCE, write
from tests.problems.nist import Regression, digits, read


class Counted:
    """A function and how often it was called, with real or complex arguments."""

    def __init__(self, function) -> None:
        self.calls = 0
        wraps(function)(self)

    def __call__(self, *args):
        self.calls += 1
        return self.__wrapped__(*args)


def residual(problem: Regression, function: Counted, theta) -> np.ndarray:
    x = problem.X[:, 0] if problem.X.shape[1] == 1 else problem.X
    return problem.y - function(x, *theta)


def ours(problem: Regression, function: Counted, start) -> tuple:
    counted = replace(problem, model=bnn.FunctionModel(function))
    opt = bnn.maximum_likelihood(counted.posterior(), np.append(start, 0.0))
    return opt.theta[:-1], np.array([opt.standard_errors[name] for name in problem.model.names])


def scipys(problem: Regression, function: Counted, start) -> tuple:
    """Levenberg–Marquardt with the tightest tolerances, forward differences."""
    tight = {"xtol": 1e-15, "ftol": 1e-15, "gtol": 1e-15, "max_nfev": 100_000}
    found = least_squares(partial(residual, problem, function), start, method="lm", **tight)
    cov = np.linalg.pinv(found.jac.T @ found.jac) * 2 * found.cost / (len(problem.y) - len(start))
    return found.x, np.sqrt(np.diag(cov))


def lmfits(problem: Regression, function: Counted, start) -> tuple:
    import lmfit

    parameters = lmfit.Parameters()
    for name, value in zip(problem.model.names, start, strict=True):
        parameters.add(name, value=value)
    tight = {"xtol": 1e-15, "ftol": 1e-15, "gtol": 1e-15, "max_nfev": 100_000}
    found = lmfit.minimize(lambda p: residual(problem, function, p.valuesdict().values()), parameters, **tight)
    values = np.array([found.params[name].value for name in problem.model.names])
    return values, np.array([found.params[name].stderr or np.nan for name in problem.model.names])


def cells(solver, problem: Regression, start) -> tuple[float, float, str]:
    """Digits of the estimates and of the standard deviations, and all four figures as cells of a table."""
    function, began = Counted(problem.model.function), time.perf_counter()
    try:
        values, errors = solver(problem, function, start)
    except (ValueError, np.linalg.LinAlgError):
        return 0.0, 0.0, "failed | | | "
    seconds = time.perf_counter() - began
    found = digits(values, problem.estimates), digits(errors, problem.standard_deviations)
    return *found, f"{found[0]:.1f} | {found[1]:.1f} | {function.calls} | {1000 * seconds:.0f}"


def main() -> None:
    folders = [REFERENCE / "nist_strd", *map(Path, sys.argv[1:])]
    rows, reached, n_runs = [], [0, 0, 0], 0
    np.seterr(all="ignore")
    warnings.simplefilter("ignore")
    for path in sorted(path for folder in folders for path in folder.glob("*.dat")):
        problem = read(path)
        for number, start in enumerate(problem.starts, 1):
            table, n_runs = [], n_runs + 1
            for i, solver in enumerate((ours, scipys, lmfits)):
                values, errors, text = cells(solver, problem, start)
                table.append(text)
                reached[i] += values >= 8 and errors >= (2 if problem.name == "Lanczos1" else 6)
            rows.append(f"{problem.name} {number} | {' | '.join(table)}")
    columns = [f"{who} {what}" for who in ("", "scipy", "lmfit") for what in ("estimates", "sds", "evaluations", "ms")]
    write(
        "nist",
        "NIST nonlinear regressions: digits agreed with the certified values",
        notes="No derivatives supplied. Digits of the worst parameter, at most 11; calls of the function, real or "
        "complex, error bars included; asked for: 8 digits of estimates, 6 of standard deviations (Lanczos1: 2). "
        f"Reached in {reached[0]} of {n_runs} runs; scipy {reached[1]}, lmfit {reached[2]}.",
        columns=["problem, start", *(column.strip() for column in columns)],
        rows=rows,
        peers="lmfit",
    )


if __name__ == "__main__":
    main()
