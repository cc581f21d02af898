"""Maxout: units that learn their own convex function."""

from dataclasses import dataclass
from operator import index
from typing import ClassVar

import numpy as np

from bayesnn.errors import ModelError
from bayesnn.nn.layers.affine import affine
from bayesnn.nn.layers.layer import Layer, Slope
from bayesnn.nn.units.unit import Parity, Scheme, UnitBackprop
from bayesnn.protocols import Array


@dataclass(frozen=True)
class Maxout:
    """a = max_k z_k over `pieces` weighted sums of each unit: W (n_in, k, H), b (k, H).

    da/dz_k = 1 for the largest sum, else 0. One piece is the identity, z and −z are |z|, z and 0 the rectifier.

    Raises
    ------
    ModelError : less than one piece, or half a one.

    References
    ----------
    Goodfellow et al., Maxout networks, ICML (2013).
    """

    pieces: int = 2
    own: ClassVar[None] = None
    scheme: ClassVar[Scheme] = "lecun"

    def __post_init__(self) -> None:
        try:
            pieces = index(self.pieces)
        except TypeError:
            pieces = 0
        if pieces < 1:
            raise ModelError(f"Maxout: expected a whole number of pieces, at least 1, got {self.pieces!r}; 2, say")

    @property
    def parity(self) -> Parity:
        """Neither, but a single piece is the identity."""
        return -1 if self.pieces == 1 else 0

    def sums(self, n_in: int, n_out: int, rank: int | None) -> Layer:
        """So many weighted sums a unit."""
        return affine(n_in, (self.pieces, n_out), rank)

    def initial(self, n_in: int) -> float:
        """Nothing of its own to begin from."""
        return 0.0

    def forward(self, params: Array, z: Array, out: Array) -> UnitBackprop:
        """z (..., k H, N), into `out` (..., H, N)."""
        pieces = z.reshape(*z.shape[:-2], self.pieces, -1, z.shape[-1])
        winner = np.argmax(pieces, axis=-3, keepdims=True)
        out[...] = np.take_along_axis(pieces, winner, axis=-3)[..., 0, :, :]

        def backprop(slope: Slope, slots: Array) -> Slope:
            grad = np.zeros_like(pieces)
            np.put_along_axis(grad, winner, slope.whole[..., None, :, :], axis=-3)
            return Slope(grad.reshape(z.shape))

        return backprop
