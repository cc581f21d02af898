"""Real targets, and what is known of the scale of their scatter."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike

from bayesnn.errors import DataError, SettingError
from bayesnn.protocols import Distribution, FloatArray, Table


def real_targets(who: str, table: Table) -> FloatArray:
    """y (N, T) as real numbers, or a DataError that says who wants them."""
    if not np.issubdtype(table.y.dtype, np.number):
        raise DataError(f"{who}: expected real targets, got labels; give numbers")
    return np.asarray(table.y, dtype=np.float64).reshape(len(table.y), -1)


def refuse_errors(who: str, table: Table) -> None:
    """A DataError if the table has error bars, which would be ignored."""
    if table.yerr is not None or table.cov is not None:
        got = "yerr" if table.cov is None else "cov"
        raise DataError(f"{who}: expected targets without error bars, got {got}; leave it out, or use Gaussian")


def known_scale(who: str, name: str, value: ArrayLike, y: FloatArray) -> FloatArray:
    """A scale for each target (N, T), from a number, one a row (N,), one a target (T,) or one each (N, T)."""
    try:
        scale = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError(f"{who}: expected {name} as numbers or a distribution, got {value!r}") from None
    if scale.shape == (len(y),):
        scale = scale[:, None]
    if scale.ndim > 2 or np.any(~(scale > 0)) or not np.all(np.isfinite(scale)):
        raise DataError(f"{who}: expected positive {name}, a scalar or of shape {y.shape}, got {value!r}")
    try:
        return np.broadcast_to(scale, y.shape).copy()
    except ValueError:
        raise DataError(f"{who}: expected {name} as a scalar or of shape {y.shape}, got {scale.shape}") from None


def scale_of_new_rows(value: ArrayLike, n_targets: int) -> FloatArray:
    """What is the same in every row, () or (T,); 0 where it is not."""
    scale = np.asarray(value, dtype=np.float64)
    if scale.shape in ((), (n_targets,)):
        return scale
    return np.where(np.ptp(scale, axis=0) == 0, scale[0], 0.0)


def require_positive_scalars(who: str, priors: Mapping[str, Distribution]) -> None:
    """Each unknown is one positive number, or a SettingError."""
    for name, prior in priors.items():
        if np.any(prior.support.contains(np.array(-1.0))) or getattr(prior, "shape", ()) != ():
            raise SettingError(f"{who}: expected a positive scalar {name}, got the prior {prior}; use HalfNormal(1)")
