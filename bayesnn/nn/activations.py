"""Units: what a hidden layer does to its weighted sums.

A unit is a function from pre-activations z of any shape to activations a, that returns its backprop with them:
dL/dz = backprop(dL/da). Formulas as in Goodfellow, Bengio & Courville, Deep Learning (2016), sections 6.2–6.3.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtr

from bayesnn.errors import ModelError
from bayesnn.protocols import Array, Backprop

Unit = Callable[[Array], tuple[Array, Backprop]]


def identity(z: Array) -> tuple[Array, Backprop]:
    """a = z."""
    return z, lambda grad: grad


def sigmoid(z: Array) -> tuple[Array, Backprop]:
    """a = 1 / (1 + exp(−z)), in (0, 1); da/dz = a (1 − a)."""
    a = expit(z)
    return a, lambda grad: grad * a * (1 - a)


def tanh(z: Array) -> tuple[Array, Backprop]:
    """a = tanh z, in (−1, 1), odd; da/dz = 1 − a²."""
    a = np.tanh(z)
    return a, lambda grad: grad * (1 - a * a)


def hard_tanh(z: Array) -> tuple[Array, Backprop]:
    """a = max(−1, min(1, z)), odd; da/dz = 1 for |z| < 1, else 0."""
    return np.clip(z, -1, 1), lambda grad: grad * (np.abs(z) < 1)


def relu(z: Array) -> tuple[Array, Backprop]:
    """a = max(0, z); da/dz = 1 for z > 0, else 0."""
    return np.maximum(z, 0), lambda grad: grad * (z > 0)


def absolute(z: Array) -> tuple[Array, Backprop]:
    """a = |z|; da/dz = sign z."""
    return np.abs(z), lambda grad: grad * np.sign(z)


def leaky_relu(z: Array) -> tuple[Array, Backprop]:
    """a = max(z, 0.01 z); da/dz = 1 for z > 0, else 0.01."""
    slope = np.where(z > 0, z.dtype.type(1), z.dtype.type(0.01))
    return slope * z, lambda grad: grad * slope


def elu(z: Array) -> tuple[Array, Backprop]:
    """a = z for z > 0, else exp(z) − 1; da/dz = 1 for z > 0, else exp(z)."""
    low = np.exp(np.minimum(z, 0))
    return np.where(z > 0, z, low - 1), lambda grad: grad * low


def softplus(z: Array) -> tuple[Array, Backprop]:
    """a = ln(1 + exp z); da/dz = 1 / (1 + exp(−z))."""
    return np.logaddexp(z.dtype.type(0), z), lambda grad: grad * expit(z)


def silu(z: Array) -> tuple[Array, Backprop]:
    """a = z s(z), s the sigmoid; da/dz = s + a (1 − s)."""
    s = expit(z)
    a = z * s
    return a, lambda grad: grad * (s + a * (1 - s))


def gelu(z: Array) -> tuple[Array, Backprop]:
    """a = z Φ(z), Φ the normal distribution function; da/dz = Φ + z φ."""
    cdf = ndtr(z)
    density = np.exp(-0.5 * z * z) * z.dtype.type(1 / np.sqrt(2 * np.pi))
    return z * cdf, lambda grad: grad * (cdf + z * density)


@dataclass(frozen=True)
class Activation:
    """A unit by name, with what initialization and evidence need to know of it."""

    name: str
    unit: Unit
    is_odd: bool = False
    variance_gain: float = 1.0
    """2 for units that are zero on half the line (He et al. 2015), else 1 (Glorot & Bengio 2010)."""


ACTIVATIONS = {
    activation.name: activation
    for activation in (
        Activation("identity", identity, is_odd=True),
        Activation("sigmoid", sigmoid),
        Activation("tanh", tanh, is_odd=True),
        Activation("hard_tanh", hard_tanh, is_odd=True),
        Activation("relu", relu, variance_gain=2.0),
        Activation("absolute", absolute),
        Activation("leaky_relu", leaky_relu, variance_gain=2.0),
        Activation("elu", elu),
        Activation("softplus", softplus),
        Activation("silu", silu, variance_gain=2.0),
        Activation("gelu", gelu, variance_gain=2.0),
    )
}


def activation_named(name: str) -> Activation:
    """The unit of that name, or a ModelError that lists them."""
    if name not in ACTIVATIONS:
        raise ModelError(f"activation: expected one of {', '.join(ACTIVATIONS)}, got {name!r}")
    return ACTIVATIONS[name]
