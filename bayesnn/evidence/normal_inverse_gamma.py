"""The exact answers of a linear model whose noise level is unknown."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gammaln

from bayesnn.distributions.inverse_gamma import InverseGamma
from bayesnn.distributions.student_t import StudentT
from bayesnn.errors import ModelError
from bayesnn.linear.checks import as_numbers, as_positive
from bayesnn.linear.conjugate import conjugate
from bayesnn.protocols import FloatArray


@dataclass(frozen=True, eq=False)
class NormalInverseGamma:
    """w | σ², y ~ N(mean, σ² root rootᵀ), σ² | y ~ InverseGamma(a, b), and ln p(y)."""

    mean: FloatArray
    root: FloatArray
    a: float
    b: float
    log_evidence: float

    @property
    def covariance(self) -> FloatArray:
        """Cov[w | y] (M, M), with the noise averaged over; infinite where a <= 1."""
        return (self.b / (self.a - 1) if self.a > 1 else np.inf) * (self.root @ self.root.T)

    @property
    def variance(self) -> InverseGamma:
        """The posterior of σ²."""
        return InverseGamma(self.a, self.b)

    @property
    def weights(self) -> StudentT:
        """The posterior of each weight by itself, (M,)."""
        return self._student(np.eye(len(self.mean)), noise=0.0)

    def function(self, design: ArrayLike) -> StudentT:
        """The posterior of f = Φ w at each row of a design matrix Φ (N, M)."""
        return self._student(_design(design, len(self.mean)), noise=0.0)

    def predictive(self, design: ArrayLike) -> StudentT:
        """The prediction of a new y at each row of a design matrix Φ (N, M)."""
        return self._student(_design(design, len(self.mean)), noise=1.0)

    def _student(self, design: FloatArray, *, noise: float) -> StudentT:
        spread = noise + np.sum((design @ self.root) ** 2, axis=1)
        return StudentT(2 * self.a, design @ self.mean, np.sqrt(self.b / self.a * spread))


def normal_inverse_gamma(
    design: ArrayLike, y: ArrayLike, *, a: float, b: float, prior_mean: ArrayLike = 0.0, prior_cov: ArrayLike = 1.0
) -> NormalInverseGamma:
    """Posterior and evidence of y = Φ w + noise of unknown variance σ², under the conjugate prior

    w | σ² ~ N(prior_mean, σ² prior_cov), σ² ~ InverseGamma(a, b).

    With V⁻¹ = prior_cov⁻¹ + ΦᵀΦ and S the least value of |y − Φ w|² + (w − prior_mean)ᵀ prior_cov⁻¹ (w − prior_mean):
    a' = a + N/2, b' = b + S/2, and
    ln p(y) = a ln b − a' ln b' + ln Γ(a') − ln Γ(a) + ½ ln |V| − ½ ln |prior_cov| − N/2 ln 2π.

    The prior ties the spread of the weights to the noise: prior_cov is in units of σ². Where that is not meant, sample
    a `Posterior` with ``Gaussian(sigma=HalfNormal(1))`` instead.

    Parameters
    ----------
    design : Φ (N, M), from `polynomial(...)(X)`, say.
    y : (N,).
    a, b : shape and scale of the inverse gamma prior, positive; its mean is b / (a − 1).
    prior_mean : a number or (M,).
    prior_cov : a number or (M,), the variances, or a positive definite (M, M).

    Raises
    ------
    ModelError : shapes that disagree, values that are not finite, a prior that is not proper.

    References
    ----------
    Gelman et al., Bayesian Data Analysis (2013), sections 14.2 and 14.8.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> line = bnn.polynomial(degree=1)
    >>> fit = bnn.normal_inverse_gamma(line([0.0, 1.0, 2.0]), [1.1, 2.9, 5.2], a=2.0, b=0.1, prior_cov=100.0)
    >>> fit.mean.round(3), fit.a, round(fit.b, 3)
    (array([1.018, 2.045]), 3.5, 0.147)
    >>> prediction = fit.predictive(line([3.0]))                            # Student's t with 7 degrees of freedom
    >>> prediction.loc.round(2), prediction.scale.round(2)
    (array([7.15]), array([0.37]))
    """
    rows = _design(design, None)
    targets = as_numbers(y, "normal_inverse_gamma: y")
    n_rows, n_weights = rows.shape
    if targets.shape != (n_rows,):
        raise ModelError(
            f"normal_inverse_gamma: expected y of shape ({n_rows},), got {targets.shape}; one value a row of the design"
        )
    a, b = as_positive(a, "normal_inverse_gamma: a"), as_positive(b, "normal_inverse_gamma: b")
    unit = conjugate(  # as if σ were 1
        rows,
        targets,
        noise_root=np.ones(n_rows),
        prior_mean=_prior_mean(prior_mean, n_weights),
        prior_root=_prior_root(prior_cov, n_weights),
    )
    new_a, new_b = a + 0.5 * n_rows, b + 0.5 * unit.misfit
    log_evidence = (
        unit.log_evidence
        + 0.5 * unit.misfit
        + a * np.log(b)
        - new_a * np.log(new_b)
        + float(gammaln(new_a) - gammaln(a))
    )
    return NormalInverseGamma(unit.mean, unit.root, new_a, new_b, float(log_evidence))


def _design(design: ArrayLike, n_weights: int | None) -> FloatArray:
    rows = as_numbers(design, "design")
    if rows.ndim != 2 or rows.size == 0 or rows.shape[1] != (n_weights or rows.shape[1]):
        raise ModelError(
            f"design: expected a matrix (N, {n_weights or 'M'}), got shape {rows.shape}; one row a datum and one "
            "column a feature, from polynomial(...)(X), say"
        )
    return rows


def _prior_mean(prior_mean: ArrayLike, n_weights: int) -> FloatArray:
    mean = as_numbers(prior_mean, "prior_mean")
    if mean.shape not in ((), (n_weights,)):
        raise ModelError(f"prior_mean: expected a number or ({n_weights},), got shape {mean.shape}; one a feature")
    return np.broadcast_to(mean, n_weights)


def _prior_root(prior_cov: ArrayLike, n_weights: int) -> FloatArray:
    cov = as_numbers(prior_cov, "prior_cov")
    if cov.shape in ((), (n_weights,)) and np.all(cov > 0):
        return np.broadcast_to(np.asarray(np.sqrt(cov)), n_weights)
    if cov.shape == (n_weights, n_weights) and np.allclose(cov, cov.T) and np.linalg.eigvalsh(cov)[0] > 0:
        return np.asarray(np.linalg.cholesky(cov))
    raise ModelError(
        f"prior_cov: expected positive variances, a number or ({n_weights},), or a positive definite matrix "
        f"({n_weights}, {n_weights}), got {np.shape(prior_cov)} that is none; in units of σ²"
    )
