"""What warm-up asks of a move."""

from typing import Any, Protocol, runtime_checkable

from emcee.state import State

from bayesnn.protocols import Array
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
