"""A cloud of particles under a likelihood raised to a power: a change of the power costs no evaluation."""

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from bayesnn.posterior.density import PosteriorDensity
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import Array
from bayesnn.sampling.precision import named_precision

Power: TypeAlias = float | Array
"""β of ln π_β = β ln L + ln prior + log-det: one for all, or one a particle (M,)."""


@dataclass(frozen=True, eq=False)
class Particles:
    """θ (M, P) with the two parts of its density, ln L and ln prior + log-det (M,), and their gradients (M, P).

    None of it depends on β. A NaN counts as −inf, and a slope that is not finite as none.
    """

    theta: Array
    log_likelihood: Array
    log_base: Array
    grad_likelihood: Array
    grad_base: Array

    def __len__(self) -> int:
        return len(self.theta)

    def log_prob(self, beta: Power) -> Array:
        """ln π_β (M,), unnormalized."""
        return np.asarray(beta * self.log_likelihood + self.log_base)

    def grad(self, beta: Power) -> Array:
        """Its gradient (M, P)."""
        return np.asarray(np.asarray(beta)[..., None] * self.grad_likelihood + self.grad_base)

    def take(self, rows: Array | slice) -> "Particles":
        """Those particles, in that order."""
        return Particles(*(part[rows] for part in self._parts))

    def moved(self, accepted: Array, proposed: "Particles") -> "Particles":
        """The proposed ones where accepted (M,), these elsewhere."""
        pairs = zip(self._parts, proposed._parts, strict=True)
        return Particles(*(np.where(accepted.reshape(-1, *[1] * (old.ndim - 1)), new, old) for old, new in pairs))

    @staticmethod
    def together(clouds: list["Particles"]) -> "Particles":
        """One cloud of several."""
        return Particles(*map(np.concatenate, zip(*(cloud._parts for cloud in clouds), strict=True)))

    @property
    def _parts(self) -> tuple[Array, ...]:
        return self.theta, self.log_likelihood, self.log_base, self.grad_likelihood, self.grad_base


class Parts:
    """ln L and ln prior + log-det of a posterior apart, and particles with both.

    Slopes of the likelihood of a network are found in float32, which leaves π as it is (see `Mixed`): values between
    which a Metropolis test decides must then be `exact`.
    """

    def __init__(self, posterior: PosteriorDensity) -> None:
        self.is_rounded = named_precision(posterior, "auto") == "mixed"
        along = posterior.astype("float32") if self.is_rounded and isinstance(posterior, Posterior) else posterior
        self.has_gradient = posterior.has_gradient
        self.likelihood, self.slopes = (part.blend(prior=0.0, log_det=0.0) for part in (posterior, along))
        self.base = posterior.blend(likelihood=0.0)

    def at(self, theta: Array) -> Particles:
        """Particles at θ (M, P)."""
        return self.exact(self.along(theta))

    def along(self, theta: Array) -> Particles:
        """Particles on their way, where ln L may be rounded; slopes are zero where the posterior has none."""
        if not self.has_gradient:
            nothing = np.zeros_like(theta)
            return Particles(theta, _certain(self.likelihood(theta)), _certain(self.base(theta)), nothing, nothing)
        (log_l, grad_l), (log_b, grad_b) = self.slopes.value_and_grad(theta), self.base.value_and_grad(theta)
        return Particles(theta, _certain(log_l), _certain(log_b), _finite(grad_l), _finite(grad_b))

    def exact(self, cloud: Particles) -> Particles:
        """With ln L in float64."""
        return replace(cloud, log_likelihood=_certain(self.likelihood(cloud.theta))) if self.is_rounded else cloud


def _certain(value: Array) -> Array:
    return np.where(np.isnan(value), -np.inf, value)


def _finite(grad: Array) -> Array:
    return np.where(np.isfinite(grad), grad, 0.0)
