"""The seam between a layer and its units."""

from collections.abc import Callable
from typing import Literal, Protocol, runtime_checkable

from bayesnn.nn.layers.layer import Layer, Slope
from bayesnn.protocols import Array

Parity = Literal[-1, 0, 1]
"""p where a(−z) = p a(z) for all z: −1 odd, 1 even; 0 neither."""

Scheme = Literal["glorot", "he", "lecun"]

UnitBackprop = Callable[[Slope, Array], Slope]
"""From dL/da, with the place (..., own) for dL/d(own parameters), to dL/dz."""


@runtime_checkable
class Unit(Protocol):
    """What a hidden layer does to its sums.

    `own` names the one number that each unit has of its own, to be learned, sampled or fixed like a weight; `scheme`
    is the initialization of the weights before it.
    """

    @property
    def own(self) -> str | None: ...
    @property
    def parity(self) -> Parity: ...
    @property
    def scheme(self) -> Scheme: ...
    def sums(self, n_in: int, n_out: int, rank: int | None) -> Layer: ...
    def initial(self, n_in: int) -> float: ...
    def forward(self, params: Array, z: Array, out: Array) -> UnitBackprop: ...
