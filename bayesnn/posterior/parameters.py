"""Named blocks of θ: unconstrained inside, natural outside."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np
from numpy.typing import ArrayLike

from bayesnn.distributions.supports import Real
from bayesnn.errors import StartError
from bayesnn.posterior.named_block import Block, Run, runs
from bayesnn.posterior.order import aligned, in_order, summed_back
from bayesnn.posterior.ties import Tie
from bayesnn.protocols import Array


@dataclass(frozen=True, eq=False)
class Parameters:
    """The layout of θ (..., P): which part of it is which block, and on which scale.

    `natural` values (..., Q) hold every block on its own scale, fixed and tied ones too, one after the other.
    """

    blocks: tuple[Block, ...]

    @cached_property
    def n_params(self) -> int:
        """P, free and unconstrained."""
        return sum(prod(block.free_shape) for block in self.blocks)

    @cached_property
    def free(self) -> dict[str, slice]:
        """Where in θ each block lies."""
        return _slices([(block.name, prod(block.free_shape)) for block in self.blocks])

    @cached_property
    def natural_slices(self) -> dict[str, slice]:
        """Where in the natural vector each block lies."""
        return _slices([(block.name, block.size) for block in self.blocks])

    @cached_property
    def is_unconstrained(self) -> bool:
        """Are natural values θ itself?"""
        return all(block.is_free and isinstance(block.support, Real) for block in self.blocks)

    @cached_property
    def ties(self) -> tuple[tuple[Block, Tie, tuple[Block, ...]], ...]:
        """Tied blocks with their ties and sources, each after its sources."""
        blocks = {block.name: block for block in self.blocks}
        ties = {block.name: block.tie for block in self.blocks if block.tie is not None}
        order = in_order({name: tie.sources for name, tie in ties.items()})
        return tuple((blocks[n], ties[n], tuple(blocks[source] for source in ties[n].sources)) for n in order)

    def block(self, name: str) -> Block:
        """The block of that name."""
        return next(block for block in self.blocks if block.name == name)

    @property
    def names(self) -> tuple[str, ...]:
        """A label for each component of θ."""
        return tuple(label for block in self.blocks for label in block.labels(block.free_shape))

    def natural(self, theta: Array) -> Array:
        """θ (M, P) → natural values (M, Q)."""
        if self.is_unconstrained:
            return theta
        parts = [
            theta[:, run.free] if (block := run.block) is None else self._values(block, theta).reshape(-1, block.size)
            for run in self._runs
        ]
        return self.tied(np.concatenate(parts, axis=1))

    def tied(self, natural: Array) -> Array:
        """The same natural values (M, Q), with tied blocks found anew from their sources."""
        if not self.ties:
            return natural
        out = natural.copy()
        for block, tie, sources in self.ties:
            value = aligned(tie.values([self.take(out, source) for source in sources]), len(block.shape))
            whole = np.broadcast_to(value, (len(out), *block.shape))
            out[:, self.natural_slices[block.name]] = whole.reshape(len(out), block.size)
        return out

    def take(self, natural: Array, block: Block) -> Array:
        """A block's part (M, *shape) of the natural values (M, Q)."""
        return natural[:, self.natural_slices[block.name]].reshape(len(natural), *block.shape)

    def _values(self, block: Block, theta: Array) -> Array:
        if block.is_free:
            return block.support.from_real(self._part(block, theta))
        held = np.zeros(()) if block.fixed is None else block.fixed
        return np.broadcast_to(held.astype(theta.dtype), (len(theta), *block.shape))

    def _part(self, block: Block, theta: Array) -> Array:
        return theta[:, self.free[block.name]].reshape(len(theta), *block.free_shape)

    def _through_ties(self, theta: Array, grad: Array) -> Array:
        """dL/d(natural) with the share of tied blocks handed on to their sources."""
        if not self.ties:
            return grad
        natural, grad = self.natural(theta), grad.copy()
        for block, tie, sources in reversed(self.ties):
            values = [self.take(natural, source) for source in sources]
            slope = summed_back(self.take(grad, block), tie.values(values).shape[1:])
            for source, share in zip(sources, tie.pullback(values, slope), strict=True):
                grad[:, self.natural_slices[source.name]] += share.reshape(len(grad), -1)
        return grad

    def pullback(self, theta: Array, grad: Array) -> Array:
        """dL/dθ (M, P) from dL/d(natural) (M, Q)."""
        if self.is_unconstrained:
            return grad
        grad = self._through_ties(theta, grad)
        out = np.empty((len(theta), self.n_params), dtype=grad.dtype)
        for run in self._runs:
            if run.block is None:
                out[:, run.free] = grad[:, run.natural]
            elif run.block.is_free:
                pulled = run.block.support.pullback(self._part(run.block, theta), self.take(grad, run.block))
                out[:, run.free] = pulled.reshape(len(theta), -1)
        return out

    def natural_covariance(self, theta: Array, covariance: Array) -> Array:
        """Of the natural values (Q, Q), from a covariance (P, P) of θ (P,), by the delta method."""
        slopes = self.pullback(np.broadcast_to(theta, (self._n_natural, len(theta))), np.eye(self._n_natural))
        return np.asarray(slopes @ covariance @ slopes.T)

    def standard_errors(self, theta: Array, covariance: Array) -> dict[str, Array]:
        """Of the natural values by name, each of its block's shape, fixed blocks left out."""
        with np.errstate(invalid="ignore"):
            errors = np.sqrt(np.diag(self.natural_covariance(theta, covariance)))
        return {b.name: errors[self.natural_slices[b.name]].reshape(b.shape) for b in self.blocks if b.fixed is None}

    @property
    def _n_natural(self) -> int:
        return sum(block.size for block in self.blocks)

    def log_det(self, theta: Array) -> Array:
        """ln |d natural / dθ| (M,)."""
        if self.is_unconstrained:
            return np.zeros(len(theta), dtype=theta.dtype)
        parts = [block.support.log_det(self._part(block, theta)) for block in self._bent]
        return sum((part.reshape(len(theta), -1).sum(axis=1) for part in parts), np.zeros(len(theta)))

    def grad_log_det(self, theta: Array) -> Array:
        """Its gradient (M, P)."""
        out = np.zeros_like(theta)
        if not self.is_unconstrained:
            for block in self._bent:
                slope = block.support.grad_log_det(self._part(block, theta))
                out[:, self.free[block.name]] = slope.reshape(len(theta), -1)
        return out

    def unpack(self, theta: ArrayLike) -> dict[str, Array]:
        """θ (..., P) → natural values by name, each (..., *shape)."""
        array = self.checked(theta)
        natural = self.natural(array.reshape(-1, self.n_params))
        return {
            block.name: self.take(natural, block).reshape((*array.shape[:-1], *block.shape)) for block in self.blocks
        }

    def pack(self, values: Mapping[str, ArrayLike]) -> Array:
        """Natural values by name, each (..., *shape) → θ (..., P).

        Fixed and tied blocks may be left out; what is given for them is not looked at.

        Raises
        ------
        StartError : a block that is missing or unknown, a shape that disagrees, a value outside the support.
        """
        unknown = set(values) - {block.name for block in self.blocks}
        if unknown:
            raise StartError(f"values: expected blocks {', '.join(self.free)}, got {', '.join(sorted(unknown))}")
        parts = []
        for block in self._free_blocks():
            if block.name not in values:
                raise StartError(f"values: expected a value for block {block.name!r}, got none; give all free blocks")
            parts.append(_free_part(block, np.asarray(values[block.name], dtype=np.float64)))
        leading = np.broadcast_shapes(*(part.shape[:-1] for part in parts))
        return np.concatenate([np.broadcast_to(part, (*leading, part.shape[-1])) for part in parts], axis=-1)

    def checked(self, theta: ArrayLike) -> Array:
        """θ as a floating array (..., P), or a StartError."""
        array = np.asarray(theta)
        array = array if array.dtype.kind in "fc" else array.astype(np.float64)
        if array.ndim == 0 or array.shape[-1] != self.n_params:
            raise StartError(f"theta: expected shape (..., {self.n_params}), got {array.shape}; see posterior.names")
        return array

    def _free_blocks(self) -> list[Block]:
        return [block for block in self.blocks if block.is_free]

    @cached_property
    def _bent(self) -> list[Block]:
        """Free blocks whose natural values are not θ itself."""
        return [run.block for run in self._runs if run.block is not None and run.block.is_free]

    @cached_property
    def _runs(self) -> tuple[Run, ...]:
        return runs(self.blocks, self.free, self.natural_slices)


def _free_part(block: Block, values: Array) -> Array:
    n_axes = len(block.shape)
    if values.shape[values.ndim - n_axes :] != block.shape:
        raise StartError(f"block {block.name!r}: expected shape {block.shape}, got {values.shape}")
    if not np.all(block.support.contains(values)):
        raise StartError(f"block {block.name!r}: expected values in {block.support}, got {values.tolist()}")
    leading = values.shape[: values.ndim - n_axes]
    return block.support.to_real(values).reshape(*leading, -1)


def _slices(sizes: list[tuple[str, int]]) -> dict[str, slice]:
    slices, start = {}, 0
    for name, size in sizes:
        slices[name] = slice(start, start + size)
        start += size
    return slices
