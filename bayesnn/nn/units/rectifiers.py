"""Units of two straight pieces that meet at zero.

Positive scalings of a unit's weights can be undone after it, continuously: no finite number of weight vectors counts
them, and a prior on weights tells them apart.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from bayesnn.errors import ModelError
from bayesnn.nn.layers.affine import affine
from bayesnn.nn.layers.layer import Layer, Slope
from bayesnn.nn.units.elementwise import Derivative, Elementwise
from bayesnn.nn.units.unit import Parity, Scheme, UnitBackprop
from bayesnn.protocols import Array


@dataclass(frozen=True)
class ReLU(Elementwise):
    """a = max(0, z); da/dz = 1 for z > 0, else 0."""

    scheme: ClassVar[Scheme] = "he"

    def __call__(self, z: Array, out: Array | None = None) -> tuple[Array, Derivative]:
        a = np.maximum(z, 0, out=out)
        return a, lambda: (a > 0).astype(a.dtype)


@dataclass(frozen=True)
class Absolute(Elementwise):
    """a = |z|, even; da/dz = sign z."""

    parity: ClassVar[Parity] = 1
    scheme: ClassVar[Scheme] = "lecun"

    def __call__(self, z: Array, out: Array | None = None) -> tuple[Array, Derivative]:
        return np.abs(z, out=out), lambda: np.sign(z)


@dataclass(frozen=True)
class LeakyReLU(Elementwise):
    """a = max(0, z) + slope min(0, z); da/dz = 1 for z > 0, else slope (Maas et al. 2013).

    Raises
    ------
    ModelError : a slope that is not finite.
    """

    slope: float = 0.01
    scheme: ClassVar[Scheme] = "he"

    def __post_init__(self) -> None:
        if not np.isscalar(self.slope) or isinstance(self.slope, str) or not np.isfinite(self.slope):
            raise ModelError(f"LeakyReLU: expected a finite number as slope, got {self.slope!r}; 0.01, say")

    def __call__(self, z: Array, out: Array | None = None) -> tuple[Array, Derivative]:
        slope = float(self.slope)
        return np.add(np.maximum(z, 0), slope * np.minimum(z, 0), out=out), lambda: _bent(z, slope)


@dataclass(frozen=True)
class PReLU:
    """a = max(0, z) + s min(0, z), with a slope s for each unit, a block "slope" (H,) (He et al. 2015).

    da/dz = 1 for z > 0, else s;  da/ds = min(0, z).
    """

    own: ClassVar[str] = "slope"
    parity: ClassVar[Parity] = 0
    scheme: ClassVar[Scheme] = "he"

    def sums(self, n_in: int, n_out: int, rank: int | None) -> Layer:
        """One weighted sum a unit."""
        return affine(n_in, (n_out,), rank)

    def initial(self, n_in: int) -> float:
        """The slope that He et al. begin from."""
        return 0.25

    def forward(self, params: Array, z: Array, out: Array) -> UnitBackprop:
        """z (..., H, N) with slopes (..., H), into `out`."""
        slope, low = params[..., None], np.minimum(z, 0)
        np.add(np.maximum(z, 0), slope * low, out=out)

        def backprop(above: Slope, slots: Array) -> Slope:
            grad = above.whole
            np.sum(grad * low, axis=-1, out=slots)
            return Slope(grad * _bent(z, slope))

        return backprop


def _bent(z: Array, slope: Array | float) -> Array:
    """1 for z > 0, else the slope."""
    return np.where(z > 0, z.dtype.type(1), np.asarray(slope, z.dtype))
