"""Units without parameters that look at one weighted sum each."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar

import numpy as np

from bayesnn.nn.layers.affine import affine
from bayesnn.nn.layers.layer import Layer
from bayesnn.nn.units.unit import Parity, Scheme, UnitBackprop
from bayesnn.protocols import Array

Pullback = Callable[[Array], Array]
"""From dL/da to dL/dz."""


class Elementwise(ABC):
    """A function a(z) of each number by itself, called like a NumPy function: any shape, `out` if it is given."""

    own: ClassVar[None] = None
    is_elementwise: ClassVar[bool] = True
    parity: ClassVar[Parity] = 0
    scheme: ClassVar[Scheme] = "glorot"

    @abstractmethod
    def __call__(self, z: Array, out: Array | None = None) -> tuple[Array, Pullback]:
        """a(z) and its backprop from dL/da, which may be one row for all units, to dL/dz; none changes its argument."""

    def sums(self, n_in: int, n_out: int, rank: int | None) -> Layer:
        """One weighted sum a unit."""
        return affine(n_in, (n_out,), rank)

    def initial(self, n_in: int) -> float:
        """Nothing of its own to begin from."""
        return 0.0

    def forward(self, params: Array, z: Array, out: Array) -> UnitBackprop:
        """a(z) into `out`."""
        _, pullback = self(z, out)

        def backprop(grad: Array, slots: Array) -> Array:
            slope = pullback(grad)
            return slope if slope.shape == z.shape else np.broadcast_to(slope, z.shape)

        return backprop
