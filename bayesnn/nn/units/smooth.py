"""Smooth rectifiers: zero, or nearly, far to the left, and the identity far to the right."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import expit, ndtr

from bayesnn.nn.units.elementwise import Derivative, Elementwise
from bayesnn.nn.units.unit import Scheme
from bayesnn.protocols import Array

_ROOT_TWO_PI = float(np.sqrt(2 * np.pi))


@dataclass(frozen=True)
class ELU(Elementwise):
    """a = z for z > 0, else exp(z) − 1, from −1; da/dz = 1 for z > 0, else exp(z) (Clevert et al. 2016)."""

    scheme: ClassVar[Scheme] = "he"

    def __call__(self, z: Array, out: Array | None = None) -> tuple[Array, Derivative]:
        low = np.expm1(np.minimum(z, 0))
        return np.add(np.maximum(z, 0), low, out=out), lambda: low + 1


@dataclass(frozen=True)
class Softplus(Elementwise):
    """a = ln(1 + exp z), positive; da/dz = 1 / (1 + exp(−z)) (Dugas et al. 2001)."""

    def __call__(self, z: Array, out: Array | None = None) -> tuple[Array, Derivative]:
        return np.logaddexp(z.dtype.type(0), z, out=out), lambda: expit(z)


@dataclass(frozen=True)
class SiLU(Elementwise):
    """a = z s(z), s the sigmoid, also called swish; da/dz = s + a (1 − s) (Elfwing et al. 2018)."""

    scheme: ClassVar[Scheme] = "he"

    def __call__(self, z: Array, out: Array | None = None) -> tuple[Array, Derivative]:
        s = expit(z)
        a = np.multiply(z, s, out=out)
        return a, lambda: s + a * (1 - s)


@dataclass(frozen=True)
class GELU(Elementwise):
    """a = z Φ(z), Φ the normal distribution function and φ its density; da/dz = Φ + z φ (Hendrycks & Gimpel 2016)."""

    scheme: ClassVar[Scheme] = "he"

    def __call__(self, z: Array, out: Array | None = None) -> tuple[Array, Derivative]:
        cdf = ndtr(z)

        return np.multiply(z, cdf, out=out), lambda: cdf + z * (np.exp(-0.5 * z * z) / _ROOT_TWO_PI)
