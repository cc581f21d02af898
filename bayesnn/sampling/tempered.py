"""A density at a temperature, at which walkers relax from where they were trained to."""

from dataclasses import dataclass

from bayesnn.protocols import Array, LogDensity
from bayesnn.sampling.precision import is_rounded


@dataclass(frozen=True, eq=False)
class Tempered:
    """π^(1/T): flatter than π where T is above 1."""

    density: LogDensity
    temperature: float

    @property
    def n_params(self) -> int:
        """P."""
        return self.density.n_params

    @property
    def is_rounded(self) -> bool:
        """Does value_and_grad round?"""
        return is_rounded(self.density)

    def __call__(self, theta: Array) -> Array:
        """θ (..., P) → (...)."""
        return self.density(theta) / self.temperature

    def value_and_grad(self, theta: Array) -> tuple[Array, Array]:
        """Value (...) and gradient (..., P)."""
        value, grad = self.density.value_and_grad(theta)
        return value / self.temperature, grad / self.temperature
