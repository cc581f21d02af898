"""Units without parameters that look at one weighted sum each."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

from bayesnn.nn.layers.affine import affine
from bayesnn.nn.layers.layer import Layer, Slope
from bayesnn.nn.units.unit import Parity, Scheme, UnitBackprop
from bayesnn.protocols import Array

Derivative = Callable[[], Array]
"""da/dz, in an array of its own, when it is asked for."""


class Elementwise(ABC):
    """A function a(z) of each number by itself, called like a NumPy function: any shape, `out` if it is given."""

    own: ClassVar[None] = None
    parity: ClassVar[Parity] = 0
    scheme: ClassVar[Scheme] = "glorot"

    @abstractmethod
    def __call__(self, z: Array, out: Array | None = None) -> tuple[Array, Derivative]:
        """a(z), which leaves z as it is, and da/dz, a function without arguments; each call of it makes a new array."""

    def sums(self, n_in: int, n_out: int, rank: int | None) -> Layer:
        """One weighted sum a unit."""
        return affine(n_in, (n_out,), rank)

    def initial(self, n_in: int) -> float:
        """Nothing of its own to begin from."""
        return 0.0

    def forward(self, params: Array, z: Array, out: Array) -> UnitBackprop:
        """a(z) into `out`."""
        _, derivative = self(z, out)

        def backprop(slope: Slope, slots: Array) -> Slope:
            rows = derivative()
            if slope.rows.shape[-2] == 1 and slope.columns is None:
                return Slope(rows, slope.scale, columns=slope.rows)
            rows *= slope.rows
            return slope._replace(rows=rows)

        return backprop
