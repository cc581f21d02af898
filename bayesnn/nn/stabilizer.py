"""Symmetries that leave weights as they are: those of units that are equal, and of units that are off."""

from collections.abc import Callable

import numpy as np

from bayesnn.protocols import Array

_CLOSE = 1e-3
"""Relative and absolute: modes of networks with units to spare have equal ones, to the precision of their climb."""


def log_stabilizer(
    theta: Array, n_units: int, rearranged: Callable[[Array, Array, Array], Array], *, flips: bool
) -> float:
    """ln of the number of orders and signs of a layer's units that give θ (P,) again.

    k! for k equal units, which may change places, flipped or not; 2 for each unit that is off, whose flip changes
    nothing. `rearranged` takes θ, an order and signs; `flips` says whether signs may change. The number of different
    images of θ is that of all symmetries over this one.
    """

    def stays(i: int, j: int, sign: float) -> bool:
        order, signs = np.arange(n_units), np.ones(n_units)
        order[[i, j]], signs[[i, j]] = [j, i], sign
        return bool(np.allclose(rearranged(theta, order, signs), theta, rtol=_CLOSE, atol=_CLOSE))

    n_off = sum(flips and stays(i, i, -1.0) for i in range(n_units))
    n_equal: dict[int, int] = {}
    for i in range(n_units):
        first = next((j for j in n_equal if stays(i, j, 1.0) or (flips and stays(i, j, -1.0))), i)
        n_equal[first] = n_equal.get(first, 0) + 1
    return n_off * float(np.log(2)) + sum(float(np.sum(np.log(np.arange(1, k + 1)))) for k in n_equal.values())
