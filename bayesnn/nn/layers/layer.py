"""The seam between the layers of a network."""

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

import numpy as np

from bayesnn.protocols import Array


class Slope(NamedTuple):
    """dL/dh = scale · rows · columns (..., n, N): below one output all that depends on n or N alone is kept apart.

    rows (..., n, N) or (..., 1, N), scale (..., n, 1), columns (..., 1, N). What is linear in it takes the factors in
    where arrays are small, since passes through n × N numbers cost as much as matrix products. Rows that have columns
    belong to nobody else.
    """

    rows: Array
    scale: Array | None = None
    columns: Array | None = None

    @property
    def whole(self) -> Array:
        """(..., n, N)."""
        rows = self.rows if self.columns is None else self.rows * self.columns
        return rows if self.scale is None else self.scale * rows


Later = Callable[[], Slope]
"""dL/dh (..., n_in, N) when it is asked for: that of the inputs of a network never is."""

LayerBackprop = Callable[[Slope, Array], Later]
"""From dL/d(out) (..., n_out, N), with the place (..., n_params) to write dL/d(params) to, to dL/dh."""


class Layer(Protocol):
    """Parameters (..., n_params), named blocks one after the other, and h (..., n_in + 1, N), whose last row is ones.

    `fill` draws weights into parameters that are zero. `log_symmetries` counts the images of its parameters under which
    its outputs change their order or sign at most; `rearrange` draws one that changes no output, `rearrange_units`
    moves outputs, and `rearrange_inputs` follows the layer before.
    """

    @property
    def blocks(self) -> Mapping[str, tuple[int, ...]]: ...
    @property
    def n_params(self) -> int: ...
    @property
    def width(self) -> int: ...
    @property
    def log_symmetries(self) -> float: ...
    def forward(self, params: Array, h: Array) -> tuple[Array, LayerBackprop]: ...
    def fill(self, params: Array, rng: np.random.Generator, variance: float, of_biases: float) -> None: ...
    def rearrange(self, params: Array, rng: np.random.Generator) -> None: ...
    def rearrange_units(self, params: Array, order: Array, sign: Array) -> None: ...
    def rearrange_inputs(self, params: Array, order: Array, sign: Array) -> None: ...
