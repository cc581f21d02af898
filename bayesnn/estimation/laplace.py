"""Laplace's approximation of the posterior: a Gaussian at its mode."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from bayesnn.errors import EvidenceError
from bayesnn.estimation.curvature import hessian, inverse
from bayesnn.estimation.maximum import best_uphill
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.posterior.posterior import Posterior
from bayesnn.posterior.rowwise import fisher_information
from bayesnn.protocols import Array, FloatArray, Seed
from bayesnn.randomness import generator


@dataclass(frozen=True, eq=False)
class LaplacePosterior:
    """θ ~ N(theta, covariance) on the unconstrained scale, where θ (P,) is the mode of what is sampled.

    Predictions take outputs as linear about the mode, f(x; θ) ≈ f(x; θ̂) + ∂f/∂θ (θ − θ̂): along directions that the data
    leave open a network bends back within less than a standard deviation, and its outputs at draws of θ would scatter
    without measure.
    """

    posterior: PosteriorDensity
    theta: FloatArray
    covariance: FloatArray
    message: str
    warning: ClassVar[str] = ""

    @property
    def linear_about(self) -> FloatArray:
        """The mode (P,), about which predictions are linear."""
        return self.theta

    def sample(self, rng: Seed, n: int) -> FloatArray:
        """n draws of θ (n, P)."""
        half = np.linalg.cholesky(self.covariance)
        return np.asarray(self.theta + generator(rng).standard_normal((n, len(self.theta))) @ half.T)

    def thinned(self, n: int) -> FloatArray:
        """At most n draws, for predictions: always the same."""
        return self.sample(0, n)

    def interval(self, level: float = 0.95) -> dict[str, tuple[Array, Array]]:
        """Equal-tailed intervals of the natural values by name, from 20,000 draws."""
        values = self.posterior.unpack(self.sample(0, 20_000))
        ends = 0.5 - level / 2, 0.5 + level / 2
        return {n: (np.quantile(v, ends[0], axis=0), np.quantile(v, ends[1], axis=0)) for n, v in values.items()}


def laplace_posterior(
    posterior: PosteriorDensity,
    start: ArrayLike | None = None,
    *,
    curvature: str = "full",
    rng: Seed = 0,
    n_starts: int = 1,
) -> LaplacePosterior:
    """A Gaussian at the mode of ln p(y, θ), log-det included, with the covariance [−∂² ln p(y, θ) / ∂θ²]⁻¹.

    Parameters
    ----------
    posterior : the problem. start, rng, n_starts : as in `maximum_a_posteriori`.
    curvature : "full", or "gauss-newton": slopes of the outputs in place of second derivatives, which is the exact
        posterior of the model made linear at the mode, and never indefinite.

    Raises
    ------
    EvidenceError : no mode with negative definite curvature; "gauss-newton" without a model and a table.

    References
    ----------
    MacKay, A practical Bayesian framework for backpropagation networks, Neural Computation 4, 448 (1992); Immer et al.,
    Improving predictions of Bayesian neural nets via local linearization, AISTATS (2021).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> data = bnn.Dataset([0.0, 0.0], [1.0, 1.0], yerr=1.0)
    >>> mean = bnn.LinearModel(bnn.polynomial(degree=0))
    >>> post = bnn.Posterior(mean, bnn.Gaussian(), prior={"w": bnn.Normal(0, 1)}, data=data)
    >>> approximate = bnn.laplace_posterior(post)
    >>> approximate.theta.round(6), approximate.covariance.round(6)        # exact: the posterior is Gaussian
    (array([0.666667]), array([[0.333333]]))
    """
    density = posterior.blend()
    summit = best_uphill(density, start, rng, n_starts)
    covariance = inverse(information(posterior, summit.theta, curvature=curvature))
    if not summit.converged or not np.all(np.isfinite(covariance)):
        raise EvidenceError(
            f"laplace: expected a mode with negative definite curvature, got none from {n_starts} starts "
            f"({summit.message}); raise n_starts"
        )
    return LaplacePosterior(posterior, summit.theta, covariance, summit.message)


def information(posterior: PosteriorDensity, theta: FloatArray, *, curvature: str) -> FloatArray:
    """−∂² ln p(y, θ) / ∂θ² (P, P), "full" or by "gauss-newton"."""
    if curvature == "full":
        return -hessian(posterior.blend(), theta)
    if curvature != "gauss-newton":
        raise EvidenceError(f'curvature: expected "full" or "gauss-newton", got {curvature!r}')
    if not isinstance(posterior, Posterior):
        raise EvidenceError(
            'laplace: expected a model and a table for "gauss-newton", got a log likelihood that is a function; '
            'use curvature="full"'
        )
    return np.asarray(fisher_information(posterior, theta) - hessian(posterior.blend(likelihood=0.0), theta))
