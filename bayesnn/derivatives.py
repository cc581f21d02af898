"""Derivatives of ordinary functions by their parameters: complex step where it holds, central differences elsewhere."""

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np

from bayesnn.protocols import Array, FloatArray

COMPLEX_STEP = 1e-30
_REAL_STEP = float(np.finfo(float).eps ** (1 / 3))

_PART, _CUT, _SMALL = 0.05, 4, 0.1
"""Of a way, how much of it is looked at, and in how many steps, each again cut in as many; a jump that matters."""

_NO_COMPLEX = (TypeError, ValueError, np.exceptions.ComplexWarning)
"""What a function raises that takes real numbers only."""

Values = Callable[[Array], Array]
"""From parameters (P,), real or complex, to values (N, K)."""


def complex_step(values: Values, theta: FloatArray) -> FloatArray:
    """∂ values / ∂θ (N, K, P) = Im values(θ + i h e_p) / h: exact for an analytic function (Squire & Trapp 1998).

    Examples
    --------
    >>> import numpy as np
    >>> from bayesnn.derivatives import complex_step
    >>> x = np.array([[1.0], [2.0]])
    >>> complex_step(lambda p: np.exp(p[0] * x), np.array([0.0]))[:, 0, 0]
    array([1., 2.])
    """
    steps = theta + 1j * COMPLEX_STEP * np.eye(len(theta))
    return np.stack([np.imag(values(step)) / COMPLEX_STEP for step in steps], axis=-1)


def central_differences(values: Values, theta: FloatArray) -> FloatArray:
    """∂ values / ∂θ (N, K, P), right to about ten digits where the function is smooth on the scale of θ."""
    steps = [_step(values, theta, p) for p in range(len(theta))]
    return np.stack([_slope(values, theta, p, step) for p, step in enumerate(steps)], axis=-1)


def is_analytic(values: Values, theta: FloatArray) -> bool:
    """Does a complex step agree with differences here, on some scale?"""
    try:
        with _no_part_lost(), np.errstate(all="ignore"):
            exact = complex_step(values, theta)
    except _NO_COMPLEX:
        return False
    with np.errstate(all="ignore"):
        size = 1e-12 * np.abs(values(theta)).max()
        return all(_agrees(values, theta, p, exact[..., p], size) for p in range(len(theta)))


def jumps(function: Values, begin: FloatArray, end: FloatArray) -> bool:
    """Does a function of points (M, Q) → (M,) change more than its slopes say, a little on the way from here to there?

    What is smooth comes closer to its slopes with each step that is cut in four, by 4³; a jump stays as high as it is.
    Less than a tenth is none. True, too, where it takes no complex numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from bayesnn.derivatives import jumps
    >>> here, there = np.array([0.0, 0.1]), np.array([20.0, 3.0])
    >>> jumps(lambda x: 1e3 * np.cos(x[:, 0]) * x[:, 1], here, there)
    False
    >>> jumps(lambda x: x[:, 1] + np.where(x.real[:, 0] > 0.3, 1.0, 0.0), here, there)
    True
    """
    way, at, errors = _PART * (end - begin), 0.0, []
    try:
        for width in (1 / _CUT, 1 / _CUT**2):
            points = begin + (at + width * np.arange(_CUT + 1))[:, None] * way
            with _no_part_lost():
                slopes = np.imag(function(points + 1j * COMPLEX_STEP * way)) / COMPLEX_STEP
            error = np.abs(np.diff(function(points)) - 0.5 * width * (slopes[1:] + slopes[:-1]))
            at += width * float(np.argmax(error))
            errors.append(float(error.max()))
    except _NO_COMPLEX:
        return True
    return bool(np.isfinite(errors[0]) and errors[1] > max(0.5 * errors[0], _SMALL))


@contextmanager
def _no_part_lost() -> Iterator[None]:
    """An imaginary part that is thrown away is an error."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", np.exceptions.ComplexWarning)
        yield


def _agrees(values: Values, theta: FloatArray, p: int, exact: FloatArray, size: float) -> bool:
    unit = abs(theta[p]) or 1.0
    for step in unit * np.array([1e-5, 1e-7, 1e-3, 1e-9, 1e-1]):
        rough = _slope(values, theta, p, step)
        if np.all(np.abs(exact - rough) <= 1e-4 * np.abs(rough).max() + size / unit):
            return True
    return False


def _slope(values: Values, theta: FloatArray, p: int, step: float) -> FloatArray:
    up, down = theta.copy(), theta.copy()
    up[p], down[p] = up[p] + step, down[p] - step
    return np.asarray((values(up) - values(down)) / (up[p] - down[p]))


def _step(values: Values, theta: FloatArray, p: int) -> float:
    """A small part of θ_p, or more where so little would be lost in rounding."""
    step, center = _REAL_STEP * (abs(theta[p]) or 1.0), values(theta)
    while step < _REAL_STEP:
        moved = theta.copy()
        moved[p] += step
        if np.abs(values(moved) - center).max() > 1e-8 * np.abs(center).max():
            break
        step *= 10
    return float(step)
