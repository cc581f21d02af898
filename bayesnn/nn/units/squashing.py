"""Units between two limits, and the line that they bend."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import expit

from bayesnn.nn.units.elementwise import Derivative, Elementwise
from bayesnn.nn.units.hyperbolic import tanh
from bayesnn.nn.units.unit import Parity
from bayesnn.protocols import Array


@dataclass(frozen=True)
class Identity(Elementwise):
    """a = z, odd; da/dz = 1."""

    parity: ClassVar[Parity] = -1

    def __call__(self, z: Array, out: Array | None = None) -> tuple[Array, Derivative]:
        return np.positive(z, out=out), lambda: np.ones_like(z)


@dataclass(frozen=True)
class Sigmoid(Elementwise):
    """a = 1 / (1 + exp(−z)), from 0 to 1; da/dz = a (1 − a).

    a(−z) = 1 − a(z): a flipped unit moves the biases after it, which their prior can tell, so it counts as neither
    odd nor even.
    """

    def __call__(self, z: Array, out: Array | None = None) -> tuple[Array, Derivative]:
        a = expit(z, out=out)

        return a, lambda: a * (1 - a)


@dataclass(frozen=True)
class Tanh(Elementwise):
    """a = tanh z, from −1 to 1, odd; da/dz = 1 − a²."""

    parity: ClassVar[Parity] = -1

    def __call__(self, z: Array, out: Array | None = None) -> tuple[Array, Derivative]:
        a = tanh(z, out=out)

        def derivative() -> Array:
            slope = np.asarray(np.square(a))
            return np.asarray(np.subtract(1, slope, out=slope))

        return a, derivative


@dataclass(frozen=True)
class HardTanh(Elementwise):
    """a = max(−1, min(1, z)), odd; da/dz = 1 for |z| < 1, else 0."""

    parity: ClassVar[Parity] = -1

    def __call__(self, z: Array, out: Array | None = None) -> tuple[Array, Derivative]:
        a = np.clip(z, -1, 1, out=out)
        return a, lambda: (np.abs(a) < 1).astype(a.dtype)
