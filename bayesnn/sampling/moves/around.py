"""Moves that do something more around another one, and are tuned as that is."""

from abc import ABC, abstractmethod
from typing import Any

from emcee.moves import Move
from emcee.state import State

from bayesnn.protocols import Array
from bayesnn.sampling.moves.tuned import Beginning, PlacedMove, TunedMove


class AroundMove(Move, ABC):  # type: ignore[misc]
    """A move with another inside, whose tuning and state are its own; a final class writes `propose` and `name`."""

    name: str

    def __init__(self, move: TunedMove) -> None:
        self.move = move

    @abstractmethod
    def propose(self, model: Any, state: State) -> tuple[State, Array]:
        """One step of every walker."""

    def tune(self, state: State, accepted: Array) -> None:
        """That of the move inside."""
        self.move.tune(state, accepted)

    @property
    def interacting(self) -> bool:
        """Do walkers see each other?"""
        return self.move.interacting

    @property
    def n_divergent(self) -> int:
        """Trajectories that lost their energy."""
        return self.move.n_divergent

    @n_divergent.setter
    def n_divergent(self, n: int) -> None:
        self.move.n_divergent = n

    @property
    def kernel(self) -> str:
        """What warm-up found, in a few words."""
        return f"{self.name} {self.move.kernel}"

    def restart_tuning(self) -> None:
        """Begin a new window of warm-up with what was learned."""
        self.move.restart_tuning()

    def begin_among(self, beginning: Beginning) -> None:
        """For the move inside, if it asks."""
        if isinstance(self.move, PlacedMove):
            self.move.begin_among(beginning)

    def end_window(self) -> None:
        """Take over what the window that ends has learned."""
        self.move.end_window()

    def freeze(self) -> None:
        """End warm-up."""
        self.move.freeze()

    def state(self) -> dict[str, Array]:
        """All that the next step depends on."""
        return self.move.state()

    def restore(self, state: dict[str, Array]) -> None:
        """Go on from there, on the same density."""
        self.move.restore(state)
