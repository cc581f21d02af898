"""Kernels: the covariance of f at two points, k(x, z) = Cov[f(x), f(z)]. Public as ``bnn.kernels``.

>>> import bayesnn as bnn
>>> bnn.kernels.Matern(nu=1.5, length=2.0)([0.0, 1.0], [0.0]).round(4)
array([[1.    ],
       [0.7849]])
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.distance import cdist

from bayesnn.errors import ModelError
from bayesnn.linear.checks import as_count, as_points, as_positive
from bayesnn.protocols import Array

__all__ = ["Gaussian", "Kernel", "Matern", "Polynomial"]


@runtime_checkable
class Kernel(Protocol):
    """A positive semi-definite function of two points: X (N, D), Z (M, D) → (N, M)."""

    def __call__(self, X: ArrayLike, Z: ArrayLike) -> Array: ...
    def diagonal(self, X: ArrayLike) -> Array: ...


@dataclass(frozen=True)
class Gaussian:
    """k(x, z) = amplitude² exp(−|x − z|² / (2 length²)), the squared exponential: smooth functions.

    Parameters
    ----------
    length : distance over which f changes, positive, in the units of x.
    amplitude : standard deviation of f, positive.

    Raises
    ------
    ModelError : a parameter that is not positive; later, points that are not finite or of unequal width.

    References
    ----------
    Rasmussen & Williams, Gaussian Processes for Machine Learning (2006), section 4.2.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> bnn.kernels.Gaussian(length=1.0)([0.0], [0.0, 2.0]).round(6)
    array([[1.      , 0.135335]])
    """

    length: float = 1.0
    amplitude: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "length", as_positive(self.length, "kernels.Gaussian: length"))
        object.__setattr__(self, "amplitude", as_positive(self.amplitude, "kernels.Gaussian: amplitude"))

    def __call__(self, X: ArrayLike, Z: ArrayLike) -> Array:
        """X (N, D), Z (M, D) → (N, M)."""
        return np.asarray(self.amplitude**2 * np.exp(-0.5 * (_distance(X, Z) / self.length) ** 2))

    def diagonal(self, X: ArrayLike) -> Array:
        """k(x, x), (N,)."""
        return np.full(len(as_points(X, "kernel")), self.amplitude**2)


@dataclass(frozen=True)
class Matern:
    """The Matérn kernel of functions that are differentiable ⌈nu⌉ − 1 times; with s = √(2 nu) |x − z| / length,

    k(x, z) = amplitude² e^{−s} · {1, 1 + s, 1 + s + s²/3} for nu = 1/2, 3/2, 5/2

    Parameters
    ----------
    nu : 0.5, 1.5 or 2.5.
    length : distance over which f changes, positive, in the units of x.
    amplitude : standard deviation of f, positive.

    Raises
    ------
    ModelError : another nu, a parameter that is not positive; later, points that are not finite or of unequal width.

    References
    ----------
    Rasmussen & Williams, Gaussian Processes for Machine Learning (2006), section 4.2.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> bnn.kernels.Matern(nu=0.5, length=2.0)([0.0], [0.0, 2.0]).round(6)
    array([[1.      , 0.367879]])
    """

    nu: float
    length: float = 1.0
    amplitude: float = 1.0

    def __post_init__(self) -> None:
        if self.nu not in (0.5, 1.5, 2.5):
            raise ModelError(f"kernels.Matern: expected nu of 0.5, 1.5 or 2.5, got {self.nu!r}; Gaussian is nu → ∞")
        object.__setattr__(self, "length", as_positive(self.length, "kernels.Matern: length"))
        object.__setattr__(self, "amplitude", as_positive(self.amplitude, "kernels.Matern: amplitude"))

    def __call__(self, X: ArrayLike, Z: ArrayLike) -> Array:
        """X (N, D), Z (M, D) → (N, M)."""
        s = np.sqrt(2 * self.nu) * _distance(X, Z) / self.length
        polynomial = 1.0 + s * (self.nu > 1) + s**2 / 3 * (self.nu > 2)
        return np.asarray(self.amplitude**2 * polynomial * np.exp(-s))

    def diagonal(self, X: ArrayLike) -> Array:
        """k(x, x), (N,)."""
        return np.full(len(as_points(X, "kernel")), self.amplitude**2)


@dataclass(frozen=True)
class Polynomial:
    """k(x, z) = (x·z + offset)^degree: all monomials up to that degree, at the price of none.

    Its features are x^n √(multinomial(degree; n) offset^(degree − |n|)), of rank (D + degree)! / (D! degree!).

    Parameters
    ----------
    degree : 1 or more.
    offset : 0 or more; 0 leaves the monomials of exactly that degree.

    Raises
    ------
    ModelError : a degree or an offset out of range; later, points that are not finite or of unequal width; overflow.

    References
    ----------
    Rasmussen & Williams, Gaussian Processes for Machine Learning (2006), section 4.2.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> bnn.kernels.Polynomial(degree=2)([[1.0, 2.0]], [[3.0, 0.5]])
    array([[25.]])
    """

    degree: int
    offset: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "degree", as_count(self.degree, "kernels.Polynomial: degree", least=1))
        if self.offset != 0:
            object.__setattr__(self, "offset", as_positive(self.offset, "kernels.Polynomial: offset"))

    def __call__(self, X: ArrayLike, Z: ArrayLike) -> Array:
        """X (N, D), Z (M, D) → (N, M)."""
        points, others = _pair(X, Z)
        return self._power(points @ others.T)

    def diagonal(self, X: ArrayLike) -> Array:
        """k(x, x), (N,)."""
        return self._power(np.sum(as_points(X, "kernel") ** 2, axis=1))

    def _power(self, products: Array) -> Array:
        with np.errstate(over="ignore"):
            values = np.asarray((products + self.offset) ** self.degree)
        if not np.all(np.isfinite(values)):
            raise ModelError("kernels.Polynomial: expected finite values, got an overflow; standardize the inputs")
        return values


def _distance(X: ArrayLike, Z: ArrayLike) -> Array:
    return np.asarray(cdist(*_pair(X, Z)))


def _pair(X: ArrayLike, Z: ArrayLike) -> tuple[Array, Array]:
    points = as_points(X, "kernel")
    return points, as_points(Z, "kernel", n_inputs=points.shape[1])
