"""A named array of parameters, and neighbors of such that can be treated as one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np

from bayesnn.distributions.supports import Real
from bayesnn.posterior.ties import Tie
from bayesnn.protocols import Array, Support


@dataclass(frozen=True, eq=False)
class Block:
    """A named array of parameters; where it is not free, `fixed` holds its values or `tie` says how to find them."""

    name: str
    shape: tuple[int, ...]
    support: Support
    fixed: Array | None = None
    tie: Tie | None = None

    @property
    def size(self) -> int:
        """Natural values."""
        return prod(self.shape)

    @property
    def is_free(self) -> bool:
        """Has it unknowns of its own?"""
        return self.fixed is None and self.tie is None

    @property
    def free_shape(self) -> tuple[int, ...]:
        """Shape of its part of θ; (0,) for a fixed or tied block."""
        return self.support.free_shape(self.shape) if self.is_free else (0,)

    def labels(self, shape: tuple[int, ...]) -> list[str]:
        """name, or name[i, j] for each element of an array of that shape."""
        if not shape:
            return [self.name]
        return [f"{self.name}[{', '.join(map(str, index))}]" for index in np.ndindex(*shape)]


@dataclass(frozen=True, eq=False)
class Run:
    """A block, or None for neighbors whose natural values are θ itself, and where it lies in both."""

    block: Block | None
    free: slice
    natural: slice


def runs(blocks: Sequence[Block], free: Mapping[str, slice], natural: Mapping[str, slice]) -> tuple[Run, ...]:
    """All blocks, neighbors that are free and unconstrained as one."""
    found: list[Run] = []
    for block in blocks:
        own = None if block.is_free and isinstance(block.support, Real) else block
        run = Run(own, free[block.name], natural[block.name])
        if own is None and found and found[-1].block is None:
            last = found.pop()
            run = Run(None, slice(last.free.start, run.free.stop), slice(last.natural.start, run.natural.stop))
        found.append(run)
    return tuple(found)
