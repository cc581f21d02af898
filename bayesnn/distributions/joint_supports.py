"""Where a vector may live, and the chart that lays that set out on the real line.

A vector is the last axis of a block, leading axes are free, and log_det gives one value a vector.
"""

from dataclasses import dataclass, field
from functools import cache

import numpy as np
from scipy.linalg import helmert
from scipy.special import log_softmax, softmax

from bayesnn.distributions.supports import Elementwise, Real
from bayesnn.protocols import Array, FloatArray

_ROUNDING = 1e-8


@dataclass(frozen=True)
class Ordered:
    """x1 < x2 < ... < xK, each in `within`: its chart of v, with v1 = u1 and v_k = v_{k−1} + exp(u_k)."""

    within: Elementwise = field(default_factory=Real)

    def free_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Shape of u: that of x."""
        return shape

    def contains(self, x: Array) -> Array:
        """True where the vector is admissible."""
        inside = np.all(self.within.contains(np.atleast_1d(x)), axis=-1)
        return np.asarray(inside & np.all(np.diff(np.atleast_1d(x)) > 0, axis=-1))

    def from_real(self, u: Array) -> Array:
        """x."""
        return self.within.from_real(_climbed(u))

    def to_real(self, x: Array) -> Array:
        """u."""
        v = self.within.to_real(x)
        return np.concatenate([v[..., :1], np.log(np.diff(v))], axis=-1)

    def log_det(self, u: Array) -> Array:
        """ln |det dx/du| = Σ_{k>1} u_k + Σ_k ln dx_k/dv_k."""
        return np.asarray(u[..., 1:].sum(axis=-1) + self.within.log_det(_climbed(u)).sum(axis=-1))

    def grad_log_det(self, u: Array) -> Array:
        """d log_det / du."""
        grad = _sums_to_the_end(self.within.grad_log_det(_climbed(u))) * _steps(u)
        grad[..., 1:] += 1
        return grad

    def pullback(self, u: Array, grad_x: Array) -> Array:
        """dL/du from dL/dx."""
        return _sums_to_the_end(self.within.pullback(_climbed(u), grad_x)) * _steps(u)

    def lift(self, u: Array, grad_u: Array) -> Array:
        """The dL/dx whose pullback is dL/du."""
        slope = grad_u / _steps(u)
        return self.within.lift(_climbed(u), slope - np.concatenate([slope[..., 1:], 0 * slope[..., :1]], axis=-1))


@dataclass(frozen=True)
class Simplex:
    """x_k > 0, Σ x_k = 1: x = softmax(uᵀ V) with orthonormal rows V (K − 1, K) that sum to zero; u = 0 is x_k = 1/K.

    The isometric log-ratio chart treats all K alike (Egozcue et al., Mathematical Geology 35, 279, 2003). Densities
    are with respect to the first K − 1 values, as that of the Dirichlet distribution is.
    """

    def free_shape(self, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Shape of u: one value fewer a vector."""
        return (*shape[:-1], shape[-1] - 1)

    def contains(self, x: Array) -> Array:
        """True where the vector is admissible."""
        x = np.atleast_1d(x)
        return np.asarray(np.all(x > 0, axis=-1) & (np.abs(x.sum(axis=-1) - 1) < _ROUNDING))

    def from_real(self, u: Array) -> Array:
        """x."""
        return np.asarray(softmax(_log_ratios(u), axis=-1))

    def to_real(self, x: Array) -> Array:
        """u."""
        return np.asarray(np.log(x) @ _directions(x.shape[-1]).T)

    def log_det(self, u: Array) -> Array:
        """ln |det dx/du| = Σ_k ln x_k + ½ ln K."""
        return np.asarray(log_softmax(_log_ratios(u), axis=-1).sum(axis=-1) + 0.5 * np.log(u.shape[-1] + 1))

    def grad_log_det(self, u: Array) -> Array:
        """d log_det / du."""
        size = u.shape[-1] + 1
        return np.asarray(-size * self.from_real(u) @ _directions(size).T)

    def pullback(self, u: Array, grad_x: Array) -> Array:
        """dL/du from dL/dx."""
        x = self.from_real(u)
        inner = np.sum(x * grad_x, axis=-1, keepdims=True)
        return np.asarray((x * (grad_x - inner)) @ _directions(x.shape[-1]).T)

    def lift(self, u: Array, grad_u: Array) -> Array:
        """A dL/dx whose pullback is dL/du: the one with Σ x_k dL/dx_k = 0."""
        return _log_ratios(grad_u) / self.from_real(u)


def _steps(u: Array) -> Array:
    """dv_k/du_k: 1, exp(u_2), exp(u_3), ..."""
    return np.concatenate([np.ones_like(u[..., :1]), np.exp(u[..., 1:])], axis=-1)


def _climbed(u: Array) -> Array:
    """v: u1, u1 + exp(u2), u1 + exp(u2) + exp(u3), ..."""
    return np.cumsum(np.concatenate([u[..., :1], np.exp(u[..., 1:])], axis=-1), axis=-1)


def _sums_to_the_end(x: Array) -> Array:
    """Σ_{i ≥ k} x_i."""
    return np.cumsum(x[..., ::-1], axis=-1)[..., ::-1]


@cache
def _directions(size: int) -> FloatArray:
    """V (K − 1, K)."""
    return np.asarray(helmert(size), dtype=np.float64)


def _log_ratios(u: Array) -> Array:
    """uᵀ V, up to a constant the logarithms of x."""
    return np.asarray(u @ _directions(u.shape[-1] + 1))
