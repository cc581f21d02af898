"""The textbook cases: one unknown, its conjugate prior, and the exact answer. Public as ``bnn.conjugate``.

>>> import bayesnn as bnn
>>> coin = bnn.conjugate.bernoulli([1, 1, 0, 1], bnn.Beta(1, 1))
>>> float(coin.posterior.a), float(coin.posterior.b), round(coin.log_evidence, 4)        # ln 1/20
(4.0, 2.0, -2.9957)
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import betaln, gammaln

from bayesnn.data.dataset import as_numbers
from bayesnn.distributions.beta import Beta
from bayesnn.distributions.family import Family
from bayesnn.distributions.gamma import Gamma
from bayesnn.distributions.inverse_gamma import InverseGamma
from bayesnn.distributions.normal import Normal
from bayesnn.errors import DataError, PriorError
from bayesnn.protocols import FloatArray

__all__ = ["ConjugateAnswer", "bernoulli", "normal_mean", "normal_variance", "poisson"]

FamilyT = TypeVar("FamilyT", bound=Family)


@dataclass(frozen=True, eq=False)
class ConjugateAnswer(Generic[FamilyT]):
    """The posterior, of the same family as the prior, and ln p(y) in nats."""

    posterior: FamilyT
    log_evidence: float


def bernoulli(y: ArrayLike, prior: Beta) -> ConjugateAnswer[Beta]:
    """The probability p of success, from successes y (N,) of 0 and 1 in their order: the coin.

    p | y ~ Beta(a + Σ y, b + N − Σ y), ln p(y) = ln B(a', b') − ln B(a, b)

    Raises
    ------
    DataError : y that is not a row of 0 and 1.
    PriorError : a prior that is not one Beta.

    References
    ----------
    Bayes, An essay towards solving a problem in the doctrine of chances, Phil. Trans. 53, 370 (1763).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> bnn.conjugate.bernoulli([1, 0, 1], bnn.Beta(1, 1)).posterior
    Beta(a=array(3.), b=array(2.), shape=())
    """
    tosses = _data(y, "bernoulli")
    if not np.all((tosses == 0) | (tosses == 1)):
        raise DataError("bernoulli: expected y of 0 and 1, got other numbers; y = (labels == label) counts one of them")
    a, b = _parameters(prior, Beta, "bernoulli")
    posterior = Beta(a + tosses.sum(), b + np.sum(1 - tosses))
    return ConjugateAnswer(posterior, float(betaln(posterior.a, posterior.b) - betaln(a, b)))


def poisson(y: ArrayLike, prior: Gamma) -> ConjugateAnswer[Gamma]:
    """The rate of a Poisson process, from counts y (N,) in unit times.

    rate | y ~ Gamma(a + Σ y, 1 / (1/scale + N)),
    ln p(y) = ln Γ(a') + a' ln scale' − ln Γ(a) − a ln scale − Σ ln y!

    Raises
    ------
    DataError : y that is not a row of whole numbers from 0.
    PriorError : a prior that is not one Gamma.

    References
    ----------
    Gelman et al., Bayesian Data Analysis (2013), section 2.6.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> bnn.conjugate.poisson([3, 0, 2], bnn.Gamma(1, 1)).posterior
    Gamma(a=array(6.), scale=array(0.25), shape=())
    """
    counts = _data(y, "poisson")
    if np.any(counts < 0) or np.any(counts != np.round(counts)):
        raise DataError("poisson: expected counts, got numbers that are negative or not whole; do not divide by time")
    a, scale = _parameters(prior, Gamma, "poisson")
    new_a, new_scale = a + counts.sum(), 1 / (1 / scale + len(counts))
    log_evidence = gammaln(new_a) + new_a * np.log(new_scale) - gammaln(a) - a * np.log(scale)
    return ConjugateAnswer(Gamma(new_a, new_scale), float(log_evidence - np.sum(gammaln(counts + 1))))


def normal_mean(y: ArrayLike, prior: Normal, *, sigma: float) -> ConjugateAnswer[Normal]:
    """The mean of a normal distribution of known standard deviation sigma, from y (N,).

    1/scale'² = 1/scale² + N/sigma², loc' = scale'² (loc/scale² + Σ y / sigma²),
    ln p(y) = −½ [Σ (y − loc')² / sigma² + (loc' − loc)² / scale²] − N ln(√2π sigma) − ln(scale / scale')

    Raises
    ------
    DataError : y that is not a row of finite numbers, a sigma that is not positive.
    PriorError : a prior that is not one Normal.

    References
    ----------
    Gelman et al., Bayesian Data Analysis (2013), section 2.5.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> bnn.conjugate.normal_mean([2.0], bnn.Normal(0, 1), sigma=1.0).posterior
    Normal(loc=array(1.), scale=array(0.70710678), shape=())
    """
    values = _data(y, "normal_mean")
    if np.ndim(sigma) != 0 or as_numbers(sigma, "sigma") <= 0:
        raise DataError(f"normal_mean: expected one positive sigma, got {sigma!r}; a LinearModel takes one a row")
    loc, scale = _parameters(prior, Normal, "normal_mean")
    precision = 1 / scale**2 + len(values) / sigma**2
    new_loc, new_scale = (loc / scale**2 + values.sum() / sigma**2) / precision, precision**-0.5
    misfit = np.sum((values - new_loc) ** 2) / sigma**2 + (new_loc - loc) ** 2 / scale**2
    log_evidence = -0.5 * misfit - len(values) * np.log(np.sqrt(2 * np.pi) * sigma) - np.log(scale / new_scale)
    return ConjugateAnswer(Normal(new_loc, new_scale), float(log_evidence))


def normal_variance(y: ArrayLike, prior: InverseGamma, *, mean: float) -> ConjugateAnswer[InverseGamma]:
    """The variance of a normal distribution of known mean, from y (N,).

    σ² | y ~ InverseGamma(a + N/2, scale + ½ Σ (y − mean)²),
    ln p(y) = a ln scale − a' ln scale' + ln Γ(a') − ln Γ(a) − N/2 ln 2π

    Raises
    ------
    DataError : y that is not a row of finite numbers, a mean that is not a finite number.
    PriorError : a prior that is not one InverseGamma.

    References
    ----------
    Gelman et al., Bayesian Data Analysis (2013), section 2.6.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> bnn.conjugate.normal_variance([1.0, -1.0], bnn.InverseGamma(1, 1), mean=0.0).posterior
    InverseGamma(a=array(2.), scale=array(2.), shape=())
    """
    values = _data(y, "normal_variance")
    if np.ndim(mean) != 0:
        raise DataError(f"normal_variance: expected one mean, got {mean!r}; normal_inverse_gamma learns a curve")
    a, scale = _parameters(prior, InverseGamma, "normal_variance")
    new_a, new_scale = a + 0.5 * len(values), scale + 0.5 * np.sum((values - as_numbers(mean, "mean")) ** 2)
    log_evidence = a * np.log(scale) - new_a * np.log(new_scale) + gammaln(new_a) - gammaln(a)
    return ConjugateAnswer(InverseGamma(new_a, new_scale), float(log_evidence - 0.5 * len(values) * np.log(2 * np.pi)))


def _data(y: ArrayLike, what: str) -> FloatArray:
    values = as_numbers(y, f"{what}: y")
    if values.ndim != 1 or len(values) == 0:
        raise DataError(f"{what}: expected y of shape (N,) with at least one row, got {np.shape(y)}; use y.ravel()")
    return values


def _parameters(prior: Family, family: type[Family], what: str) -> tuple[float, float]:
    """The two parameters of a prior of that family, each a number."""
    if not isinstance(prior, family) or prior.references() or any(np.ndim(v) for v in prior.parameters().values()):
        raise PriorError(f"{what}: expected a {family.__name__} prior with two numbers, got {prior!r}")
    first, second = (float(np.asarray(value)) for value in prior.parameters().values())
    return first, second
