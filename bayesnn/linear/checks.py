"""Inputs and settings of features and kernels: one clear sentence where they cannot be used."""

import numpy as np
from numpy.typing import ArrayLike

from bayesnn.errors import ModelError
from bayesnn.protocols import Array, FloatArray


def as_numbers(values: ArrayLike, what: str) -> Array:
    """Finite floating numbers of any shape.

    Raises
    ------
    ModelError : text, complex, NaN or infinite numbers.
    """
    try:
        numbers = np.asarray(values)
        numbers = numbers if numbers.dtype.kind == "f" else numbers.astype(np.float64, casting="same_kind")
    except (TypeError, ValueError) as error:
        raise ModelError(f"{what}: expected real numbers, got {error}; convert them") from None
    if not np.all(np.isfinite(numbers)):
        raise ModelError(f"{what}: expected finite numbers, got NaN or infinity; drop those rows")
    return numbers


def as_points(X: ArrayLike, what: str, *, n_inputs: int | None = None) -> Array:
    """Points (N,) or (N, D) as finite floating numbers (N, D).

    Raises
    ------
    ModelError : no finite numbers, another number of axes or of inputs.
    """
    points = as_numbers(X, what)
    points = points[:, None] if points.ndim == 1 else points
    if points.ndim != 2 or points.shape[1] != (n_inputs or points.shape[1]):
        wanted = "D" if n_inputs is None else n_inputs
        raise ModelError(f"{what}: expected points (N, {wanted}), got shape {np.shape(X)}; one column an input")
    return points


def as_centers(centers: ArrayLike, what: str) -> FloatArray:
    """A copy (M, D) of at least one center that nobody can write into.

    Raises
    ------
    ModelError : no centers, or none that are finite points.
    """
    points = np.array(as_points(centers, what), dtype=np.float64)
    if points.size == 0:
        raise ModelError(f"{what}: expected at least one point, got none; a few rows of X, say")
    points.setflags(write=False)
    return points


def as_positive(value: float, what: str) -> float:
    """A positive finite number.

    Raises
    ------
    ModelError : anything else.
    """
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if not 0 < number < float("inf"):
        raise ModelError(f"{what}: expected a positive number, got {value!r}; give it in the units of the inputs")
    return number


def as_count(value: int, what: str, *, least: int) -> int:
    """A whole number, at least `least`.

    Raises
    ------
    ModelError : anything else.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
        raise ModelError(f"{what}: expected a whole number >= {least}, got {value!r}")
    return int(value)
