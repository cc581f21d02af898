"""A point estimate and what is known about it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayesnn.estimation.ensemble import Ensemble
from bayesnn.estimation.information import covariance
from bayesnn.estimation.least_squares import LeastSquares, least_squares
from bayesnn.estimation.report import as_html, as_text
from bayesnn.posterior.density import Blend
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import Array, FloatArray


@dataclass(frozen=True, eq=False)
class History:
    """Training over time, by epochs (E + 1,), the start included.

    log_density (E + 1,) is what is maximized: exact at the start, then the log likelihood of each batch as it was met,
    summed over the epoch, and the log prior at its end. validation (E + 1,): the mean log predictive density of a row
    held out.
    """

    epochs: Array
    log_density: FloatArray
    validation: FloatArray | None = None


@dataclass(frozen=True, eq=False)
class Optimum:
    """Where a density is largest.

    `density` is what was maximized: the likelihood, or the posterior density of the parameters as written (no
    log-det). `log_prob` is log likelihood + log prior of the natural values, whatever was maximized.
    """

    density: Blend
    theta: FloatArray
    method: str
    converged: bool
    message: str
    n_evaluations: int
    history: History | None = None
    members: tuple["Optimum", ...] = ()
    """All members of an ensemble that were trained with it, itself among them."""

    @property
    def ensemble(self) -> Ensemble:
        """All members as one source for `predict`."""
        return Ensemble(np.stack([member.theta for member in self.members or (self,)]))

    @property
    def values(self) -> dict[str, Array]:
        """Natural values by name."""
        return self.density.posterior.unpack(self.theta)

    @cached_property
    def log_likelihood(self) -> float:
        """ln p(y | θ)."""
        return float(self.density.posterior.log_likelihood(self.theta))

    @cached_property
    def log_prob(self) -> float:
        """ln p(y | θ) + ln p(θ), without the log-det."""
        return self.log_likelihood + float(self.density.posterior.log_prior(self.theta))

    @cached_property
    def covariance(self) -> FloatArray:
        """Of θ (P, P): expected information for least squares by maximum likelihood, else observed; see `uncertainty`.

        An unknown Gaussian σ enters by the unbiased residual variance chi2 / (N − M), M parameters of the curve. NaN
        where the data do not determine θ.
        """
        return covariance(self.density, self.theta, kind="auto")

    @property
    def correlation(self) -> FloatArray:
        """Of the components of θ (P, P)."""
        sd = np.sqrt(np.diag(self.covariance))
        return np.asarray(self.covariance / np.outer(sd, sd))

    @property
    def standard_errors(self) -> dict[str, Array]:
        """Of the natural values by name, from the covariance and the slope of the bijectors (delta method)."""
        return self.density.posterior.parameters.standard_errors(self.theta, self.covariance)

    @property
    def warning(self) -> str:
        """What to say wherever it is used: nothing if it has converged."""
        return "" if self.converged else f"NOT CONVERGED: {self.message}"

    @property
    def linear_about(self) -> None:
        """Predictions are of the model as it is."""

    def thinned(self, n: int) -> FloatArray:
        """The one θ there is (1, P), for predictions."""
        return self.theta[None]

    @property
    def aic(self) -> float:
        """−2 ln L + 2 P (Akaike 1974); smaller is better."""
        return -2 * self.log_likelihood + 2 * len(self.theta)

    @property
    def bic(self) -> float:
        """−2 ln L + P ln N (Schwarz 1978); smaller is better. NaN for a function, which has no rows to count."""
        return -2 * self.log_likelihood + len(self.theta) * np.log(self.n_rows) if self.n_rows else np.nan

    @property
    def n_rows(self) -> int:
        """N, numbers that were fitted: rows times targets; 0 for a function."""
        posterior = self.density.posterior
        return int(posterior.rows.y.size) if isinstance(posterior, Posterior) else 0

    @cached_property
    def chi2(self) -> float:
        """Σ (y − f)² / sd², with sd = 1 where it is unknown; NaN where the scatter is not Gaussian."""
        problem = self._squares
        return np.nan if problem is None else problem.chi2(self.theta)

    @property
    def reduced_chi2(self) -> float:
        """chi2 / (N − M) for M parameters of the curve; NaN where none are left over."""
        degrees = 0 if self._squares is None else self._squares.degrees_of_freedom
        return self.chi2 / degrees if degrees > 0 else np.nan

    @cached_property
    def _squares(self) -> LeastSquares | None:
        return least_squares(self.density.posterior.blend(prior=0.0, log_det=0.0))

    def summary(self) -> str:
        """Estimates, standard errors, correlations and criteria as text."""
        return as_text(self)

    def _repr_html_(self) -> str:
        return as_html(self)
