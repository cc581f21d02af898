"""What warm-up asks of a move."""

from typing import Any, Protocol, runtime_checkable

from emcee.state import State

from bayesnn.protocols import Array, FloatArray
from bayesnn.sampling.moves.kept import StatefulMove


@runtime_checkable
class TunedMove(StatefulMove, Protocol):
    """A move with windows of warm-up, after which its kernel is fixed; `kernel` says in a few words what was found."""

    n_divergent: int

    @property
    def interacting(self) -> bool: ...
    @property
    def kernel(self) -> str: ...
    def propose(self, model: Any, state: State) -> tuple[State, Array]: ...
    def tune(self, state: State, accepted: Array) -> None: ...
    def restart_tuning(self) -> None: ...
    def end_window(self) -> None: ...
    def freeze(self) -> None: ...


@runtime_checkable
class PlacedMove(Protocol):
    """A move that learns something from where all walkers begin.

    `begin_among` is told of places (n, P), and of a scale (P,) of components there, if any is known.
    """

    def begin_among(self, places: Array, scale: FloatArray | None) -> None: ...
