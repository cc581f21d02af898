"""Gaussian scatter: errors that are known, correlated, unknown, or known with something missing."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import solve_triangular

from bayesnn.errors import DataError, SettingError
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
        for name, prior in self.noise_priors.items():
            if np.any(prior.support.contains(np.array(-1.0))) or getattr(prior, "shape", ()) != ():
                raise SettingError(
                    f"Gaussian: expected a positive scalar {name}, got the prior {prior}; use HalfNormal(1)"
                )

    @property
    def noise_priors(self) -> Mapping[str, Distribution]:
        """Priors of the unknowns, by name."""
        unknown = {"jitter": self.jitter}
        if isinstance(self.sigma, Distribution):
            unknown["sigma"] = self.sigma
        return {name: prior for name, prior in unknown.items() if prior is not None}

    def targets(self, table: Table) -> tuple[FloatArray, FloatArray | None]:
        """y (N, K) and the known standard deviations (N, K), if there are any."""
        if not np.issubdtype(table.y.dtype, np.number):
            raise DataError("Gaussian: expected real targets, got labels; give numbers")
        y = np.asarray(table.y, dtype=np.float64).reshape(len(table.y), -1)
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
        return y, _known(self.sigma, y)

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
        residual = rows.y - outputs
        if rows.root is not None:
            return _conditional(residual, rows.root)
        variance = _variance(rows, noise)
        return np.asarray(-0.5 * np.sum(residual * residual / variance + np.log(variance) + _LOG_TWO_PI, axis=-1))

    def grad_outputs(self, outputs: Array, rows: Rows, noise: Noise) -> tuple[Array, Array, dict[str, Array]]:
        """ln p (...), its derivative by the outputs (..., N, K) and by each unknown (...)."""
        residual = rows.y - outputs
        if rows.root is not None:
            r = _whiten(residual, rows.root)
            value = -0.5 * (np.sum(r * r, axis=(-2, -1)) + _log_normalizer(rows.root))
            return value, _whiten(r, rows.root, transpose=True), {}
        variance = _variance(rows, noise)
        weighted = residual / variance
        chi2 = residual * weighted
        value = -0.5 * np.sum(chi2 + (np.log(variance) + _LOG_TWO_PI), axis=(-2, -1))
        slopes = {name: s * np.sum((chi2 - 1.0) / variance, axis=(-2, -1)) for name, s in noise.items()}
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
            known = _constant(np.asarray(self.sigma, dtype=np.float64), outputs.shape[-1])
        return np.broadcast_to(spread + known**2, outputs.shape)


def _known(sigma: ArrayLike, y: FloatArray) -> FloatArray:
    try:
        sd = np.asarray(sigma, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError(f"Gaussian: expected sigma as numbers or a distribution, got {sigma!r}") from None
    if sd.shape == (len(y),):
        sd = sd[:, None]
    if sd.ndim > 2 or np.any(~(sd > 0)) or not np.all(np.isfinite(sd)):
        raise DataError(f"Gaussian: expected positive sigma, a scalar or of shape {y.shape}, got {sigma!r}")
    try:
        return np.broadcast_to(sd, y.shape).copy()
    except ValueError:
        raise DataError(f"Gaussian: expected sigma as a scalar or of shape {y.shape}, got {sd.shape}") from None


def _constant(sigma: FloatArray, n_outputs: int) -> FloatArray:
    """What is the same in every row, () or (K,); 0 where it is not."""
    if sigma.shape in ((), (n_outputs,)):
        return sigma
    return np.where(np.ptp(sigma, axis=0) == 0, sigma[0], 0.0)


def _variance(rows: Rows, noise: Noise) -> Array:
    known = np.zeros(1) if rows.yerr is None else rows.yerr**2
    return sum((np.square(s)[..., None, None] for s in noise.values()), known)


def _whiten(residual: Array, root: FloatArray, *, transpose: bool = False) -> Array:
    """L⁻¹ r or L⁻ᵀ r for residuals (..., N, K)."""
    columns = np.moveaxis(residual, -2, 0)
    solved = solve_triangular(root, columns.reshape(len(root), -1), lower=True, trans=1 if transpose else 0)
    return np.moveaxis(solved.reshape(columns.shape), 0, -2)


def _log_normalizer(root: FloatArray) -> float:
    return float(2 * np.sum(np.log(np.diag(root))) + len(root) * _LOG_TWO_PI)


def _conditional(residual: Array, root: FloatArray) -> Array:
    """ln p(y_i | the other rows): with Q = C⁻¹ a Gaussian of mean y_i − [Q r]_i / Q_ii and variance 1 / Q_ii."""
    q = _whiten(_whiten(residual, root), root, transpose=True)
    precision = np.sum(solve_triangular(root, np.eye(len(root)), lower=True) ** 2, axis=0)[:, None]
    return np.asarray(-0.5 * np.sum(q * q / precision - np.log(precision) + _LOG_TWO_PI, axis=-1))
