"""What a user may write for the shape of a network, checked."""

from collections.abc import Sequence
from operator import index

from bayesnn.errors import ModelError
from bayesnn.nn.units.named import as_unit
from bayesnn.nn.units.unit import Unit


def as_widths(widths: Sequence[int]) -> tuple[int, ...]:
    """At least two, whole and positive."""
    try:
        checked = tuple(index(width) for width in widths)
    except TypeError:
        checked = ()
    if len(checked) < 2 or min(checked) < 1:
        raise ModelError(f"MLP: expected at least two widths, all whole and positive, got {widths!r}; (1, 16, 1), say")
    return checked


def as_units(activation: str | Unit | Sequence[str | Unit], n_hidden: int) -> tuple[Unit, ...]:
    """One for each hidden layer."""
    if not isinstance(activation, list | tuple):
        return (as_unit(activation),) * n_hidden
    if len(activation) != n_hidden:
        raise ModelError(
            f"MLP: expected one activation for each of {n_hidden} hidden layers, got {len(activation)}; "
            "one name alone goes for all"
        )
    return tuple(as_unit(unit) for unit in activation)


def as_ranks(rank: int | Sequence[int | None] | None, n_hidden: int) -> tuple[int | None, ...]:
    """One for each layer of weights; a single one is for all hidden layers, or for the outputs if there are none."""
    if not isinstance(rank, Sequence):
        return (*(rank,) * n_hidden, None) if n_hidden else (rank,)
    if len(rank) != n_hidden + 1:
        raise ModelError(
            f"MLP: expected one rank for each of {n_hidden + 1} layers of weights, got {len(rank)}; None for full ones"
        )
    return tuple(rank)
