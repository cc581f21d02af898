"""A matrix of weights of low rank, as the product of two thin ones."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np
from scipy.special import gammaln

from bayesnn.nn.layers.layer import Later, LayerBackprop, Slope
from bayesnn.protocols import Array


@dataclass(frozen=True)
class Factors:
    """z = (V Uᵀ)ᵀ h + b, with blocks "V" (n, q), "U" (*shape, q) and "b" shape: (n + p) q weights in place of n p."""

    n_in: int
    shape: tuple[int, ...]
    rank: int

    @cached_property
    def blocks(self) -> Mapping[str, tuple[int, ...]]:
        """V, U and b."""
        return {"V": (self.n_in, self.rank), "U": (*self.shape, self.rank), "b": self.shape}

    @cached_property
    def n_params(self) -> int:
        """Factors and biases."""
        return (self.n_in + self._n_sums) * self.rank + self._n_sums

    @property
    def width(self) -> int:
        """Numbers kept for one row."""
        return self.rank + self._n_sums

    @property
    def log_symmetries(self) -> float:
        """ln(q! 2^q), columns of both factors permuted and flipped, and H ln(pieces!) as for full weights."""
        units = self.shape[-1]
        pieces = self._n_sums // units
        return float(gammaln(self.rank + 1) + self.rank * np.log(2) + units * gammaln(pieces + 1))

    def forward(self, params: Array, h: Array) -> tuple[Array, LayerBackprop]:
        """h (..., n_in + 1, N) → z (..., n_sums, N)."""
        V, U, b = self._parts(params)
        x = h[..., :-1, :]
        projection = V.mT @ x
        z = U @ projection
        z += b[..., None]

        def backprop(slope: Slope, slots: Array) -> Later:
            into_v, into_u, into_b = self._parts(slots)
            grad = slope.whole
            back = U.mT @ grad
            np.matmul(x, back.mT, out=into_v)
            np.matmul(grad, projection.mT, out=into_u)
            np.sum(grad, axis=-1, out=into_b)
            return lambda: Slope(V @ back)

        return z, backprop

    def fill(self, params: Array, rng: np.random.Generator, variance: float, of_biases: float) -> None:
        """V, U ~ N(0, √(variance / q)), so that elements of V Uᵀ have that variance; b ~ N(0, of_biases)."""
        V, U, b = self._parts(params)
        for factor in (V, U):
            factor[...] = rng.standard_normal(factor.shape) * (variance / self.rank) ** 0.25
        b[...] = rng.standard_normal(b.shape) * np.sqrt(of_biases)

    def rearrange(self, params: Array, rng: np.random.Generator) -> None:
        """Columns of both factors permuted and flipped alike, and pieces of each unit in random order."""
        V, U, b = self._parts(params)
        order, sign = rng.permutation(self.rank), rng.choice([-1.0, 1.0], size=self.rank)
        V[...], U[...] = V[..., order] * sign, U[..., order] * sign
        if len(self.shape) > 1:
            shuffled = rng.permuted(np.arange(self._n_sums).reshape(self.shape), axis=0).ravel()
            U[...], b[...] = U[..., shuffled, :], b[..., shuffled]

    def rearrange_units(self, params: Array, order: Array, sign: Array) -> None:
        """Units in that order, with those signs."""
        _, U, b = self._parts(params)
        units = self.shape[-1]
        U, b = U.reshape(*U.shape[:-2], -1, units, self.rank), b.reshape(*b.shape[:-1], -1, units)
        U[...], b[...] = U[..., order, :] * sign[:, None], b[..., order] * sign

    def rearrange_inputs(self, params: Array, order: Array, sign: Array) -> None:
        """The same for inputs."""
        V, _, _ = self._parts(params)
        V[...] = V[..., order, :] * sign[:, None]

    @cached_property
    def _n_sums(self) -> int:
        return prod(self.shape)

    def _parts(self, params: Array) -> tuple[Array, Array, Array]:
        """Views V (..., n_in, q), U (..., n_sums, q) and b (..., n_sums)."""
        lead, first = params.shape[:-1], self.n_in * self.rank
        second = first + self._n_sums * self.rank
        V = params[..., :first].reshape(*lead, self.n_in, self.rank)
        U = params[..., first:second].reshape(*lead, self._n_sums, self.rank)
        return V, U, params[..., second:]
