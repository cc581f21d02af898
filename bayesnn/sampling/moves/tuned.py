"""What warm-up asks of a move."""

from dataclasses import dataclass
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


@dataclass(frozen=True, eq=False)
class Beginning:
    """Where walkers of all ensembles begin, places (n, P), and a scale (P,) of components there, if any is known.

    The first window of warm-up is drawn at that temperature T, from π^(1/T).
    """

    places: Array
    scale: FloatArray | None = None
    temperature: float = 1.0


@runtime_checkable
class PlacedMove(Protocol):
    """A move that learns something from where all walkers begin."""

    def begin_among(self, beginning: Beginning) -> None: ...
