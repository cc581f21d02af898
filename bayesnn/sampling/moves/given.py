"""What gradient moves are given, by a user or by a sampler, checked."""

from typing import Any

import numpy as np
from emcee.moves import Move

from bayesnn.errors import SettingError
from bayesnn.protocols import LogDensity


def require_gradient(density: object, move: Move) -> None:
    """A SettingError for a function alone."""
    if not isinstance(density, LogDensity):
        raise SettingError(
            f"{type(move).__name__}: expected a log density with value_and_grad, got {type(density).__name__}; "
            'give the sampler the posterior itself, or use moves="stretch"'
        )


def require_scale_of(move: Move, n_params: int, *, correlations: bool) -> None:
    """A SettingError where its scale is one of another number of parameters."""
    shape = np.shape(move.scale)
    if shape not in ((), (1,), (n_params,), (n_params, n_params)) and len(shape) < 3:
        raise SettingError(
            f"{type(move).__name__}: expected a scale of shape ({n_params},), one a parameter, or a number"
            f"{f', or ({n_params}, {n_params})' if correlations else ''}, got shape {shape}; leave it out, "
            "and warm-up finds it"
        )


def is_positive(value: Any, *, most_axes: int) -> bool:
    """A finite number > 0, an array of such, or a square matrix with a diagonal of such."""
    try:
        array = np.asarray(value)
    except ValueError:  # lists of unequal length
        return False
    square = array.ndim < 2 or array.shape[0] == array.shape[1]
    if array.dtype.kind not in "fiu" or array.ndim > most_axes or not square or not np.all(np.isfinite(array)):
        return False
    return bool(np.all(np.diag(array) > 0 if array.ndim == 2 else array > 0))


def is_whole(n: object) -> bool:
    """An int, of Python or NumPy."""
    return isinstance(n, int | np.integer) and not isinstance(n, bool)
