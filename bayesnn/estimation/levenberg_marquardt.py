"""Levenberg's and Marquardt's method on factored least squares, with parameters that enter linearly eliminated."""

from dataclasses import dataclass, replace

import numpy as np

from bayesnn.estimation.climb import ENOUGH, Summit
from bayesnn.estimation.least_squares import Factors, LeastSquares
from bayesnn.protocols import Array, FloatArray

_ATTEMPTS = ((False, 300), (True, 300), (False, 2000))
"""(eliminate what enters linearly, iterations), one after the other until one ends soundly."""
_SINGULAR = 1e11
"""Condition of the scaled Jacobian from which on the data do not determine all parameters."""
_VANISHED = 1e-9
"""Part of its largest norm below which a column is lost, if its parameter no longer matters."""


@dataclass(frozen=True, eq=False)
class Descent:
    """Where a sum of squares is smallest, its factors there, the work it took, and what is wrong with it."""

    theta: FloatArray
    factors: Factors
    n_evaluations: int
    complaint: str = ""


def solve(problem: LeastSquares, start: FloatArray) -> Summit | None:
    """The least squares downhill of a start (P,), or None where they are not finite there.

    Three attempts, each Marquardt's method with columns scaled by their largest norm so far (Moré 1978) and Nielsen's
    rule for the damping (1999); the second keeps the parameters that enter linearly at their best throughout (Golub &
    Pereyra 1973). All end in Gauss–Newton steps for as long as these shrink the slope.
    """
    if problem.is_linear and np.all(np.isfinite(start)):
        return _summit(problem, [_linear(problem, start)])
    with np.errstate(all="ignore"):
        first = problem.factors(start)
    if first is None or not np.isfinite(first.chi2):
        return None
    found: list[Descent] = []
    for eliminate, n_iterations in _ATTEMPTS:
        linear = linear_parameters(problem, start) if eliminate else np.zeros(len(first.c), dtype=bool)
        if eliminate and not linear.any():
            continue
        found.append(_descend(problem, start, first, linear, n_iterations))
        if not found[-1].complaint:
            break
    return _summit(problem, found)


def _linear(problem: LeastSquares, start: FloatArray) -> Descent:
    """One step from zero, and more only where rounding may have spoiled it."""
    zero = np.where(problem.curve, 0.0, start)
    first = problem.factors(zero)
    assert first is not None
    theta = problem.embed(zero, first.gauss_newton())
    if first.condition > 1e5:
        return _polished(problem, theta, 1)
    end = Factors(first.R, np.zeros_like(first.c), first.least, first.least)
    return Descent(theta, end, 1, _complaint(problem, end))


def _summit(problem: LeastSquares, found: list[Descent]) -> Summit:
    best = min(found, key=lambda descent: (bool(descent.complaint), descent.factors.chi2))
    complaint = best.complaint
    if problem.unknown_sd and best.factors.chi2 <= problem.rounding**2:
        complaint = "the curve goes through every point, so that no noise is left to be estimated; pass yerr or sigma"
    theta = problem.with_noise(best.theta, best.factors.chi2)
    n_evaluations = sum(descent.n_evaluations for descent in found)
    return Summit(theta, not complaint, complaint or _sentence(problem, best.factors), n_evaluations)


def _sentence(problem: LeastSquares, factors: Factors) -> str:
    gain = 0.5 * float(factors.c @ factors.c)
    if problem.unknown_sd:
        gain *= problem.n_rows / factors.chi2
    if gain < ENOUGH:
        return f"a Gauss–Newton step would gain {gain:.1e} nats, below {ENOUGH:g}"
    return f"the slope has come down to the rounding of y; a Gauss–Newton step would gain {gain:.1e} nats"


def linear_parameters(problem: LeastSquares, theta: FloatArray) -> Array:
    """Parameters (M,) that enter linearly together: ∂f/∂them stays as it is when they are moved."""
    here = problem.jacobian(theta, n_rows=100)
    linear = np.zeros(here.shape[1], dtype=bool)
    for p in range(len(linear)):
        chosen = linear.copy()
        chosen[p] = True
        moved = theta[problem.curve]
        step = np.where(chosen, np.where(moved == 0, 1.0, 0.5 * moved), 0.0)
        with np.errstate(all="ignore"):
            there = problem.jacobian(problem.embed(theta, step), n_rows=100)
        size = np.abs(here[:, chosen]).max(axis=0)
        linear[p] = np.all(size > 0) and np.all(np.abs(there - here)[:, chosen].max(axis=0) <= 1e-8 * size)
    return linear


