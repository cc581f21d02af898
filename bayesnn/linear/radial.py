"""Gaussian bumps about given centers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.spatial.distance import cdist

from bayesnn.linear.checks import as_centers, as_points, as_positive
from bayesnn.protocols import Array, FloatArray


@dataclass(frozen=True, eq=False)
class Radial:
    """exp(−|x − c|² / (2 width²)) for each center c, and 1 before them if `constant`."""

    centers: FloatArray
    width: float
    constant: bool = True

    def __post_init__(self) -> None:
        object.__setattr__(self, "centers", as_centers(self.centers, "radial: centers"))
        object.__setattr__(self, "width", as_positive(self.width, "radial: width"))

    @property
    def n_inputs(self) -> int:
        """D."""
        return int(self.centers.shape[1])

    @property
    def n_features(self) -> int:
        """M, one a center, and the constant."""
        return len(self.centers) + self.constant

    def __call__(self, X: ArrayLike) -> Array:
        """X (N, D) → Φ (N, M)."""
        points = as_points(X, "radial", n_inputs=self.n_inputs)
        bumps = np.exp(-0.5 * cdist(points, self.centers, "sqeuclidean") / self.width**2).astype(points.dtype)
        return np.column_stack([np.ones(len(points), dtype=points.dtype), bumps]) if self.constant else bumps


def radial(centers: ArrayLike, width: float, *, constant: bool = True) -> Radial:
    """1 (unless `constant` is False), then exp(−|x − c|² / (2 width²)) for each center c.

    Parameters
    ----------
    centers : (M,) for one input, or (M, D).
    width : standard deviation of the bumps, positive, in the units of x; about the spacing of the centers.

    Raises
    ------
    ModelError : no centers, a width that is not positive; later, X of another width, or not finite.

    References
    ----------
    Broomhead & Lowe, Multivariable functional interpolation and adaptive networks, Complex Systems 2, 321 (1988).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> bnn.radial([0.0, 1.0], width=1.0)([0.0, 2.0]).round(4)
    array([[1.    , 1.    , 0.6065],
           [1.    , 0.1353, 0.6065]])
    """
    return Radial(np.asarray(centers), width, constant)
