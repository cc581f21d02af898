"""What a move keeps from step to step, so that a chain can go on elsewhere, and from a file."""

import pickle
from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Protocol, TypeAlias, runtime_checkable

import numpy as np
from emcee.moves import MHMove, Move

from bayesnn.protocols import Array, LogDensity

Kept: TypeAlias = Move | Mapping[str, Any]
"""A copy of a user's move, or numbers and arrays by name: of ours, and of whatever came from a file."""


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
    return isinstance(move, MHMove) or not _is_of("emcee", move)


def kept(move: Move) -> Kept:
    """All that it keeps; densities, which nobody changes, are shared."""
    if isinstance(move, StatefulMove) and _is_of("bayesnn", move):
        return move.state()
    return deepcopy(move, {id(value): value for value in vars(move).values() if isinstance(value, LogDensity)})


def going_on(move: Move, kept: Kept) -> Move:
    """A move that goes on from there; `move`, as it was at first, may be written to."""
    if isinstance(kept, Move):
        return deepcopy(kept)
    if isinstance(move, StatefulMove) and _is_of("bayesnn", move):
        move.restore(dict(kept))
        return move
    for part, values in _parts(move).items():
        found = {key.removeprefix(f"{part}."): value for key, value in kept.items() if key.startswith(f"{part}.")}
        if part == "state" and isinstance(move, StatefulMove):
            move.restore(found)
        else:
            values.update(deepcopy(found))
    return move


def numbers_of(kept: Kept) -> dict[str, Any]:
    """What of it a file can hold: what it says itself, and numbers and arrays among its attributes."""
    if not isinstance(kept, Move):
        return dict(kept)
    return {
        f"{part}.{key}": value
        for part, values in _parts(kept).items()
        for key, value in values.items()
        if part == "state" or _is_numeric(value)
    }


def forgotten(move: Move, kept: Kept) -> list[str]:
    """Attributes that have changed since the beginning, and that a file cannot hold."""
    if not isinstance(kept, Move) or isinstance(kept, StatefulMove):
        return []
    return [
        name
        for name, value in vars(kept).items()
        if not _is_numeric(value) and name != "get_proposal" and _differ(value, vars(move).get(name))
    ]


def _parts(move: Move) -> dict[str, dict[str, Any]]:
    """Attributes of a move and of its proposal, and what it says itself, last."""
    proposal = getattr(getattr(move, "get_proposal", None), "__dict__", {})
    said = {"state": dict(move.state())} if isinstance(move, StatefulMove) else {}
    return {"own": vars(move), "get_proposal": proposal, **said}


def _is_of(package: str, move: Move) -> bool:
    return type(move).__module__.startswith(f"{package}.")


def _is_numeric(value: object) -> bool:
    """Those that HDF5 knows."""
    known = isinstance(value, int | float | complex | np.number | np.bool | np.ndarray)
    return known and not isinstance(value, np.ma.MaskedArray) and np.asarray(value).dtype.kind in "biufc"


def _differ(one: object, other: object) -> bool:
    try:
        return pickle.dumps(one) != pickle.dumps(other)
    except (pickle.PicklingError, AttributeError, TypeError):  # lambdas, say, which do not change
        return False
