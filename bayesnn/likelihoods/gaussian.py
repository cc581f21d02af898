"""Gaussian scatter: errors that are known, correlated, unknown, or known with something missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import solve_triangular

from bayesnn.errors import DataError, SettingError
from bayesnn.likelihoods.scales import known_scale, real_targets, require_positive_scalars, scale_of_new_rows
from bayesnn.protocols import Array, Distribution, FloatArray, Noise, Rows, Table

_LOG_TWO_PI = float(np.log(2 * np.pi))


@dataclass(frozen=True, eq=False)
class Gaussian:
    """y ~ N(f, sd²), the likelihood behind least squares.

    ln p(y | f) = −½ Σ [(y − f)² / sd² + ln 2π sd²], or with a covariance C −½ [(y − f)ᵀ C⁻¹ (y − f) + ln |2π C|]

    Parameters
    ----------
    sigma : the standard deviation sd, in the units of the data set that the posterior is given. A number or an
        array: known. A Distribution: one unknown, named "sigma", with that prior. Left out: `yerr` or `cov` of
        the data.
    jitter : a Distribution for an unknown scatter, named "jitter", beside known errors: sd² = yerr² + jitter².

    Raises
    ------
    DataError : no error is given anywhere, or two are given; targets that are not real numbers.

    References
    ----------
    Bishop, Pattern Recognition and Machine Learning (2006), section 3.1.1.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> line = bnn.LinearModel(bnn.polynomial(degree=1))
    >>> data = bnn.Dataset([0.0, 1.0], [0.0, 1.0], yerr=[1.0, 2.0])
    >>> post = bnn.Posterior(line, bnn.Gaussian(), prior={"w": bnn.Flat()}, data=data)
    >>> round(float(post.log_likelihood([0.0, 1.0])), 6)    # both residuals are zero: −ln 2π − ln 2
    -2.531024
    """

    sigma: ArrayLike | Distribution | None = None
    jitter: Distribution | None = None

    def __post_init__(self) -> None:
        if isinstance(self.sigma, Distribution) and self.jitter is not None:
            raise SettingError("Gaussian: expected sigma or jitter to be unknown, got both; they cannot be told apart")
        if self.jitter is not None and not isinstance(self.jitter, Distribution):
            raise SettingError(f"Gaussian: expected a distribution for jitter, got {self.jitter!r}; HalfNormal(1), say")
        require_positive_scalars("Gaussian", self.noise_priors)

    @property
    def noise_priors(self) -> Mapping[str, Distribution]:
        """Priors of the unknowns, by name."""
        unknown = {"jitter": self.jitter}
        if isinstance(self.sigma, Distribution):
            unknown["sigma"] = self.sigma
        return {name: prior for name, prior in unknown.items() if prior is not None}

    def targets(self, table: Table) -> tuple[FloatArray, FloatArray | None]:
        """y (N, K) and the known standard deviations (N, K), if there are any."""
        y = real_targets("Gaussian", table)
        measured = table.yerr is not None or table.cov is not None
        if table.cov is not None and (self.jitter is not None or y.shape[1] > 1):
            raise DataError("Gaussian: expected cov alone, for one target, got jitter or several targets beside it")
        if self.sigma is None:
            if not measured and self.jitter is None:
                raise DataError(
                    "Gaussian: expected yerr or cov in the data, or sigma, got neither; "
                    "pass sigma=HalfNormal(1) to learn the noise level"
                )
            return y, None if table.yerr is None else table.yerr.reshape(y.shape)
        if measured:
            raise DataError(
                "Gaussian: expected errors from the data or from sigma, got both; leave sigma out, or use jitter="
            )
        if isinstance(self.sigma, Distribution):
            return y, None
        return y, known_scale("Gaussian", "sigma", self.sigma, y)

    def labels(self, table: Table) -> None:
        """None: the targets are numbers."""

    def n_outputs(self, y: FloatArray) -> int:
        """K, one output a target."""
        return int(y.shape[1])

    def log_prob(self, outputs: Array, rows: Rows, noise: Noise) -> Array:
        """ln p(y | outputs), summed over rows and targets: (..., N, K) → (...)."""
        if rows.root is not None:
            r = _whiten(rows.y - outputs, rows.root)
            return np.asarray(-0.5 * (np.sum(r * r, axis=(-2, -1)) + _log_normalizer(rows.root)))
        return np.asarray(self.pointwise(outputs, rows, noise).sum(axis=-1))

    def pointwise(self, outputs: Array, rows: Rows, noise: Noise) -> Array:
        """ln p of each row, (..., N); with a covariance, of each row given all the others."""
        residual = rows.y.astype(outputs.dtype, copy=False) - outputs
        if rows.root is not None:
            return _conditional(residual, rows.root)
        variance = variance_of_rows(rows, noise, outputs.dtype)
        return np.asarray(-0.5 * np.sum(residual * residual / variance + np.log(variance) + _LOG_TWO_PI, axis=-1))

    def grad_outputs(self, outputs: Array, rows: Rows, noise: Noise) -> tuple[Array, Array, dict[str, Array]]:
        """ln p (...), its derivative by the outputs (..., N, K) and by each unknown (...)."""
        residual = rows.y.astype(outputs.dtype, copy=False) - outputs
        if rows.root is not None:
            r = _whiten(residual, rows.root)
            value = -0.5 * (np.sum(r * r, axis=(-2, -1)) + _log_normalizer(rows.root))
            return value, _whiten(r, rows.root, transpose=True), {}
        variance = variance_of_rows(rows, noise, outputs.dtype)
        weighted = residual / variance
        chi2 = _product(residual, weighted)
        value = -0.5 * (chi2 + _summed(np.log(variance) + _LOG_TWO_PI, residual))
        slopes = {}
        for name, s in noise.items():
            slopes[name] = s * (_product(weighted, weighted) - _summed(1.0 / variance, residual))
        return value, weighted, slopes

    def whiten(self, values: Array, rows: Rows) -> Array:
        """Values (..., N, K) in units of the known standard deviations; unknown ones are left out."""
        if rows.root is not None:
            return _whiten(values, rows.root)
        return values if rows.yerr is None else np.asarray(values / rows.yerr)

    def mean(self, outputs: Array) -> Array:
        """E[y | outputs]."""
        return outputs

    def variance(self, outputs: Array, noise: Noise) -> Array:
        """Var[y | outputs] at new inputs (..., N, K): errors known row by row say nothing of a new row."""
        spread = sum((np.square(s)[..., None, None] for s in noise.values()), np.zeros(1))
        known = np.zeros(1)
        if self.sigma is not None and not isinstance(self.sigma, Distribution):
            known = scale_of_new_rows(self.sigma, outputs.shape[-1])
        return np.broadcast_to(spread + known**2, outputs.shape)

    def sample(self, outputs: Array, noise: Noise, rng: np.random.Generator, *, rows: Rows | None = None) -> Array:
        """New targets (..., N, K), with the errors of these rows where they are given."""
        z = rng.standard_normal(outputs.shape)
        if rows is None:
            return outputs + np.sqrt(self.variance(outputs, noise)) * z
        if rows.root is not None:
            return np.asarray(outputs + rows.root @ z)
        return np.asarray(outputs + np.sqrt(variance_of_rows(rows, noise, outputs.dtype)) * z)

    def information(self, outputs: Array, rows: Rows, noise: Noise) -> Array:
        """diag(1 / sd², Σ 2 s² / sd⁴) for an unknown s, (..., N, M, M).

        Raises
        ------
        SettingError : a full covariance: rows are then not independent.
        """
        if rows.root is not None:
            raise SettingError(
                "Gaussian: expected independent rows, got a covariance; whiten the outputs by its Cholesky factor"
            )
        precision = np.broadcast_to(1 / variance_of_rows(rows, noise, outputs.dtype), outputs.shape)
        total = np.sum(np.square(precision), axis=-1, keepdims=True)
        unknown = [2 * np.square(noise[name])[..., None, None] * total for name in self.noise_priors]
        diagonal = np.concatenate([precision, *unknown], axis=-1)
        return np.asarray(diagonal[..., None] * np.eye(diagonal.shape[-1]))


def variance_of_rows(rows: Rows, noise: Noise, dtype: np.dtype[Any]) -> Array:
    """sd² of rows, to stand beside outputs (..., N, K)."""
    known = np.zeros(1, dtype) if rows.yerr is None else np.square(rows.yerr.astype(dtype, copy=False))
    return sum((np.square(s)[..., None, None] for s in noise.values()), known)


def _product(a: Array, b: Array) -> Array:
    """Σ a b over rows and targets, (...)."""
    return np.asarray(np.einsum("...nk,...nk->...", a, b))


def _summed(values: Array, like: Array) -> Array:
    """Over rows and targets of an array, (...); where values are the same for all of them, as often as there are."""
    n_each = like.shape[-2] * like.shape[-1] // (values.shape[-2] * values.shape[-1])
    return np.asarray(n_each * values.sum(axis=(-2, -1)))


def _whiten(residual: Array, root: FloatArray, *, transpose: bool = False) -> Array:
    """L⁻¹ r or L⁻ᵀ r for residuals (..., N, K), in their precision."""
    columns = np.moveaxis(residual, -2, 0)
    solved = solve_triangular(root, columns.reshape(len(root), -1), lower=True, trans=1 if transpose else 0)
    return np.asarray(np.moveaxis(solved.reshape(columns.shape), 0, -2).astype(residual.dtype, copy=False))


def _log_normalizer(root: FloatArray) -> float:
    return float(2 * np.sum(np.log(np.diag(root))) + len(root) * _LOG_TWO_PI)


def _conditional(residual: Array, root: FloatArray) -> Array:
    """ln p(y_i | the other rows): with Q = C⁻¹ a Gaussian of mean y_i − [Q r]_i / Q_ii and variance 1 / Q_ii."""
    q = _whiten(_whiten(residual, root), root, transpose=True)
    precision = np.sum(solve_triangular(root, np.eye(len(root)), lower=True) ** 2, axis=0)[:, None]
    return np.asarray(-0.5 * np.sum(q * q / precision - np.log(precision) + _LOG_TWO_PI, axis=-1))
