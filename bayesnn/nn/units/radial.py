"""Radial basis units: bumps that look at the distance to a center."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bayesnn.errors import ModelError
from bayesnn.nn.layers.distances import Distances
from bayesnn.nn.layers.layer import Layer, Slope
from bayesnn.nn.units.unit import Parity, Scheme, UnitBackprop
from bayesnn.protocols import Array

_SMALLEST = 1e-24
"""Squared widths below are taken as this: a bump so narrow is nowhere, and its slope is zero and not NaN."""


@dataclass(frozen=True)
class Radial:
    """a = exp(−|h − c|² / (2 w²)), with blocks "center" (n_in, H) and "width" (H,) in place of W and b.

    With z = |h − c|²: da/dz = −a / (2 w²), da/dw = a z / w³. Widths are on their natural scale, and only w² enters:
    give them a prior on the positive line, `LogNormal(1)`, say, which is a normal one on ln w.

    References
    ----------
    Broomhead & Lowe, Multivariable functional interpolation and adaptive networks, Complex Systems 2, 321 (1988).
    """

    own: ClassVar[str] = "width"
    parity: ClassVar[Parity] = 0
    scheme: ClassVar[Scheme] = "glorot"

    def sums(self, n_in: int, n_out: int, rank: int | None) -> Layer:
        """Squared distances."""
        if rank is not None:
            raise ModelError(
                f"Radial: expected no rank, since it has no weights, got {rank}; leave it out, or use None"
            )
        return Distances(n_in, n_out)

    def initial(self, n_in: int) -> float:
        """√n_in, about the distance of a standardized point to a center."""
        return float(np.sqrt(n_in))

    def forward(self, params: Array, z: Array, out: Array) -> UnitBackprop:
        """Squared distances z (..., H, N) with widths (..., H), into `out`."""
        precision = (1 / np.maximum(params * params, _SMALLEST))[..., None]
        a = np.exp(-0.5 * z * precision, out=out)

        def backprop(slope: Slope, slots: Array) -> Slope:
            grad: Array = slope.whole * a
            grad *= precision
            slots[...] = params * np.sum(grad * (z * precision), axis=-1)
            grad *= -0.5
            return Slope(grad)

        return backprop
