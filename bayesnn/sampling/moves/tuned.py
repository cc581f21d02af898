"""What warm-up asks of a move."""

from typing import Any, Protocol, runtime_checkable

from emcee.state import State

from bayesnn.protocols import Array


@runtime_checkable
class TunedMove(Protocol):
    """A move with windows of warm-up, after which its kernel is fixed.

    `state` holds all that the next step depends on, as copies; `restore` takes it back, so that a chain which goes on
    from there is the same bit for bit. `kernel` says in a few words what warm-up found.
    """

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
    def state(self) -> dict[str, Array]: ...
    def restore(self, state: dict[str, Array]) -> None: ...
