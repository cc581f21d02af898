"""What every posterior offers: a density of unconstrained θ, made of likelihood, prior and log-det."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from bayesnn.posterior.joint_prior import JointPrior
from bayesnn.posterior.parameters import Parameters
from bayesnn.protocols import Array, Distribution


class PosteriorDensity(ABC):
    """ln p(θ | y) up to the evidence: log likelihood + log prior + log-det of the bijectors.

    Both densities are normalized, so that the integral over θ is the evidence. A final class writes the two
    likelihoods; every θ is (..., P) and every value (...).
    """

    parameters: Parameters
    prior: JointPrior

    @abstractmethod
    def natural_log_likelihood(self, natural: Array) -> Array:
        """Natural values (M, Q) → ln p(y | values) (M,)."""

    @abstractmethod
    def natural_log_likelihood_and_grad(self, natural: Array) -> tuple[Array, Array]:
        """The same with its gradient (M, Q), an array that is the caller's from then on."""

    @property
    @abstractmethod
    def has_gradient(self) -> bool:
        """Can `value_and_grad` be called?"""

    def confirm_gradient(self, theta: Array) -> bool:
        """Is the gradient of a user's function still right at θ (P,)? If not, it is found otherwise from now on."""
        return True

    @property
    def n_params(self) -> int:
        """P."""
        return self.parameters.n_params

    @property
    def names(self) -> tuple[str, ...]:
        """A label for each component of θ."""
        return self.parameters.names

    def pack(self, values: Mapping[str, ArrayLike]) -> Array:
        """Natural values by name → θ (..., P)."""
        return self.parameters.pack(values)

    def unpack(self, theta: ArrayLike) -> dict[str, Array]:
        """θ (..., P) → natural values by name."""
        return self.parameters.unpack(theta)

    def __call__(self, theta: ArrayLike) -> Array:
        """log_prob: what a sampler calls."""
        return self.blend()(theta)

    def log_prob(self, theta: ArrayLike) -> Array:
        """ln p(y, θ): log likelihood + log prior + log-det, θ (..., P) → (...)."""
        return self.blend()(theta)

    def value_and_grad(self, theta: ArrayLike) -> tuple[Array, Array]:
        """log_prob (...) and its gradient (..., P)."""
        return self.blend().value_and_grad(theta)

    def log_likelihood(self, theta: ArrayLike) -> Array:
        """ln p(y | θ), (...)."""
        return self.blend(prior=0.0, log_det=0.0)(theta)

    def log_prior(self, theta: ArrayLike) -> Array:
        """ln p of the natural values, without the log-det, (...)."""
        return self.blend(likelihood=0.0, log_det=0.0)(theta)

    def sample_prior(self, rng: np.random.Generator, n: int) -> Array:
        """n draws of θ (n, P) from the prior."""
        return self.prior.sample(rng, n)

    def with_priors(self, priors: Mapping[str, Distribution]) -> Self:
        """The same problem with other priors, block by block, on the same supports."""
        copy = object.__new__(type(self))
        copy.__dict__.update(self.__dict__, prior=JointPrior(self.parameters, priors))
        return copy

    def blend(self, *, likelihood: float = 1.0, prior: float = 1.0, log_det: float = 1.0) -> "Blend":
        """The same density with its three terms weighted.

        (1, 1, 1) is sampled, (1, 1, 0) maximized by MAP, (1, 0, 0) by maximum likelihood, and (β, 1, 1) tempers.
        """
        return Blend(self, likelihood, prior, log_det)


@dataclass(frozen=True, eq=False)
class Blend:
    """likelihood · ln p(y | θ) + prior · ln p(natural) + log_det · ln |d natural / dθ|, a LogDensity."""

    posterior: PosteriorDensity
    likelihood: float
    prior: float
    log_det: float

    @property
    def n_params(self) -> int:
        """P."""
        return self.posterior.n_params

    def __call__(self, theta: ArrayLike) -> Array:
        """θ (..., P) → (...)."""
        array = self.posterior.parameters.checked(theta)
        flat = array.reshape(-1, self.n_params)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            natural = self.posterior.parameters.natural(flat)
            total = self._log_det(flat)
            if self.prior:
                total = total + self.prior * self.posterior.prior.log_prob(natural)
            if self.likelihood:
                total = total + self.likelihood * self.posterior.natural_log_likelihood(natural)
        return np.asarray(total.reshape(array.shape[:-1]))

    def value_and_grad(self, theta: ArrayLike) -> tuple[Array, Array]:
        """Value (...) and gradient (..., P)."""
        array = self.posterior.parameters.checked(theta)
        flat = array.reshape(-1, self.n_params)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            total, slope = self._natural_value_and_grad(self.posterior.parameters.natural(flat))
            grad = self.posterior.parameters.pullback(flat, slope)
            if self.log_det and not self.posterior.parameters.is_unconstrained:
                total += self._log_det(flat)
                grad += self.log_det * self.posterior.parameters.grad_log_det(flat)
        return total.reshape(array.shape[:-1]), grad.reshape(array.shape)

    def _natural_value_and_grad(self, natural: Array) -> tuple[Array, Array]:
        if self.likelihood:
            value, grad = self.posterior.natural_log_likelihood_and_grad(natural)
            total, slope = self.likelihood * value, grad if self.likelihood == 1.0 else self.likelihood * grad
        else:
            total, slope = np.zeros(len(natural), np.result_type(natural, np.float64)), np.zeros_like(natural)
        if self.prior:
            self.posterior.prior.add_log_prob_and_grad(natural, total, slope, self.prior)
        return total, slope

    def _log_det(self, flat: Array) -> Array:
        if not self.log_det:
            return np.zeros(len(flat), dtype=flat.dtype)
        return self.log_det * self.posterior.parameters.log_det(flat)
