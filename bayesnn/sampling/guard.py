"""A log density that cannot end a run: NaN becomes −inf and is counted."""

from dataclasses import dataclass

import numpy as np

from bayesnn.protocols import Array, LogDensity
from bayesnn.sampling.precision import is_rounded


@dataclass
class Guard:
    """The density as the sampler sees it, with its counters."""

    density: LogDensity
    n_evaluations: int = 0
    n_nan: int = 0

    @property
    def n_params(self) -> int:
        """P."""
        return self.density.n_params

    @property
    def f(self) -> "Guard":
        """Itself: where moves look for the function of a sampler, behind emcee's own wrapper."""
        return self

    @property
    def is_rounded(self) -> bool:
        """Does value_and_grad round?"""
        return is_rounded(self.density)

    def counting(self, density: LogDensity) -> "Counted":
        """Another density, under the same counters."""
        return Counted(density, self)

    def __call__(self, theta: Array) -> Array:
        """log_prob (...), −inf where it is NaN."""
        return self.counted(np.asarray(self.density(theta)))

    def value_and_grad(self, theta: Array) -> tuple[Array, Array]:
        """log_prob (...), −inf where it is NaN, and a gradient (..., P)."""
        value, grad = self.density.value_and_grad(theta)
        return self.counted(np.asarray(value)), grad

    def counted(self, value: Array) -> Array:
        nan = np.isnan(value)
        self.n_evaluations += value.size
        if not nan.any():
            return value
        self.n_nan += int(np.sum(nan))
        return np.where(nan, -np.inf, value)


@dataclass(frozen=True)
class Counted:
    """Another density, under the counters of a guard."""

    density: LogDensity
    guard: Guard

    @property
    def n_params(self) -> int:
        """P."""
        return self.density.n_params

    @property
    def is_rounded(self) -> bool:
        """Does value_and_grad round?"""
        return is_rounded(self.density)

    def __call__(self, theta: Array) -> Array:
        """As the guard would have it."""
        return self.guard.counted(np.asarray(self.density(theta)))

    def value_and_grad(self, theta: Array) -> tuple[Array, Array]:
        """As the guard would have it."""
        value, grad = self.density.value_and_grad(theta)
        return self.guard.counted(np.asarray(value)), grad
