"""What a fit says of new inputs, be it an optimum or a plain function."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from bayesnn.data.inputs import as_inputs
from bayesnn.errors import ModelError
from bayesnn.estimation.optimum import Optimum
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import FloatArray

Fitted = Optimum | Callable[[FloatArray], ArrayLike]
"""An optimum, or a function X (M, D) → (M,) or (M, K), both in the units of the table."""


def predicted(fitted: Fitted, X: FloatArray, shape: tuple[int, ...]) -> FloatArray:
    """E[y] at X (M, D) in the units of the table, of that shape: (M,) or (M, K).

    Raises
    ------
    ModelError : neither an optimum nor a function, another shape, or numbers that are not finite.
    """
    if isinstance(fitted, Optimum):
        return checked(_expected(fitted, X), shape)
    if not callable(fitted):
        raise ModelError(
            f"fit: expected an Optimum or a function of X, got {type(fitted).__name__}; return model.predict, say"
        )
    return checked(fitted(X.copy()), shape)


def checked(values: object, shape: tuple[int, ...]) -> FloatArray:
    """What a fit gave, as real numbers of that shape, all finite."""
    try:
        numbers = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ModelError(
            f"fit: expected real numbers of shape {shape}, got {type(values).__name__}; return an array, or pass X "
            "where fits predict"
        ) from None
    if numbers.shape != shape:
        raise ModelError(f"fit: expected values of shape {shape}, got {numbers.shape}; one a row, as the targets have")
    if not np.all(np.isfinite(numbers)):
        raise ModelError(f"fit: expected finite values, got {int(np.sum(~np.isfinite(numbers)))} that are not")
    return numbers


def _expected(optimum: Optimum, X: FloatArray) -> FloatArray:
    posterior = optimum.density.posterior
    if not isinstance(posterior, Posterior):
        raise ModelError(
            f"fit: expected an Optimum of a model, got one of a {type(posterior).__name__}; return a function of X"
        )
    mean, _ = posterior.moments(optimum.theta, as_inputs(X, posterior.data))
    return mean[:, 0] if mean.shape[1] == 1 else mean
