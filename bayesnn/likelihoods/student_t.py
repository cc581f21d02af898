"""Scatter with heavy tails: outliers do not pull the curve."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from numbers import Real

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaln, digamma, polygamma

from bayesnn.errors import DataError, SettingError
from bayesnn.likelihoods.scales import known_scale, real_targets, require_positive_scalars, scale_of_new_rows
from bayesnn.protocols import Array, Distribution, FloatArray, Noise, Rows, Table


@dataclass(frozen=True, eq=False)
class StudentT:
    """y = f + scale · t, with t from Student's distribution of df degrees of freedom.

    ln p(y | f) = −Σ [(df + 1)/2 · ln(1 + z²/df) + ln B(df/2, ½) + ½ ln df + ln scale], z = (y − f)/scale

    Parameters
    ----------
    df : degrees of freedom; a number: known. A Distribution: unknown, named "df". The scatter has a mean for
        df > 1 and a variance for df > 2.
    scale : in the units of the data set that the posterior is given. A number or an array: known. A Distribution:
        one unknown, named "scale", with that prior. Left out: `yerr` of the data.

    `bayesnn.StudentT` is the prior; this is `bayesnn.likelihoods.StudentT`.

    Raises
    ------
    SettingError : df that is neither positive nor a distribution; a prior that allows negative values.
    DataError : no scale is given anywhere, or two are; a scale that is not positive; labels.

    References
    ----------
    Lange, Little & Taylor, Robust statistical modeling using the t distribution (1989).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> line = bnn.LinearModel(bnn.polynomial(degree=0))
    >>> data = bnn.Dataset([0.0, 1.0, 2.0, 3.0], [1.0, 1.1, 0.9, 50.0])
    >>> robust = bnn.likelihoods.StudentT(df=4, scale=0.1)
    >>> post = bnn.Posterior(line, robust, prior={"w": bnn.Flat()}, data=data)
    >>> bnn.maximum_likelihood(post, start=[1.0]).values["w"].round(2)          # the mean of all four is 13.25
    array([1.])
    """

    df: float | Distribution = 4.0
    scale: ArrayLike | Distribution | None = None

    def __post_init__(self) -> None:
        known = isinstance(self.df, Real) and 0 < float(self.df) < np.inf
        if not known and not isinstance(self.df, Distribution):
            raise SettingError(f"StudentT: expected df as a positive number or a distribution, got {self.df!r}; df=4")
        require_positive_scalars("StudentT", self.noise_priors)

    @property
    def noise_priors(self) -> Mapping[str, Distribution]:
        """Priors of the unknowns, by name."""
        return {n: p for n, p in (("scale", self.scale), ("df", self.df)) if isinstance(p, Distribution)}

    def targets(self, table: Table) -> tuple[FloatArray, FloatArray | None]:
        """y (N, T) and the known scales (N, T), if there are any."""
        y = real_targets("StudentT", table)
        if table.cov is not None:
            raise DataError("StudentT: expected yerr, got cov; correlated errors need Gaussian")
        if self.scale is None:
            if table.yerr is None:
                raise DataError(
                    "StudentT: expected yerr in the data, or scale, got neither; "
                    "pass scale=HalfNormal(1) to learn the noise level"
                )
            return y, table.yerr.reshape(y.shape)
        if table.yerr is not None:
            raise DataError("StudentT: expected errors from the data or from scale, got both; leave scale out")
        return y, None if isinstance(self.scale, Distribution) else known_scale("StudentT", "scale", self.scale, y)

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
        scale, df = self._scale(outputs, rows, noise), self._df(outputs, noise)
        z = (rows.y.astype(outputs.dtype, copy=False) - outputs) / scale
        return np.asarray(np.sum(_log_density(z, scale, df), axis=-1))

    def grad_outputs(self, outputs: Array, rows: Rows, noise: Noise) -> tuple[Array, Array, dict[str, Array]]:
        """ln p (...), its derivative by the outputs (..., N, T) and by each unknown (...)."""
        scale, df = self._scale(outputs, rows, noise), self._df(outputs, noise)
        z = (rows.y.astype(outputs.dtype, copy=False) - outputs) / scale
        weighted = (df + 1) / (df + z * z) * z
        slopes = {
            "scale": lambda: (weighted * z - 1) / scale,
            "df": lambda: 0.5 * (_slope_of_norm(df) - np.log1p(z * z / df) + weighted * z / df),
        }
        value = np.sum(_log_density(z, scale, df), axis=(-2, -1))
        return value, weighted / scale, {name: np.sum(slopes[name](), axis=(-2, -1)) for name in noise}

    def mean(self, outputs: Array) -> Array:
        """The location: the mean where df > 1, and the median always."""
        return outputs

    def variance(self, outputs: Array, noise: Noise) -> Array:
        """scale² df / (df − 2), infinite for df ≤ 2; scales known row by row say nothing of a new row."""
        scale, df = self._scale_of_new_rows(outputs, noise), self._df(outputs, noise)
        finite = np.square(scale) * df / np.where(df > 2, df - 2, 1.0)
        return np.broadcast_to(np.where((df <= 2) & (scale > 0), np.inf, finite), outputs.shape)

    def sample(self, outputs: Array, noise: Noise, rng: np.random.Generator, *, rows: Rows | None = None) -> Array:
        """New targets (..., N, T), with the scales of these rows where they are given."""
        t = rng.standard_t(self._df(outputs, noise), outputs.shape)
        known = self._scale_of_new_rows(outputs, noise) if rows is None else self._scale(outputs, rows, noise)
        return outputs + known * t

    def information(self, outputs: Array, rows: Rows, noise: Noise) -> Array:
        """(df + 1) / ((df + 3) scale²) about each output, and a block about scale and df, (..., N, M, M)."""
        scale, df = self._scale(outputs, rows, noise), self._df(outputs, noise)
        curvature = polygamma(1, df / 2) - polygamma(1, (df + 1) / 2)
        mixed = -2 / ((df + 1) * (df + 3) * scale)
        about = {
            ("scale", "scale"): 2 * df / ((df + 3) * np.square(scale)),
            ("scale", "df"): mixed,
            ("df", "scale"): mixed,
            ("df", "df"): 0.25 * curvature - (df + 5) / (2 * df * (df + 1) * (df + 3)),
        }
        names, n_targets = list(self.noise_priors), outputs.shape[-1]
        size, each = n_targets + len(names), np.arange(n_targets)
        matrix = np.zeros((*outputs.shape[:-1], size, size))
        matrix[..., each, each] = (df + 1) / ((df + 3) * np.square(scale))
        for (i, a), (j, b) in product(enumerate(names), repeat=2):
            matrix[..., n_targets + i, n_targets + j] = np.broadcast_to(about[a, b], outputs.shape).sum(axis=-1)
        return matrix

    def _df(self, outputs: Array, noise: Noise) -> Array:
        """(), or (..., 1, 1)."""
        return noise["df"][..., None, None] if "df" in noise else np.asarray(self.df, dtype=outputs.dtype)

    def _scale(self, outputs: Array, rows: Rows, noise: Noise) -> Array:
        """(N, T), or (..., 1, 1)."""
        if rows.yerr is not None:
            return rows.yerr.astype(outputs.dtype, copy=False)
        return noise["scale"][..., None, None]

    def _scale_of_new_rows(self, outputs: Array, noise: Noise) -> Array:
        if "scale" in noise:
            return noise["scale"][..., None, None]
        known = None if isinstance(self.scale, Distribution) else self.scale
        return np.zeros(()) if known is None else scale_of_new_rows(known, outputs.shape[-1])


def _log_density(z: Array, scale: Array, df: Array) -> Array:
    norm = betaln(df / 2, np.full_like(df, 0.5)) + 0.5 * np.log(df) + np.log(scale)
    return np.asarray(-0.5 * (df + 1) * np.log1p(z * z / df) - norm)


def _slope_of_norm(df: Array) -> Array:
    return np.asarray(digamma((df + 1) / 2) - digamma(df / 2) - 1 / df)
