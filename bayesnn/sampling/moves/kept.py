"""What a move keeps from step to step, so that a chain can go on elsewhere, and from a file."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Protocol, runtime_checkable

import numpy as np
from emcee.moves import MHMove, Move

from bayesnn.protocols import Array


@runtime_checkable
class StatefulMove(Protocol):
    """A move that says what it keeps.

    `state` holds all that the next step depends on, as copies; `restore` takes it back, so that a chain which goes on
    from there is the same bit for bit.
    """

    def state(self) -> dict[str, Array]: ...
    def restore(self, state: dict[str, Array]) -> None: ...


def keeps(move: Move) -> bool:
    """Those of emcee begin every step anew, but for proposals that take one component after the other."""
    return isinstance(move, MHMove) or not type(move).__module__.startswith("emcee.")


def state_of(move: Move) -> dict[str, Any]:
    """What it says that it keeps, or else the numbers and arrays among its attributes, and its proposal's."""
    if isinstance(move, StatefulMove):
        return move.state()
    parts = {"": move, "get_proposal.": getattr(move, "get_proposal", None)}
    return {
        f"{part}{key}": deepcopy(value)
        for part, holder in parts.items()
        for key, value in getattr(holder, "__dict__", {}).items()
        if _is_numeric(value)
    }


def restore(move: Move, state: Mapping[str, Any]) -> None:
    """Let it go on from there."""
    if isinstance(move, StatefulMove):
        move.restore(dict(state))
        return
    for key, value in state.items():
        part, _, name = key.rpartition(".")
        vars(getattr(move, part) if part else move)[name] = deepcopy(value)


def _is_numeric(value: object) -> bool:
    number = isinstance(value, int | float | complex | np.number | np.bool)
    return number or (isinstance(value, np.ndarray) and value.dtype.kind in "biufc")
