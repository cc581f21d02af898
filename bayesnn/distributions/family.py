"""What every elementwise prior family shares: checked parameters, and references to other blocks."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike

from bayesnn.distributions.supports import Real
from bayesnn.errors import PriorError
from bayesnn.protocols import Array, Support

Parameter = Any
"""A number, an array, or the name of another block (hierarchy)."""


@dataclass(frozen=True, eq=False)
class Family(ABC):
    """An elementwise density whose fields are its parameters.

    A field that holds a string refers to the block of that name. A family writes `log_prob`, `grad_log_prob`,
    `sample` and, off the real line, `support`; `log_prob` is analytic in the parameters, since derivatives
    by a parameter are taken by complex step.
    """

    positive: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        for name, value in self.parameters().items():
            if not isinstance(value, str):
                object.__setattr__(self, name, self._checked(name, value))

    def _checked(self, name: str, value: ArrayLike) -> Array:
        label = f"{type(self).__name__}: {name}"
        try:
            numbers = np.asarray(value, dtype=np.float64)
        except (TypeError, ValueError):
            raise PriorError(f"{label}: expected a number, an array or the name of a block, got {value!r}") from None
        if not np.all(np.isfinite(numbers)):
            raise PriorError(f"{label}: expected finite values, got {value!r}; use Flat() for no prior at all")
        if name in self.positive and np.any(numbers <= 0):
            raise PriorError(
                f"{label}: expected positive values, got {value!r}; a number fixes a block, a scale cannot"
            )
        return numbers

    def parameters(self) -> dict[str, ArrayLike]:
        """The parameters by name; strings are references."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name != "shape"}

    def references(self) -> dict[str, str]:
        """Parameters that are another block's values: parameter → block."""
        return {name: value for name, value in self.parameters().items() if isinstance(value, str)}

    def bind(self, values: Mapping[str, Array]) -> Self:
        """The same family with those parameters put in."""
        copy = object.__new__(type(self))
        for field in fields(self):
            object.__setattr__(copy, field.name, values.get(field.name, getattr(self, field.name)))
        return copy

    @property
    def support(self) -> Support:
        """Where x may lie."""
        return Real()

    @property
    def is_proper(self) -> bool:
        """Does it integrate to one?"""
        return True

    @property
    def kink(self) -> tuple[Parameter, Parameter] | None:
        """(center, weight) of a term −weight · |x − center| in ln p, if it has one."""
        return None

    @abstractmethod
    def log_prob(self, x: Array) -> Array:
        """ln p(x), one value an element."""

    @abstractmethod
    def grad_log_prob(self, x: Array) -> Array:
        """d ln p(x) / dx, one value an element."""

    @abstractmethod
    def sample(self, rng: np.random.Generator, shape: tuple[int, ...] = ()) -> Array:
        """Independent draws."""
