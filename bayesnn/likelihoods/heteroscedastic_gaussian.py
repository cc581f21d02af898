"""Gaussian scatter whose standard deviation is an output of the model, too."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bayesnn.likelihoods.scales import real_targets, refuse_errors
from bayesnn.protocols import Array, Distribution, FloatArray, Noise, Rows, Table

_LOG_TWO_PI = float(np.log(2 * np.pi))


@dataclass(frozen=True, eq=False)
class HeteroscedasticGaussian:
    """y ~ N(m, sd²), where the outputs of the model are m and ln sd: the T means first, then the T logarithms.

    ln p(y | m, ln sd) = −½ Σ [(y − m)² / sd² + ln 2π] − Σ ln sd

    Raises
    ------
    DataError : labels; error bars, which the model is to find itself.

    References
    ----------
    Nix & Weigend, Estimating the mean and variance of the target probability distribution (1994).

    Examples
    --------
    >>> import bayesnn as bnn, numpy as np
    >>> data = bnn.Dataset([0.0, 1.0, 2.0], [0.0, 1.0, 0.0])
    >>> net = bnn.MLP((1, 2))                                          # two outputs for one target
    >>> post = bnn.Posterior(net, bnn.HeteroscedasticGaussian(), prior={"*": bnn.Normal(0, 1)}, data=data)
    >>> round(float(post.log_likelihood(np.zeros(4))), 6)              # y ~ N(0, 1): −3/2 ln 2π − ½
    -3.256816
    """

    @property
    def noise_priors(self) -> Mapping[str, Distribution]:
        """No unknowns of its own."""
        return {}

    def means_first(self, held: float) -> "MeansFirst":
        """The likelihood to train by before this one, in whose modes noise explains what the mean should."""
        return MeansFirst(held)

    def targets(self, table: Table) -> tuple[FloatArray, None]:
        """y (N, T)."""
        refuse_errors("HeteroscedasticGaussian", table)
        return real_targets("HeteroscedasticGaussian", table), None

    def labels(self, table: Table) -> None:
        """None: the targets are numbers."""

    def n_outputs(self, y: FloatArray) -> int:
        """K = 2 T."""
        return 2 * int(y.shape[1])

    def log_prob(self, outputs: Array, rows: Rows, noise: Noise) -> Array:
        """ln p(y | outputs), summed over rows and targets: (..., N, K) → (...)."""
        return np.asarray(self.pointwise(outputs, rows, noise).sum(axis=-1))

    def pointwise(self, outputs: Array, rows: Rows, noise: Noise) -> Array:
        """ln p of each row, (..., N)."""
        z, _ = _standardized(outputs, rows)
        return np.asarray(-np.sum(0.5 * (z * z + _LOG_TWO_PI) + _halves(outputs)[1], axis=-1))

    def grad_outputs(self, outputs: Array, rows: Rows, noise: Noise) -> tuple[Array, Array, dict[str, Array]]:
        """ln p (...) and its derivative by the outputs (..., N, K), z / sd and z² − 1 with z = (y − m) / sd."""
        z, sd = _standardized(outputs, rows)
        chi2 = z * z
        value = -np.sum(0.5 * (chi2 + _LOG_TWO_PI) + _halves(outputs)[1], axis=(-2, -1))
        return value, np.concatenate([z / sd, chi2 - 1], axis=-1), {}

    def mean(self, outputs: Array) -> Array:
        """m, (..., N, T)."""
        return _halves(outputs)[0]

    def variance(self, outputs: Array, noise: Noise) -> Array:
        """sd², (..., N, T)."""
        return np.asarray(np.square(_sd(outputs)))

    def sample(self, outputs: Array, noise: Noise, rng: np.random.Generator, *, rows: Rows | None = None) -> Array:
        """New targets (..., N, T)."""
        mean = self.mean(outputs)
        return mean + _sd(outputs) * rng.standard_normal(mean.shape)

    def information(self, outputs: Array, rows: Rows, noise: Noise) -> Array:
        """diag(1 / sd², 2), (..., N, K, K)."""
        precision = 1 / self.variance(outputs, noise)
        diagonal = np.concatenate([precision, np.full_like(precision, 2.0)], axis=-1)
        return diagonal[..., None] * np.eye(diagonal.shape[-1])


@dataclass(frozen=True, eq=False)
class MeansFirst(HeteroscedasticGaussian):
    """Means are fitted with an sd that is held, and that of the model is drawn to it; to train by, not to infer from.

    ln p = −½ Σ [(y − m)² / held² + (ln sd − ln held)²] + const.
    """

    held: float

    def pointwise(self, outputs: Array, rows: Rows, noise: Noise) -> Array:
        """ln p of each row, (..., N)."""
        z, excess = self._residuals(outputs, rows)
        return np.asarray(-0.5 * np.sum(z * z + excess * excess, axis=-1))

    def grad_outputs(self, outputs: Array, rows: Rows, noise: Noise) -> tuple[Array, Array, dict[str, Array]]:
        """ln p (...) and its derivative by the outputs (..., N, K)."""
        z, excess = self._residuals(outputs, rows)
        value = -0.5 * np.sum(z * z + excess * excess, axis=(-2, -1))
        return value, np.concatenate([z / self.held, -excess], axis=-1), {}

    def _residuals(self, outputs: Array, rows: Rows) -> tuple[Array, Array]:
        """(y − m) / held, and ln sd − ln held."""
        mean, log_sd = _halves(outputs)
        z = (rows.y.astype(outputs.dtype, copy=False) - mean) / self.held
        return z, log_sd - float(np.log(self.held))


def _halves(outputs: Array) -> tuple[Array, Array]:
    n_targets = outputs.shape[-1] // 2
    return outputs[..., :n_targets], outputs[..., n_targets:]


def _sd(outputs: Array) -> Array:
    """Held where its square and the square of a residual over it are numbers, however wild the model."""
    bound = 0.35 * float(np.log(np.finfo(outputs.dtype).max))
    return np.asarray(np.exp(np.clip(_halves(outputs)[1], -bound, bound)))


def _standardized(outputs: Array, rows: Rows) -> tuple[Array, Array]:
    """z = (y − m) / sd, and sd."""
    sd = _sd(outputs)
    return (rows.y.astype(outputs.dtype, copy=False) - _halves(outputs)[0]) / sd, sd
