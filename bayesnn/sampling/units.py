"""Are inputs and targets of a network in units that its priors know?"""

import warnings

import numpy as np

from bayesnn.estimation.maximum import initial_points
from bayesnn.likelihoods.gaussian import Gaussian
from bayesnn.likelihoods.heteroscedastic_gaussian import HeteroscedasticGaussian
from bayesnn.likelihoods.student_t import StudentT
from bayesnn.nn.mlp import MLP
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import Array

_FAR = 1e3
"""How many times larger or smaller than a prior makes it something is, before it is said."""
_DRAWS, _ROWS = 8, 1000


def warn_of_units(posterior: object) -> None:
    """A RuntimeWarning where targets are far from outputs under the prior, or inputs would not be felt, or saturate."""
    if not isinstance(posterior, Posterior) or not isinstance(posterior.model, MLP) or posterior.model.n_layers < 2:
        return
    if not posterior.data.scaling.is_identity:
        return
    theta = initial_points(posterior, np.random.default_rng(0), _DRAWS)
    some = slice(None, None, -(-posterior.rows.n_rows // _ROWS))
    X, y = posterior.rows.X[some], posterior.rows.y[some]
    weights = float(np.median(np.abs(posterior.unpack(theta)[next(iter(posterior.model.blocks))])))
    inputs = zip(posterior.data.names, _size(X, axis=0), strict=True)
    far = [f"{name} of {size:.2g}" for name, size in inputs if _is_far(size) and _is_far(weights * size)]
    if isinstance(posterior.likelihood, Gaussian | StudentT | HeteroscedasticGaussian):
        with np.errstate(over="ignore", invalid="ignore"):
            outputs = _size(posterior.likelihood.mean(posterior.outputs(theta, X)), axis=(1, 2))
        size, under_prior = float(_size(y, axis=None)), float(np.median(outputs))
        if _is_far(size) and _is_far(size / under_prior):
            far.append(f"{posterior.data.target} of {size:.2g} (outputs under the prior: {under_prior:.2g})")
    if far:
        warnings.warn(
            f"sample: expected inputs and targets of about the size that the priors know, got {', '.join(far[:3])}"
            f"{' ...' if len(far) > 3 else ''}; data.standardize() scales them, and predictions come back in the units "
            "of the table",
            RuntimeWarning,
            stacklevel=4,
        )


def _size(values: Array, *, axis: int | tuple[int, ...] | None) -> Array:
    """Root mean square."""
    return np.asarray(np.sqrt(np.mean(np.square(values), axis=axis)))


def _is_far(ratio: float) -> bool:
    return ratio > 0 and not 1 / _FAR < ratio < _FAR
