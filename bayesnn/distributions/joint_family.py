"""What every prior family of vectors shares."""

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import ArrayLike

from bayesnn.errors import PriorError
from bayesnn.protocols import Array, FloatArray, Support


class JointFamily(ABC):
    """A density of vectors, the last axis of a block: one value a vector, leading axes are free.

    Its parameters are numbers: it refers to no other block.
    """

    shape: tuple[int, ...]

    @property
    @abstractmethod
    def support(self) -> Support:
        """Where x may lie."""

    @property
    def is_proper(self) -> bool:
        """Does it integrate to one?"""
        return True

    @abstractmethod
    def log_prob(self, x: Array) -> Array:
        """ln p(x), x (..., K) → (...)."""

    @abstractmethod
    def grad_log_prob(self, x: Array) -> Array:
        """d ln p(x) / dx, (..., K)."""

    @abstractmethod
    def sample(self, rng: np.random.Generator, shape: tuple[int, ...] = ()) -> Array:
        """Independent vectors in an array of that shape (..., K); left out, of the family's own."""

    def _settle_shape(self, size: int) -> None:
        """One vector, unless a shape was given."""
        shape = self.shape or (size,)
        if not isinstance(shape, tuple) or shape[-1] != size:
            raise PriorError(
                f"{type(self).__name__}: expected a shape (..., {size}), as long as its vector, got {shape}"
            )
        object.__setattr__(self, "shape", shape)


def finite(value: ArrayLike, *, label: str) -> FloatArray:
    """Finite numbers, or a PriorError."""
    try:
        numbers = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise PriorError(
            f"{label}: expected an array of numbers, got {value!r}; only elementwise families such as Normal take the "
            "name of a block"
        ) from None
    if not np.all(np.isfinite(numbers)):
        raise PriorError(f"{label}: expected finite values, got {value!r}")
    return numbers
