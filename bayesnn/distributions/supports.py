"""Where a parameter may live, and the bijector that lays that set out on the real line.

x = from_real(u), u = to_real(x), log_det(u) = ln |dx/du|. Elementwise supports give one log_det an element; each of
their charts is increasing, so that order is kept.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, log_expit

from bayesnn.protocols import Array


class Elementwise(ABC):
    """A support that treats every element of a block alike."""

    def free_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Shape of u for a block of natural shape `shape`."""
        return shape

    @abstractmethod
    def contains(self, x: Array) -> Array:
        """True where x is admissible."""

    @abstractmethod
    def from_real(self, u: Array) -> Array:
        """x."""

    @abstractmethod
    def to_real(self, x: Array) -> Array:
        """u."""

    @abstractmethod
    def log_det(self, u: Array) -> Array:
        """ln |dx/du|."""

    @abstractmethod
    def grad_log_det(self, u: Array) -> Array:
        """d log_det / du."""

    @abstractmethod
    def pullback(self, u: Array, grad_x: Array) -> Array:
        """dL/du from dL/dx."""

    def lift(self, u: Array, grad_u: Array) -> Array:
        """The dL/dx whose pullback is dL/du."""
        return np.asarray(grad_u / self.pullback(u, np.ones_like(u)))


@dataclass(frozen=True)
class Real(Elementwise):
    """The whole line; x = u."""

    def contains(self, x: Array) -> Array:
        return np.isfinite(x)

    def from_real(self, u: Array) -> Array:
        return u

    def to_real(self, x: Array) -> Array:
        return x

    def log_det(self, u: Array) -> Array:
        return np.zeros_like(u)

    def grad_log_det(self, u: Array) -> Array:
        return np.zeros_like(u)

    def pullback(self, u: Array, grad_x: Array) -> Array:
        return grad_x


@dataclass(frozen=True)
class Positive(Elementwise):
    """x > 0; x = exp(u)."""

    def contains(self, x: Array) -> Array:
        return np.isfinite(x) & (x > 0)

    def from_real(self, u: Array) -> Array:
        return np.exp(u)

    def to_real(self, x: Array) -> Array:
        return np.log(x)

    def log_det(self, u: Array) -> Array:
        return u

    def grad_log_det(self, u: Array) -> Array:
        return np.ones_like(u)

    def pullback(self, u: Array, grad_x: Array) -> Array:
        return grad_x * np.exp(u)


@dataclass(frozen=True)
class Above(Elementwise):
    """x > low; x = low + exp(u)."""

    low: float

    def contains(self, x: Array) -> Array:
        return np.isfinite(x) & (x > self.low)

    def from_real(self, u: Array) -> Array:
        return np.asarray(self.low + np.exp(u))

    def to_real(self, x: Array) -> Array:
        return np.log(x - self.low)

    def log_det(self, u: Array) -> Array:
        return u

    def grad_log_det(self, u: Array) -> Array:
        return np.ones_like(u)

    def pullback(self, u: Array, grad_x: Array) -> Array:
        return grad_x * np.exp(u)


@dataclass(frozen=True)
class Below(Elementwise):
    """x < high; x = high − exp(−u)."""

    high: float

    def contains(self, x: Array) -> Array:
        return np.isfinite(x) & (x < self.high)

    def from_real(self, u: Array) -> Array:
        return np.asarray(self.high - np.exp(-u))

    def to_real(self, x: Array) -> Array:
        return -np.log(self.high - x)

    def log_det(self, u: Array) -> Array:
        return -u

    def grad_log_det(self, u: Array) -> Array:
        return -np.ones_like(u)

    def pullback(self, u: Array, grad_x: Array) -> Array:
        return grad_x * np.exp(-u)


@dataclass(frozen=True)
class Interval(Elementwise):
    """low < x < high; x = low + (high − low) s(u), s(u) = 1 / (1 + exp(−u))."""

    low: float
    high: float

    def contains(self, x: Array) -> Array:
        return (x > self.low) & (x < self.high)

    def from_real(self, u: Array) -> Array:
        return np.asarray(self.low + (self.high - self.low) * expit(u))

    def to_real(self, x: Array) -> Array:
        return np.log(x - self.low) - np.log(self.high - x)

    def log_det(self, u: Array) -> Array:
        return np.asarray(np.log(self.high - self.low) + log_expit(u) + log_expit(-u))

    def grad_log_det(self, u: Array) -> Array:
        return np.asarray(expit(-u) - expit(u))

    def pullback(self, u: Array, grad_x: Array) -> Array:
        return np.asarray(grad_x * (self.high - self.low) * expit(u) * expit(-u))


def between(low: float, high: float) -> Elementwise:
    """The support low < x < high, whose ends may be infinite."""
    if np.isinf(low) and np.isinf(high):
        return Real()
    if np.isinf(high):
        return Above(low) if low else Positive()
    return Below(high) if np.isinf(low) else Interval(low, high)
