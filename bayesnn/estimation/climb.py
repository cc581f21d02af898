"""The way up any smooth log density: quasi-Newton steps in scaled variables, then Newton's."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from bayesnn.estimation.curvature import hessian, inverse, typical_scale
from bayesnn.protocols import FloatArray, LogDensity

_NEWTON_LIMIT = 500
"""Parameters up to which the full Hessian is formed."""
ENOUGH = 1e-8
"""Nats that a density may still rise by at an optimum."""


@dataclass(frozen=True, eq=False)
class Summit:
    """Where a climb ended, whether nothing is left to gain, and a sentence on it."""

    theta: FloatArray
    converged: bool
    message: str
    n_evaluations: int


def climb(density: LogDensity, start: FloatArray, *, scaled: bool = False) -> Summit:
    """The optimum uphill of a start (P,); scaled, in units in which the density changes by about a nat at the start."""
    scale = typical_scale(density, start) if scaled and len(start) <= _NEWTON_LIMIT else np.ones(len(start))
    result = minimize(
        lambda u: _negative(density, u, scale),
        start / scale,
        jac=True,
        method="L-BFGS-B",
        options={"maxcor": 30, "maxiter": 5000, "maxfun": 20000, "ftol": 1e-15, "gtol": 1e-9},
    )
    theta, n_evaluations = np.asarray(result.x) * scale, int(result.nfev)
    if len(theta) > _NEWTON_LIMIT:
        gain = float(np.sum(np.square(density.value_and_grad(theta)[1])))
        return Summit(theta, gain < ENOUGH, _sentence(density, theta, gain, int(result.nit)), n_evaluations)
    end = polish(density, theta)
    message = _sentence(density, end.theta, end.gain, int(result.nit))
    if end.runs_away:
        message = (
            "each Newton step still gains a good part of what the last one did: the density rises, ever less, toward "
            "infinite parameters, as for classes that can be separated, or toward a scale of zero; give a prior"
        )
    n_evaluations += end.n_steps * (4 * len(theta) + 1)
    return Summit(end.theta, bool(end.gain < ENOUGH and not end.runs_away), message, n_evaluations)


@dataclass(frozen=True, eq=False)
class Polished:
    """θ after Newton's steps, the nats that one more would gain, how many were taken, and whether they lead nowhere."""

    theta: FloatArray
    gain: float
    n_steps: int
    runs_away: bool = False


def polish(density: LogDensity, theta: FloatArray, *, n_steps: int = 8) -> Polished:
    """Newton steps while they gain."""
    value, grad = density.value_and_grad(theta)
    for taken in range(n_steps + 1):
        covariance = inverse(-hessian(density, theta))
        if np.any(np.isnan(covariance)):
            return Polished(theta, float("inf"), taken)
        move = covariance @ grad
        gain = 0.5 * float(grad @ move)
        new_value, new_grad = density.value_and_grad(theta + move)
        if gain < 1e-3 * ENOUGH or taken == n_steps or not new_value > value:
            break
        theta, value, grad = theta + move, new_value, new_grad
    next_gain = 0.5 * float(new_grad @ covariance @ new_grad)  # next to nothing, where the density is a parabola
    return Polished(theta, gain, taken, bool(next_gain > 0.02 * gain > 1e-17 * (1 + abs(float(value)))))


def _sentence(density: LogDensity, theta: FloatArray, gain: float, n_iterations: int) -> str:
    if gain < ENOUGH:
        return f"a Newton step would gain {gain:.1e} nats, below {ENOUGH:g}"
    slope = float(np.max(np.abs(density.value_and_grad(theta)[1])))
    if np.isinf(gain):
        return (
            f"after {n_iterations} iterations the largest slope is {slope:.1e} and the curvature is not negative "
            "definite: a flat or rising direction, as in an over-parameterized model without a prior"
        )
    return f"after {n_iterations} iterations a Newton step would still gain {gain:.1e} nats; try n_starts or a start"


def _negative(density: LogDensity, u: FloatArray, scale: FloatArray) -> tuple[float, FloatArray]:
    value, grad = density.value_and_grad(u * scale)
    if not np.isfinite(value):
        return 1e300, np.zeros_like(u)
    return -float(value), -grad * scale
