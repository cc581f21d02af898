"""Linear regions: where in the plane a piecewise linear network is one linear function."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from bayesnn.errors import ModelError, SettingError
from bayesnn.nn.mlp import MLP
from bayesnn.nn.units.maxout import Maxout
from bayesnn.nn.units.rectifiers import Absolute, LeakyReLU, PReLU, ReLU
from bayesnn.nn.units.squashing import HardTanh, Identity
from bayesnn.optimizers.settings import whole
from bayesnn.protocols import Array, FloatArray

_PIECES: Mapping[type, Callable[[Any, Array], Array]] = {
    Identity: lambda unit, z: np.zeros_like(z),
    ReLU: lambda unit, z: z > 0,
    LeakyReLU: lambda unit, z: z > 0,
    PReLU: lambda unit, z: z > 0,
    Absolute: lambda unit, z: z > 0,
    HardTanh: lambda unit, z: np.sign(z) * (np.abs(z) > 1),
    Maxout: lambda unit, z: np.argmax(z.reshape(unit.pieces, -1, z.shape[-1]), axis=0),
}
"""On which of its straight pieces each unit is, from the sums (n_sums, N) of a layer."""


@dataclass(frozen=True, eq=False)
class LinearRegions:
    """The region and the outputs of each point of a grid.

    x1 (G,), x2 (G,); labels (G, G) from 0 on, by rows of x2 and columns of x1; outputs (G, G, K).
    """

    x1: FloatArray = field(repr=False)
    x2: FloatArray = field(repr=False)
    labels: Array = field(repr=False)
    outputs: FloatArray = field(repr=False)

    @property
    def n_regions(self) -> int:
        """Those that points of the grid lie in."""
        return int(self.labels.max()) + 1


def linear_regions(
    net: MLP,
    theta: ArrayLike,
    *,
    x1: tuple[float, float] = (-1.0, 1.0),
    x2: tuple[float, float] = (-1.0, 1.0),
    n_points: int = 300,
) -> LinearRegions:
    """The linear regions of a network of two inputs that a grid of n_points² points in a rectangle meets.

    Points share a region if all hidden units are on the same of their pieces there: the activation pattern. Each
    pattern belongs to one convex polygon, so that the count is exact for the grid, and never more than there are: a
    finer grid may meet smaller ones.

    Parameters
    ----------
    theta : natural values (P,) of the network's parameters, in the order of its blocks.
    x1, x2 : sides of the rectangle.

    Raises
    ------
    ModelError : not an MLP of two inputs, units that are not piecewise linear, theta of another shape.
    SettingError : sides that are no intervals, fewer than one point.

    References
    ----------
    Montúfar, Pascanu, Cho & Bengio, On the number of linear regions of deep neural networks (2014); Zaslavsky, Facing
    up to arrangements (1975).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> net = bnn.MLP((2, 2, 1), activation="relu")                    # kinks along x1 = 0 and x2 = 0
    >>> bnn.demonstrations.linear_regions(net, [1, 0, 0, 1, 0, 0, 1, 1, 0]).n_regions
    4
    """
    if not isinstance(net, MLP) or net.widths[0] != 2:
        raise ModelError(f"linear_regions: expected an MLP of two inputs, got {net!r}; bnn.MLP((2, 8, 1)), say")
    for unit in net.units:
        if type(unit) not in _PIECES:
            known = ", ".join(each.__name__ for each in _PIECES)
            raise ModelError(
                f"linear_regions: expected piecewise linear units ({known}), got {unit!r}; use one of these"
            )
    weights = np.asarray(theta, dtype=np.float64)
    if weights.shape != (net.n_params,) or not np.all(np.isfinite(weights)):
        raise ModelError(f"theta: expected {net.n_params} finite numbers, got shape {weights.shape}; one vector (P,)")
    first, second = _side("x1", x1, n_points), _side("x2", x2, n_points)
    X = np.stack(np.meshgrid(first, second), axis=-1).reshape(-1, 2)
    patterns = np.ascontiguousarray(_patterns(net, weights, X).T)
    # Rows as single values sort a hundred times faster than column by column.
    rows = patterns.view(f"V{max(patterns.shape[1], 1)}").ravel() if patterns.size else np.zeros(len(X))
    labels = np.unique(rows, return_inverse=True)[1].reshape(len(second), len(first))
    outputs = net.forward(weights, X)[0].reshape(*labels.shape, -1)
    return LinearRegions(first, second, labels, outputs)


def _patterns(net: MLP, theta: FloatArray, X: FloatArray) -> Array:
    """The piece of each hidden unit at each point, (units, N)."""
    h, first, found = np.vstack([X.T, np.ones(len(X))]), 0, [np.zeros((0, len(X)), dtype=np.int8)]
    for unit, (n_in, n_out), rank in zip(net.units, pairwise(net.widths[:-1]), net.ranks, strict=False):
        sums = unit.sums(n_in, n_out, rank)
        own = first + sums.n_params
        z, _ = sums.forward(theta[first:own], h)
        first = own + (n_out if unit.own else 0)
        h = np.ones((n_out + 1, len(X)))
        unit.forward(theta[own:first], z, h[:-1])
        found.append(_PIECES[type(unit)](unit, z).astype(np.int8))
    return np.concatenate(found)


def _side(name: str, ends: tuple[float, float], n_points: int) -> FloatArray:
    try:
        low, high = (float(end) for end in ends)
    except (TypeError, ValueError):
        low, high = 0.0, 0.0
    if not (np.isfinite(high - low) and low < high):
        raise SettingError(f"{name}: expected two numbers, the smaller first, got {ends!r}; (-1, 1), say")
    return np.linspace(low, high, whole(n_points, "n_points"))
