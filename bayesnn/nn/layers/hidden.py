"""A hidden layer: sums, then units."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import gammaln

from bayesnn.nn.layers.layer import Later, Layer, LayerBackprop, Slope
from bayesnn.nn.units.unit import Unit
from bayesnn.protocols import Array


@dataclass(frozen=True)
class Hidden:
    """out = a(sums(h)), with the blocks of the sums and, where units have a number of their own, one of shape (H,)."""

    sums: Layer
    unit: Unit
    n_in: int
    n_out: int

    @cached_property
    def blocks(self) -> Mapping[str, tuple[int, ...]]:
        """Those of the sums, then that of the units."""
        return {**self.sums.blocks, **({self.unit.own: (self.n_out,)} if self.unit.own else {})}

    @cached_property
    def n_params(self) -> int:
        """Of both."""
        return self.sums.n_params + (self.n_out if self.unit.own else 0)

    @property
    def width(self) -> int:
        """Numbers kept for one row: its sums."""
        return self.sums.width

    @property
    def log_symmetries(self) -> float:
        """ln H! for the order of units, H ln 2 for their signs where they are odd or even, and those of the sums."""
        signs = self.n_out * float(np.log(2)) if self.unit.parity else 0.0
        return float(gammaln(self.n_out + 1)) + signs + self.sums.log_symmetries

    def forward(self, params: Array, h: Array) -> tuple[Array, LayerBackprop]:
        """h (..., n_in + 1, N) → (..., n_out + 1, N), with a row of ones for the biases of the next layer."""
        split = self.sums.n_params
        z, sums_backprop = self.sums.forward(params[..., :split], h)
        out = np.empty((*z.shape[:-2], self.n_out + 1, z.shape[-1]), z.dtype)
        out[..., -1, :] = 1
        unit_backprop = self.unit.forward(params[..., split:], z, out[..., :-1, :])

        def backprop(slope: Slope, slots: Array) -> Later:
            return sums_backprop(unit_backprop(slope, slots[..., split:]), slots[..., :split])

        return out, backprop

    def fill(self, params: Array, rng: np.random.Generator, variance: float, of_biases: float) -> None:
        """Weights by the sums, the units' own numbers where they begin."""
        self.sums.fill(params[..., : self.sums.n_params], rng, variance, of_biases)
        params[..., self.sums.n_params :] = self.unit.initial(self.n_in)

    def rearrange(self, params: Array, rng: np.random.Generator) -> None:
        """Within each sum only."""
        self.sums.rearrange(params[..., : self.sums.n_params], rng)

    def rearrange_units(self, params: Array, order: Array, sign: Array) -> None:
        """Units in that order, with the signs of their sums; their own numbers go along."""
        self.sums.rearrange_units(params[..., : self.sums.n_params], order, sign)
        if self.unit.own:
            own = params[..., self.sums.n_params :]
            own[...] = own[..., order]

    def rearrange_inputs(self, params: Array, order: Array, sign: Array) -> None:
        """As the layer before was."""
        self.sums.rearrange_inputs(params[..., : self.sums.n_params], order, sign)