def _descend(problem: LeastSquares, start: FloatArray, first: Factors, linear: Array, n_most: int) -> Descent:
    theta, factors, damping, growth, n_evaluations = start, first, 1e-3, 2.0, 1
    if linear.any():
        projected = _with_best_linear(problem, start, linear)[0]
        met = problem.factors(projected)
        theta, factors, n_evaluations = (theta, factors, 3) if met is None else (projected, met, 3)
    largest = factors.norms
    for _ in range(n_most):
        largest = np.maximum(largest, factors.norms)
        scale = np.where(largest > 0, largest, 1.0)
        U, s, Vt = np.linalg.svd(factors.R / scale)
        along = U.T @ factors.c
        if _gain(along, s) <= 1e-14 * factors.chi2:
            break
        while damping < 1e16:
            step = Vt.T @ (s / (s * s + damping) * along) / scale
            moved, met, tried = _trial(problem, theta, step, linear, factors.chi2)
            n_evaluations += tried
            promised = float(np.sum(along**2 * (1 - (damping / (s * s + damping)) ** 2)))
            if met is not None and factors.chi2 - met.chi2 > 1e-4 * promised:
                break
            damping, growth = max(damping, 1e-16) * growth, growth * 2
        else:
            break
        worth = min((factors.chi2 - met.chi2) / promised, 1.0)
        theta, factors = moved, met
        damping, growth = damping * max(1 / 3, 1 - (2 * worth - 1) ** 3), 2.0
    lost = factors.norms < _VANISHED * largest
    idle = factors.norms * np.abs(theta[problem.curve]) < 1e-6 * np.sqrt(factors.chi2)
    end = _polished(problem, theta, n_evaluations)
    if not end.complaint and np.any(lost & idle):
        return replace(end, complaint=f"{problem.named(lost & idle)} ran away to where the data say nothing of it")
    return end


def _gain(along: FloatArray, s: FloatArray) -> float:
    return float(np.sum(along[s > 1e-13 * s[0]] ** 2))


def _trial(
    problem: LeastSquares, theta: FloatArray, step: FloatArray, linear: Array, chi2: float
) -> tuple[FloatArray, Factors | None, int]:
    """θ after a step, its factors if it is lower there, and the evaluations that took."""
    moved = problem.embed(theta, step)
    with np.errstate(all="ignore"):
        if linear.any():
            moved, tried = _with_best_linear(problem, moved, linear)
        else:
            tried = 0
        if not problem.chi2(moved) < chi2:
            return moved, None, tried + 1
        factors = problem.factors(moved)
    return moved, factors, tried + 2


def _with_best_linear(problem: LeastSquares, theta: FloatArray, linear: Array) -> tuple[FloatArray, int]:
    factors = problem.factors(theta)
    if factors is None:
        return theta, 1
    step = np.zeros(len(linear))
    columns = factors.R[:, linear]
    norms = np.linalg.norm(columns, axis=0)
    scale = np.where(norms > 0, norms, 1.0)
    step[linear] = np.linalg.lstsq(columns / scale, factors.c, rcond=1e-12)[0] / scale
    return problem.embed(theta, step), 1


def _polished(problem: LeastSquares, theta: FloatArray, n_evaluations: int) -> Descent:
    """Gauss–Newton steps for as long as they shrink what a further one would gain."""
    best, at = problem.factors(theta), theta
    assert best is not None
    for _ in range(100):
        theta = problem.embed(at, best.gauss_newton())
        with np.errstate(all="ignore"):
            factors = problem.factors(theta)
        n_evaluations += 1
        if factors is None or not factors.c @ factors.c < 0.99 * (best.c @ best.c):
            break
        best, at = factors, theta
    return Descent(at, best, n_evaluations, _complaint(problem, best))


def _complaint(problem: LeastSquares, factors: Factors) -> str:
    """What is wrong with an optimum, or nothing."""
    if factors.condition > _SINGULAR:
        direction = np.abs(factors.scaled[2][-1])
        return (
            f"the data do not determine {problem.named(direction > 0.1)}: collinear columns, too few rows, or a "
            "parameter at the end of its range; drop or fix one, or give it a prior"
        )
    if factors.c @ factors.c > max(1e-8 * factors.chi2, problem.rounding**2):
        return "the sum of squares would still fall; try n_starts or a start"
    return ""
