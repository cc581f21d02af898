"""Which block comes before which, and how a block's values stand beside those of a larger one."""

from collections.abc import Collection, Mapping

import numpy as np

from bayesnn.errors import PriorError
from bayesnn.protocols import Array


def in_order(needs: Mapping[str, Collection[str]]) -> list[str]:
    """Names such that each comes after those that it needs; needs that are no keys are there already.

    Raises
    ------
    PriorError : names that need each other in a circle.
    """
    order: list[str] = []
    waiting = list(needs)
    while waiting:
        ready = [name for name in waiting if all(need in order or need not in needs for need in needs[name])]
        if not ready:
            raise PriorError(f"priors of {', '.join(waiting)}: expected no circle of references, got one")
        order += ready
        waiting = [name for name in waiting if name not in ready]
    return order


def aligned(value: Array, n_axes: int) -> Array:
    """(M, *s) → (M, 1, ..., *s), to stand beside a block of n_axes axes."""
    missing = n_axes - (value.ndim - 1)
    return value.reshape(len(value), *(1,) * missing, *value.shape[1:])


def summed_back(grad: Array, shape: tuple[int, ...]) -> Array:
    """dL/d(value) (M, *shape) from dL/d(block) (M, *s), where the block repeats the value along some axes."""
    ones = (1,) * (grad.ndim - 1 - len(shape)) + shape
    repeated = tuple(axis for axis, size in enumerate(ones, start=1) if size == 1)
    return np.asarray(grad.sum(axis=repeated).reshape(len(grad), *shape))
