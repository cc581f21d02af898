"""A full matrix of weights and its biases."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np
from scipy.special import gammaln

from bayesnn.nn.layers.layer import Later, LayerBackprop, Slope
from bayesnn.protocols import Array


@dataclass(frozen=True)
class Weights:
    """z = Wᵀ h + b, with blocks "W" (n_in, *shape) and "b" shape; shape is (H,) or, for maxout, (pieces, H)."""

    n_in: int
    shape: tuple[int, ...]

    @cached_property
    def blocks(self) -> Mapping[str, tuple[int, ...]]:
        """W and b."""
        return {"W": (self.n_in, *self.shape), "b": self.shape}

    @cached_property
    def n_sums(self) -> int:
        """Of all units together."""
        return prod(self.shape)

    @cached_property
    def n_params(self) -> int:
        """Weights and biases."""
        return (self.n_in + 1) * self.n_sums

    @property
    def width(self) -> int:
        """Numbers kept for one row."""
        return self.n_sums

    @property
    def log_symmetries(self) -> float:
        """The pieces of each unit may change places: H ln(pieces!)."""
        pieces = self.n_sums // self.shape[-1]
        return self.shape[-1] * float(gammaln(pieces + 1))

    def forward(self, params: Array, h: Array) -> tuple[Array, LayerBackprop]:
        """h (..., n_in + 1, N) → z (..., n_sums, N)."""
        W = self._matrix(params)

        def backprop(slope: Slope, slots: Array) -> Later:
            into = self._matrix(slots)
            left, slope = _by_columns(h, slope)
            if slope.scale is None:
                np.matmul(left, slope.rows.mT, out=into)
            else:
                np.multiply(left @ slope.rows.mT, slope.scale.mT, out=into)
            return lambda: _times(W[..., :-1, :], slope)

        return W.mT @ h, backprop

    def fill(self, params: Array, rng: np.random.Generator, variance: float, of_biases: float) -> None:
        """W ~ N(0, variance), b ~ N(0, of_biases)."""
        both = self._matrix(params)
        both[...] = rng.standard_normal(both.shape) * np.sqrt(variance)
        both[..., -1, :] *= np.sqrt(of_biases / variance)

    def rearrange(self, params: Array, rng: np.random.Generator) -> None:
        """Pieces of each unit in random order."""
        if len(self.shape) > 1:
            W, places = self._matrix(params), np.arange(self.n_sums).reshape(self.shape)
            W[...] = W[..., rng.permuted(places, axis=0).ravel()]

    def rearrange_units(self, params: Array, order: Array, sign: Array) -> None:
        """Units in that order, with those signs."""
        W = params.reshape(*params.shape[:-1], -1, self.shape[-1])
        W[...] = W[..., order] * sign

    def rearrange_inputs(self, params: Array, order: Array, sign: Array) -> None:
        """The same for inputs."""
        W = self._matrix(params)[..., :-1, :]
        W[...] = W[..., order, :] * sign[:, None]

    def _matrix(self, params: Array) -> Array:
        """(..., n_in + 1, n_sums): in θ the biases follow the weights, as one more row of them."""
        return params.reshape(*params.shape[:-1], self.n_in + 1, self.n_sums)


def _by_columns(h: Array, slope: Slope) -> tuple[Array, Slope]:
    """h by the columns of the slope where it is the smaller of the two, else the slope with its columns taken in."""
    if slope.columns is None:
        return h, slope
    if 2 * h.shape[-2] <= slope.rows.shape[-2]:
        return h * slope.columns, slope
    return h, Slope(np.multiply(slope.rows, slope.columns, out=slope.rows), slope.scale)


def _times(W: Array, slope: Slope) -> Slope:
    """W dL/dz: an outer product where there is one sum only."""
    if W.shape[-1] == 1:
        return Slope(slope.whole, W)
    return Slope((W if slope.scale is None else W * slope.scale.mT) @ slope.rows, columns=slope.columns)
