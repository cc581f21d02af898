"""Moves by name, and the kind ways to write them."""

from collections.abc import Callable, Sequence
from math import inf
from typing import Any, TypeAlias

import numpy as np
from emcee.moves import DEMove, DESnookerMove, GaussianMove, Move, StretchMove, WalkMove

from bayesnn.errors import SettingError
from bayesnn.posterior.hierarchy import has_scales
from bayesnn.posterior.output_layer import pays_to_integrate
from bayesnn.protocols import LogDensity
from bayesnn.sampling.modes import can_be_weighed
from bayesnn.sampling.moves.collapsed import Collapsed
from bayesnn.sampling.moves.hmc import HMC
from bayesnn.sampling.moves.jumping import Jumping
from bayesnn.sampling.moves.mams import MAMS
from bayesnn.sampling.moves.rescaled import Rescaled
from bayesnn.sampling.moves.tuned import TunedMove
from bayesnn.sampling.moves.walk_hmc import WalkHMC

Moves: TypeAlias = str | Move | Sequence[tuple[str | Move, float]]

MOVES: dict[str, Callable[[], Move]] = {
    "hmc": HMC,
    "mams": MAMS,
    "collapsed": Collapsed,
    "rescaled": Rescaled,
    "jumping": Jumping,
    "walk-hmc": WalkHMC,
    "stretch": StretchMove,
    "de": DEMove,
    "walk": WalkMove,
}


def weighted_moves(moves: Moves, density: LogDensity) -> list[tuple[Move, float]]:
    """A weighted list of fresh moves, as emcee wants it.

    "auto" is the microcanonical move where the density has a gradient (HMC for one parameter), without the output
    weights of a network where it pays to integrate these out. Where scales of priors are unknown they move together
    with what they scale, too; where parameters are few and of no network, walkers jump between modes. Without a
    gradient it is stretch and differential evolution in equal parts, and one step in ten a difference of two walkers,
    with such a jump before it where parameters are few.

    Raises
    ------
    SettingError : a name that does not exist, or a move of emcee that samples another distribution.
    """
    if isinstance(moves, str) and moves == "auto":
        moves = _auto(density)
    pairs = [(moves, 1.0)] if isinstance(moves, str | Move) else _pairs(moves)
    return [(_named(move) if isinstance(move, str) else _sound(move), float(weight)) for move, weight in pairs]


def _auto(density: LogDensity) -> Moves:
    if not has_gradient(density):
        far: Move = DEMove(gamma0=1.0)
        return [("stretch", 0.45), ("de", 0.45), (Jumping(far) if can_be_weighed(density) else far, 0.1)]
    move: Move = Collapsed() if pays_to_integrate(density) else MAMS() if density.n_params > 1 else HMC()
    if has_scales(density) and isinstance(move, TunedMove):
        move = Rescaled(move)
    return Jumping(move) if can_be_weighed(density) and isinstance(move, TunedMove) else move


def _pairs(moves: Sequence[tuple[str | Move, float]]) -> list[tuple[str | Move, float]]:
    try:
        pairs = [(move, float(weight)) for move, weight in moves]
    except (TypeError, ValueError):
        pairs = []
    if not pairs or any(isinstance(pair, str) for pair in moves) or not all(0 < weight < inf for _, weight in pairs):
        raise SettingError(
            'moves: expected a name, a Move, or a list with weights > 0 such as [("hmc", 0.8), ("stretch", 0.2)], got '
            f"{moves!r:.100}{_way_out(moves)}"
        )
    return pairs


def _way_out(moves: object) -> str:
    """For those who have left out weights, or the call of a class."""
    if isinstance(moves, type):
        return f"; call it: {moves.__name__}()"
    if isinstance(moves, list | tuple) and moves and all(isinstance(move, str | Move | type) for move in moves):
        return "; give weights: a list of pairs, each a move and its weight"
    return ""


def name_of(move: Move) -> str:
    """As `MOVES` calls it, or its class."""
    return next((name for name, kind in MOVES.items() if kind is type(move)), type(move).__name__)


def has_gradient(density: Any) -> bool:
    """Does value_and_grad work?"""
    return bool(getattr(density, "has_gradient", isinstance(density, LogDensity)))


def _named(name: str) -> Move:
    if name not in MOVES:
        raise SettingError(f'moves: expected "auto", {", ".join(MOVES)} or an emcee Move, got {name!r}')
    return MOVES[name]()


def _sound(move: Move) -> Move:
    if not isinstance(move, Move):
        raise SettingError(f'moves: expected "auto", {", ".join(MOVES)} or an emcee Move, got {move!r}{_way_out(move)}')
    full = isinstance(move, GaussianMove) and np.ndim(move.get_proposal.scale) == 2
    if full or isinstance(move, DESnookerMove):
        raise SettingError(
            f"moves: expected moves that keep the posterior, got emcee's {type(move).__name__}"
            f"{' with a full covariance, which moves all walkers together' if full else ''}; "
            'use "hmc", "stretch" or "de"'
        )
    return move
