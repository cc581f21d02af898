"""Do models speak of the same data?"""

from collections.abc import Mapping

import numpy as np

from bayesnn.errors import EvidenceError
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import Array, FloatArray


def require_same_data(models: Mapping[str, PosteriorDensity]) -> tuple[str, ...]:
    """A warning where data cannot be checked; an EvidenceError where X, y or their errors differ in table units.

    Inputs may be standardized in one model only; y must be in the same units in all, since p(y) is a density. A table
    without errors, whose scatter is unknown, may stand beside one with errors.
    """
    if not models:
        raise EvidenceError("compare: expected at least one model, got none")
    for name, posterior in models.items():
        if not isinstance(posterior, PosteriorDensity):
            raise EvidenceError(
                f"model {name!r}: expected a posterior, got {type(posterior).__name__}; pass post itself"
            )
    tables = {name: posterior for name, posterior in models.items() if isinstance(posterior, Posterior)}
    first, *others = tables or [""]
    for other in others:
        what = _difference(tables[first], tables[other])
        if what:
            raise EvidenceError(
                f"compare: expected models of the same rows in the same units, got different {what} in {first!r} and "
                f"{other!r}; evidences of different data cannot be compared: give all models one Dataset"
            )
    functions = [name for name in models if name not in tables]
    if functions and len(models) > 1:
        return (f"{', '.join(functions)}: a log likelihood that is a function; that its data are those of the others "
                "cannot be checked",)  # fmt: skip
    return ()


def _difference(a: Posterior, b: Posterior) -> str:
    """What differs, if anything does."""
    here, there = a.data.scaling, b.data.scaling
    if not _alike(here.restore_inputs(a.rows.X), there.restore_inputs(b.rows.X)):
        return "inputs X"
    if not _alike(here.restore(a.rows.y), there.restore(b.rows.y)):
        return "targets y"
    if not _alike(here.y_scale, there.y_scale):
        return "units of y"
    errors, theirs = _errors(a), _errors(b)
    if errors is not None and theirs is not None and not _alike(errors, theirs):
        return "errors of y"
    return ""


def _errors(posterior: Posterior) -> FloatArray | None:
    """Measured ones in the units of the table: standard deviations, or a covariance."""
    data = posterior.data
    if data.cov is not None:
        return np.asarray(data.cov * data.scaling.y_scale**2)
    return None if data.yerr is None else np.asarray(data.scaling.restore_sd(data.yerr))


def _alike(a: Array, b: Array) -> bool:
    """Equal but for the rounding of a change of units."""
    return a.shape == b.shape and bool(np.allclose(a, b, rtol=1e-9, atol=1e-12 * float(np.max(np.abs(a)))))
