"""Units of length: x = L z, in which the components of z have one scale and no correlation."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from bayesnn.protocols import Array, FloatArray


@dataclass(frozen=True, eq=False)
class Diagonal:
    """L = diag(scale): a number, one a component (P,), or one a walker and component (W, P)."""

    scale: float | FloatArray

    def push(self, z: Array) -> Array:
        """L z of each walker (W, P)."""
        return np.asarray(self.scale * z)

    def pull(self, grad: Array) -> Array:
        """Lᵀ ∇ of each walker (W, P): the slope along z."""
        return np.asarray(self.scale * grad)

    def take(self, walkers: Array) -> "Diagonal":
        """That of some walkers."""
        return Diagonal(np.asarray(self.scale)[walkers]) if np.ndim(self.scale) == 2 else self

    def times(self, number: float) -> "Diagonal":
        """A multiple of it."""
        return Diagonal(number * self.scale)

    @property
    def mean_log(self) -> float:
        """ln |L| / P."""
        return float(np.mean(np.log(self.scale)))


@dataclass(frozen=True, eq=False)
class Dense:
    """L lower triangular (P, P)."""

    factor: FloatArray

    def push(self, z: Array) -> Array:
        """L z of each walker (W, P)."""
        return np.asarray(z @ self.factor.T)

    def pull(self, grad: Array) -> Array:
        """Lᵀ ∇ of each walker (W, P): the slope along z."""
        return np.asarray(grad @ self.factor)

    def take(self, walkers: Array) -> "Dense":
        """That of some walkers."""
        return self

    def times(self, number: float) -> "Dense":
        """A multiple of it."""
        return Dense(number * self.factor)

    @property
    def mean_log(self) -> float:
        """ln |L| / P."""
        return float(np.mean(np.log(np.diag(self.factor))))


Metric: TypeAlias = Diagonal | Dense


def metric_of(scale: float | FloatArray) -> Metric:
    """Of a number, of one a component (P,), of one a walker and component (W, 1, P), or of a factor L (P, P)."""
    if np.ndim(scale) == 3:
        return Diagonal(np.asarray(scale)[:, 0])
    return Dense(np.asarray(scale)) if np.ndim(scale) == 2 else Diagonal(scale)
