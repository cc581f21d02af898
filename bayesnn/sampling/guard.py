"""A log density that cannot end a run: NaN becomes −inf and is counted."""

from dataclasses import dataclass, field

import numpy as np

from bayesnn.protocols import Array, LogDensity
from bayesnn.sampling.precision import is_rounded


@dataclass
class Counts:
    """Log densities found so far, and those that were NaN."""

    n_evaluations: int = 0
    n_nan: int = 0


@dataclass(frozen=True)
class Guard:
    """The density as the sampler sees it, with its counters."""

    density: LogDensity
    counts: Counts = field(default_factory=Counts)

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

    def counting(self, density: LogDensity) -> "Guard":
        """Another density, under the same counters."""
        return Guard(density, self.counts)

    def __call__(self, theta: Array) -> Array:
        """log_prob (...), −inf where it is NaN."""
        return self._counted(np.asarray(self.density(theta)))

    def value_and_grad(self, theta: Array) -> tuple[Array, Array]:
        """log_prob (...), −inf where it is NaN, and a gradient (..., P)."""
        value, grad = self.density.value_and_grad(theta)
        return self._counted(np.asarray(value)), grad

    def _counted(self, value: Array) -> Array:
        nan = np.isnan(value)
        self.counts.n_evaluations += value.size
        if not nan.any():
            return value
        self.counts.n_nan += int(np.sum(nan))
        return np.where(nan, -np.inf, value)
