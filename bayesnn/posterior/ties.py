"""Blocks that are no unknowns of their own: equal to another block, or a function of some."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from inspect import Parameter, signature
from typing import Any

import numpy as np

from bayesnn.derivatives import is_analytic
from bayesnn.errors import PriorError
from bayesnn.protocols import Array

_STEP = 1e-30
_NAMED = (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY)


class Tie(ABC):
    """block = f(sources), with M values of every source at once: (M, *shape) each."""

    sources: tuple[str, ...]

    @abstractmethod
    def values(self, sources: Sequence[Array]) -> Array:
        """f, (M, *shape)."""

    @abstractmethod
    def pullback(self, sources: Sequence[Array], grad: Array) -> list[Array]:
        """dL/d(source) of each source from dL/df (M, *shape)."""

    @abstractmethod
    def check(self, block: str, sources: Sequence[Array]) -> None:
        """Raise a PriorError where the function treats M values otherwise than one by one, or is not analytic."""


@dataclass(frozen=True, eq=False)
class SameAs(Tie):
    """One source again: what a string in place of a prior says."""

    sources: tuple[str, ...]

    def values(self, sources: Sequence[Array]) -> Array:
        """The source."""
        return sources[0]

    def pullback(self, sources: Sequence[Array], grad: Array) -> list[Array]:
        """dL/df itself."""
        return [grad]

    def check(self, block: str, sources: Sequence[Array]) -> None:
        """Nothing can be wrong."""


@dataclass(frozen=True, eq=False)
class Tied(Tie):
    """A block that is a function of other blocks: it has no prior, and its value follows theirs.

    block = function(a, c, ...)

    In place of a prior, ``"b": bnn.Tied(lambda a, c: 1 - a - c)`` ties b to the blocks a and c, which may be free,
    fixed or tied themselves; ``"b": "a"`` is short for equality. A change of variables it is not: no log-det is
    added, since a and c are the unknowns.

    Parameters
    ----------
    function : analytic in its arguments (NumPy arithmetic, exp, log, ...; derivatives are taken by complex step),
        which are named as the blocks; an argument with a default is left alone. It is called with M values of each
        block at once, (M, *shape), and returns (M, *shape of the tied block) or a shape that broadcasts to it.

    Raises
    ------
    PriorError : anything but a function of named arguments; later, one that is not analytic or returns another shape.

    References
    ----------
    Squire & Trapp, Using complex variables to estimate derivatives of real functions, SIAM Review 40, 110 (1998).

    Examples
    --------
    >>> import bayesnn as bnn, numpy as np
    >>> prior = {"a": (0, 0.5), "c": 0.25, "b": bnn.Tied(lambda a, c: 1 - a - c)}
    >>> post = bnn.FunctionPosterior(lambda a, b, c: 7 * np.log(a) + 3 * np.log(b), prior)
    >>> post.names, float(post.unpack([0.0])["b"])
    (('a',), 0.5)
    """

    function: Callable[..., Any]
    sources: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        try:
            arguments = [p for p in signature(self.function).parameters.values() if p.default is Parameter.empty]
        except (TypeError, ValueError):
            arguments = []
        if not arguments or any(argument.kind not in _NAMED for argument in arguments):
            raise PriorError(
                f"Tied: expected a function whose arguments are named as blocks, got {self.function!r}; "
                "Tied(lambda a, c: 1 - a - c), say, or a number to fix the block"
            )
        object.__setattr__(self, "sources", tuple(argument.name for argument in arguments))

    def values(self, sources: Sequence[Array]) -> Array:
        """function(sources), from copies, so that a function that writes into its arguments harms nobody."""
        copies = {name: source.copy() for name, source in zip(self.sources, sources, strict=True)}
        value = np.asarray(self.function(**copies))
        if value.dtype.kind not in "fciu" or value.shape[:1] != (len(sources[0]),):
            raise PriorError(
                f"function of {', '.join(self.sources)}: expected numbers of shape (M, ...) for M values of each, "
                f"got {value.dtype} of shape {value.shape} for M = {len(sources[0])}"
            )
        return value

    def pullback(self, sources: Sequence[Array], grad: Array) -> list[Array]:
        """grad · Im function(source + i h e) / h for each element e of each source."""
        slopes = [np.empty_like(source) for source in sources]
        for which, source in enumerate(sources):
            for element in np.ndindex(*source.shape[1:]):
                stepped = source.astype(np.complex128)
                stepped[(slice(None), *element)] += 1j * _STEP
                slope = np.imag(self.values([*sources[:which], stepped, *sources[which + 1 :]])) / _STEP
                slopes[which][(slice(None), *element)] = (grad * slope).reshape(len(grad), -1).sum(axis=1)
        return slopes

    def check(self, block: str, sources: Sequence[Array]) -> None:
        """Each value by itself, and by complex step against differences, where the function is finite."""
        together = self.values(sources)
        good = np.flatnonzero(np.isfinite(together.reshape(len(together), -1)).all(axis=1))
        if not len(good):
            raise PriorError(f"block {block!r}: expected a tie with finite values, got none at {len(together)} draws")
        for row in good[:3]:
            one = [source[row : row + 1] for source in sources]
            if not np.allclose(self.values(one), together[row : row + 1], rtol=1e-10, atol=0.0):
                raise PriorError(
                    f"block {block!r}: expected a tie that treats M values one by one, got one that mixes them; "
                    "leave the first axis alone"
                )
            if not self._is_analytic(one):
                raise PriorError(
                    f"block {block!r}: expected a tie that is analytic in {', '.join(self.sources)}, got one that is "
                    "not; write sqrt(x**2) for abs(x), say, and keep to NumPy functions that take complex numbers"
                )

    def _is_analytic(self, one: Sequence[Array]) -> bool:
        ends = np.cumsum([source.size for source in one])[:-1]

        def values(flat: Array) -> Array:
            parts = zip(np.split(flat, ends), one, strict=True)
            return self.values([part.reshape(source.shape) for part, source in parts]).reshape(1, -1)

        return is_analytic(values, np.concatenate([source.ravel() for source in one]))
