"""What a move keeps from step to step, so that a chain can go on elsewhere, and from a file."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Protocol, runtime_checkable

import numpy as np
from emcee.moves import Move

from bayesnn.protocols import Array


@runtime_checkable
class StatefulMove(Protocol):
    """A move that says what it keeps: `state` as copies, which `restore` takes back."""

    def state(self) -> dict[str, Array]: ...
    def restore(self, state: dict[str, Array]) -> None: ...


def keeps(move: Move) -> bool:
    """Those of emcee begin every step anew."""
    return not type(move).__module__.startswith("emcee.")


def state_of(move: Move) -> dict[str, Any]:
    """What it says that it keeps, or else the numbers and arrays among its attributes."""
    if isinstance(move, StatefulMove):
        return move.state()
    return {key: deepcopy(value) for key, value in vars(move).items() if _is_numeric(value)}


def restore(move: Move, state: Mapping[str, Any]) -> None:
    """Let it go on from there."""
    if isinstance(move, StatefulMove):
        move.restore(dict(state))
    else:
        vars(move).update(deepcopy(dict(state)))


def _is_numeric(value: object) -> bool:
    number = isinstance(value, int | float | complex | np.number | np.bool)
    return number or (isinstance(value, np.ndarray) and value.dtype.kind in "biufc")
