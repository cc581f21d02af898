"""Squared distances to centers, which radial units have in place of weighted sums."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bayesnn.nn.layers.layer import Later, LayerBackprop, Slope
from bayesnn.protocols import Array


@dataclass(frozen=True)
class Distances:
    """z = |h − c|², with a block "center" (n_in, H)."""

    n_in: int
    n_out: int

    @property
    def blocks(self) -> Mapping[str, tuple[int, ...]]:
        """The centers."""
        return {"center": (self.n_in, self.n_out)}

    @property
    def n_params(self) -> int:
        """Coordinates of all centers."""
        return self.n_in * self.n_out

    @property
    def width(self) -> int:
        """Numbers kept for one row."""
        return self.n_out

    @property
    def log_symmetries(self) -> float:
        """No image of its own."""
        return 0.0

    def forward(self, params: Array, h: Array) -> tuple[Array, LayerBackprop]:
        """h (..., n_in + 1, N), whose ones it leaves alone, → z (..., H, N)."""
        centers, x = self._centers(params), h[..., :-1, :]
        # Coordinate by coordinate: |h|² − 2 hᵀc + |c|² would lose digits far from the origin.
        z = sum(np.square(x[..., d, None, :] - centers[..., d, :, None]) for d in range(self.n_in))

        def backprop(slope: Slope, slots: Array) -> Later:
            grad = slope.whole
            pull = centers * np.sum(grad, axis=-1)[..., None, :] - x @ grad.mT
            np.multiply(2, pull, out=self._centers(slots))
            return lambda: Slope(2 * (x * np.sum(grad, axis=-2)[..., None, :] - centers @ grad))

        return np.asarray(z), backprop

    def fill(self, params: Array, rng: np.random.Generator, variance: float, of_biases: float) -> None:
        """Centers ~ N(0, 1), where standardized inputs are."""
        params[...] = rng.standard_normal(params.shape)

    def rearrange(self, params: Array, rng: np.random.Generator) -> None:
        """Nothing to rearrange."""

    def rearrange_units(self, params: Array, order: Array, sign: Array) -> None:
        """Centers in that order; radial units have no sign."""
        centers = self._centers(params)
        centers[...] = centers[..., order]

    def rearrange_inputs(self, params: Array, order: Array, sign: Array) -> None:
        """Coordinates in that order, with those signs."""
        centers = self._centers(params)
        centers[...] = centers[..., order, :] * sign[:, None]

    def _centers(self, params: Array) -> Array:
        return params.reshape(*params.shape[:-1], self.n_in, self.n_out)
