"""A move that learns nothing, where one that is tuned is wanted."""

from typing import Any

from emcee.moves import Move, RedBlueMove
from emcee.state import State

from bayesnn.protocols import Array


class Untuned(Move):  # type: ignore[misc]
    """A move of emcee by other walkers, which keeps nothing from step to step."""

    interacting = True

    def __init__(self, move: RedBlueMove) -> None:
        self.move = move
        self.n_divergent = 0

    @property
    def kernel(self) -> str:
        """Its class."""
        return type(self.move).__name__

    def propose(self, model: Any, state: State) -> tuple[State, Array]:
        """One step of every walker."""
        after: tuple[State, Array] = self.move.propose(model, state)
        return after

    def tune(self, state: State, accepted: Array) -> None:
        """Nothing to do."""

    def restart_tuning(self) -> None:
        """Nothing to do."""

    def end_window(self) -> None:
        """Nothing to do."""

    def freeze(self) -> None:
        """Nothing to do."""

    def state(self) -> dict[str, Array]:
        """Nothing."""
        return {}

    def restore(self, state: dict[str, Array]) -> None:
        """Nothing to do."""
