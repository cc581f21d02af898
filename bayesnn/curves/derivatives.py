"""Derivatives of ordinary functions by their parameters: complex step where it holds, central differences elsewhere."""

import warnings
from collections.abc import Callable

import numpy as np

from bayesnn.protocols import Array, FloatArray

_COMPLEX_STEP = 1e-30
_REAL_STEP = float(np.finfo(float).eps ** (1 / 3))

Values = Callable[[Array], Array]
"""From parameters (P,), real or complex, to values (N, K)."""


def complex_step(values: Values, theta: FloatArray) -> FloatArray:
    """∂ values / ∂θ (N, K, P) = Im values(θ + i h e_p) / h: exact for an analytic function (Squire & Trapp 1998).

    Examples
    --------
    >>> import numpy as np
    >>> from bayesnn.curves.derivatives import complex_step
    >>> x = np.array([[1.0], [2.0]])
    >>> complex_step(lambda p: np.exp(p[0] * x), np.array([0.0]))[:, 0, 0]
    array([1., 2.])
    """
    steps = theta + 1j * _COMPLEX_STEP * np.eye(len(theta))
    return np.stack([np.imag(values(step)) / _COMPLEX_STEP for step in steps], axis=-1)


def central_differences(values: Values, theta: FloatArray) -> FloatArray:
    """∂ values / ∂θ (N, K, P), right to about ten digits where the function is smooth on the scale of θ."""
    slopes = []
    for p, step in enumerate(_REAL_STEP * np.maximum(np.abs(theta), 1e-3)):
        up, down = theta.copy(), theta.copy()
        up[p], down[p] = up[p] + step, down[p] - step
        slopes.append((values(up) - values(down)) / (up[p] - down[p]))
    return np.stack(slopes, axis=-1)


def is_analytic(values: Values, theta: FloatArray) -> bool:
    """Does a complex step agree with differences here?"""
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("error", np.exceptions.ComplexWarning)
            exact = complex_step(values, theta)
    except (TypeError, ValueError, np.exceptions.ComplexWarning):
        return False
    rough = central_differences(values, theta)
    size = np.abs(rough).max(axis=(0, 1)) + 1e-12 * np.abs(values(theta)).max()
    return bool(np.all(np.abs(exact - rough).max(axis=(0, 1)) <= 1e-4 * size))
