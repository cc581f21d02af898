"""A cloud of particles under a likelihood raised to a power: a change of the power costs no evaluation."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from bayesnn.posterior.density import PosteriorDensity
from bayesnn.protocols import Array

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

    @classmethod
    def at(cls, posterior: PosteriorDensity, theta: Array) -> "Particles":
        """Both parts at θ, each evaluated once; slopes are zero where the posterior has no gradient."""
        likelihood, base = posterior.blend(prior=0.0, log_det=0.0), posterior.blend(likelihood=0.0)
        if not posterior.has_gradient:
            nothing = np.zeros_like(theta)
            return cls(theta, _certain(likelihood(theta)), _certain(base(theta)), nothing, nothing)
        (log_l, grad_l), (log_b, grad_b) = likelihood.value_and_grad(theta), base.value_and_grad(theta)
        return cls(theta, _certain(log_l), _certain(log_b), _finite(grad_l), _finite(grad_b))

    def __len__(self) -> int:
        return len(self.theta)

    def log_prob(self, beta: Power) -> Array:
        """ln π_β (M,), unnormalized."""
        return np.asarray(beta * self.log_likelihood + self.log_base)

    def grad(self, beta: Power) -> Array:
        """Its gradient (M, P)."""
        return np.asarray(np.asarray(beta)[..., None] * self.grad_likelihood + self.grad_base)

    def take(self, rows: Array) -> "Particles":
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


class Tempered:
    """ln π_β as a LogDensity that keeps the parts of where it was last evaluated: the end of a trajectory."""

    def __init__(self, posterior: PosteriorDensity, beta: Power) -> None:
        self.posterior, self.beta = posterior, beta
        self.last: Particles | None = None

    @property
    def n_params(self) -> int:
        """P."""
        return self.posterior.n_params

    def __call__(self, theta: Array) -> Array:
        """θ (M, P) → (M,)."""
        return self.value_and_grad(theta)[0]

    def value_and_grad(self, theta: Array) -> tuple[Array, Array]:
        """Value (M,) and gradient (M, P)."""
        self.last = Particles.at(self.posterior, theta)
        return self.last.log_prob(self.beta), self.last.grad(self.beta)


def _certain(value: Array) -> Array:
    return np.where(np.isnan(value), -np.inf, value)


def _finite(grad: Array) -> Array:
    return np.where(np.isfinite(grad), grad, 0.0)
