"""Counts: one output a target, the logarithm of the rate."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import gammaln

from bayesnn.errors import DataError
from bayesnn.likelihoods.labels import as_written
from bayesnn.protocols import Array, Distribution, FloatArray, Noise, Rows, Table

_LARGE = 1e15
"""Rates above it are sampled as a Gaussian: NumPy's Poisson counts are 64-bit integers."""


@dataclass(frozen=True, eq=False)
class Poisson:
    """Counts y with mean λ = e^f.

    ln p(y | f) = Σ y f − e^f − ln y!

    Raises
    ------
    DataError : text, negative or fractional targets; error bars; a standardized target.

    References
    ----------
    McCullagh & Nelder, Generalized Linear Models (1989), chapter 6.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> data = bnn.Dataset([0.0, 1.0, 2.0], [1, 3, 8])
    >>> line = bnn.LinearModel(bnn.polynomial(degree=0))
    >>> post = bnn.Posterior(line, bnn.Poisson(), prior={"w": bnn.Flat()}, data=data)
    >>> bnn.predict(post, bnn.maximum_likelihood(post), [5.0]).mean.round(6)      # 12 counts in 3 rows
    array([4.])
    """

    @property
    def noise_priors(self) -> Mapping[str, Distribution]:
        """No unknowns of its own."""
        return {}

    def targets(self, table: Table) -> tuple[FloatArray, None]:
        """Counts (N, T)."""
        y = as_written("Poisson", table)
        if not np.issubdtype(y.dtype, np.number):
            raise DataError("Poisson: expected counts, got labels; give whole numbers >= 0")
        wrong = (y < 0) | (y != np.round(y))
        if np.any(wrong):
            raise DataError(f"Poisson: expected whole numbers >= 0, got {y[wrong][0]:g}; a rate is not a count")
        return np.asarray(y, dtype=np.float64).reshape(len(y), -1), None

    def labels(self, table: Table) -> None:
        """None: the targets are numbers."""

    def n_outputs(self, y: FloatArray) -> int:
        """One output a target."""
        return int(y.shape[1])

    def log_prob(self, outputs: Array, rows: Rows, noise: Noise) -> Array:
        """ln p(y | outputs), summed over rows and targets: (..., N, T) → (...)."""
        return np.asarray(self.pointwise(outputs, rows, noise).sum(axis=-1))

    def pointwise(self, outputs: Array, rows: Rows, noise: Noise) -> Array:
        """ln p of each row, (..., N)."""
        y = rows.y.astype(outputs.dtype, copy=False)
        return np.asarray(np.sum(y * outputs - _rate(outputs) - gammaln(y + 1), axis=-1))

    def grad_outputs(self, outputs: Array, rows: Rows, noise: Noise) -> tuple[Array, Array, dict[str, Array]]:
        """ln p (...) and its derivative by the outputs (..., N, T), y − λ."""
        y, rate = rows.y.astype(outputs.dtype, copy=False), _rate(outputs)
        return np.sum(y * outputs - rate - gammaln(y + 1), axis=(-2, -1)), y - rate, {}

    def mean(self, outputs: Array) -> Array:
        """λ."""
        return _rate(outputs)

    def variance(self, outputs: Array, noise: Noise) -> Array:
        """λ."""
        return _rate(outputs)

    def sample(self, outputs: Array, noise: Noise, rng: np.random.Generator, *, rows: Rows | None = None) -> Array:
        """New counts (..., N, T)."""
        rate = _rate(outputs)
        counts = rng.poisson(np.minimum(rate, _LARGE))
        return np.where(rate < _LARGE, counts, rate + np.sqrt(rate) * rng.standard_normal(rate.shape))

    def information(self, outputs: Array, rows: Rows, noise: Noise) -> Array:
        """diag(λ), (..., N, T, T)."""
        return _rate(outputs)[..., None] * np.eye(outputs.shape[-1])


def _rate(outputs: Array) -> Array:
    """e^f, held below overflow: a sum of such rates is still a number, and its slope still points down."""
    highest = 0.9 * float(np.log(np.finfo(outputs.dtype).max))
    return np.exp(np.minimum(outputs, highest))
