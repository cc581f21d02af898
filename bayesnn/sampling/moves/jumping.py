"""A move between whose steps walkers jump from mode to mode."""

from typing import Any

import numpy as np
from emcee.moves import RedBlueMove
from emcee.state import State

from bayesnn.errors import SettingError
from bayesnn.protocols import Array, LogDensity
from bayesnn.sampling.moves.around import AroundMove
from bayesnn.sampling.moves.mams import MAMS
from bayesnn.sampling.moves.tuned import Beginning, TunedMove
from bayesnn.sampling.moves.untuned import Untuned

_BETWEEN = 8
"""Jumps of each walker between two windows of warm-up. Within a window there are none: scales are those of a mode."""
_DEEP = 2.0
"""Of a valley, in units of ln π, for which it is worth to jump."""
_EACH, _MOST = 2, 512
"""Pairs of places that are looked at: for each place, and in all."""


class Jumping(AroundMove):
    """Another move, and before each of its steps a jump of every walker, perhaps into another mode.

    Trajectories seldom cross a valley between two modes, so that modes would count by how many walkers began in each.
    But x may go to x' = x ± d, where d leads from one place to another beyond a valley. Places are where walkers are
    when a window of warm-up ends, and those of all ensembles began, if `sample` runs it; which d there are is found
    then, and stays when warm-up has ended. As d and −d are equally likely, x' is accepted with probability
    min(1, π(x') / π(x)), and modes get their weights, though none of an ensemble's walkers be in one of them at times:
    differences of where walkers are now would not lead back there. The less alike the modes, the fewer jumps succeed,
    and a mode where no walker has been is seen by none.

    Where all walkers are on one hill there is nothing to jump to, and this is the other move alone.

    Parameters
    ----------
    move : of walkers within a mode, ours or by other walkers as in emcee; `MAMS` if left out.

    Raises
    ------
    SettingError : a move that is neither.

    References
    ----------
    ter Braak & Vrugt, Differential evolution Markov chain with snooker updater and fewer chains (2008), for differences
    of places in the past.

    Examples
    --------
    >>> import bayesnn as bnn, numpy as np
    >>> def two(x):                                               # a quarter of it at −8, and the rest at 8
    ...     return np.log(np.exp(-0.5 * (x + 8) ** 2) + 3 * np.exp(-0.5 * (x - 8) ** 2))
    >>> post = bnn.FunctionPosterior(two, {"x": bnn.Uniform(-20, 20)}, vectorized=True)
    >>> draws = bnn.sample(post, moves=bnn.Jumping(bnn.HMC()), n_draws=300, n_warmup=100, progress=False)
    >>> bool(abs(np.mean(draws.values["x"] < 0) - 0.25) < 0.03), bnn.diagnose(draws).ok
    (True, True)
    """

    name = "jumping"

    def __init__(self, move: TunedMove | RedBlueMove | None = None) -> None:
        if isinstance(move, RedBlueMove):
            move = Untuned(move)
        if move is not None and not isinstance(move, TunedMove):
            raise SettingError(
                f"Jumping: expected a move that is tuned or by other walkers, got {move!r}; bnn.HMC(), say"
            )
        super().__init__(MAMS() if move is None else move)
        self.n_jumps = 1
        self._places: Array | None = None
        self._differences: Array | None = None

    def begin_among(self, beginning: Beginning) -> None:
        """Look for valleys between these places, too."""
        super().begin_among(beginning)
        self._places = beginning.places

    def propose(self, model: Any, state: State) -> tuple[State, Array]:
        """Jumps, and one step of the other move, whose acceptance it is."""
        density = model.log_prob_fn.f
        if self._differences is None and isinstance(density, LogDensity):  # if not, the other move says so
            known = [state.coords] if self._places is None else [self._places, state.coords]
            self._differences = np.concatenate([_across_valleys(density, places) for places in known])
        if self._differences is not None and len(self._differences):
            for _ in range(self.n_jumps):
                state = self._jumped(density, state, self._differences, model.random)
        return self.move.propose(model, state)

    def _jumped(self, density: LogDensity, state: State, ways: Array, rng: np.random.RandomState) -> State:
        """Each walker by one of the ways, there or back."""
        n = len(state.coords)
        ways = ways[rng.randint(len(ways), size=n)]
        proposed = state.coords + rng.choice([-1.0, 1.0], size=(n, 1)) * ways
        there = np.asarray(density(proposed))
        with np.errstate(invalid="ignore"):
            moved = np.log(rng.uniform(size=n)) < there - state.log_prob
        return self.update(state, State(proposed, log_prob=there), moved)

    def restart_tuning(self) -> None:
        """Begin as if it had never been used."""
        super().restart_tuning()
        self.n_jumps, self._places, self._differences = 1, None, None

    def tune(self, state: State, accepted: Array) -> None:
        """Called by emcee after each step of warm-up: no jumps until the window ends."""
        super().tune(state, accepted)
        self.n_jumps = 0

    def end_window(self) -> None:
        """Take over what the window that ends has learned, and jump."""
        super().end_window()
        self.n_jumps, self._differences = _BETWEEN, None

    def freeze(self) -> None:
        """End warm-up: from here on each step has its jump."""
        super().freeze()
        self.n_jumps, self._differences = 1, None

    @property
    def kernel(self) -> str:
        """What warm-up found, in a few words."""
        jumps = self._differences is not None and len(self._differences)
        return super().kernel if jumps else self.move.kernel

    def state(self) -> dict[str, Array]:
        """All that the next step depends on."""
        known = {"places": self._places, "differences": self._differences}
        found = {f"jumping.{name}": np.array(values) for name, values in known.items() if values is not None}
        return super().state() | found | {"jumping.n_jumps": np.array(self.n_jumps)}

    def restore(self, state: dict[str, Array]) -> None:
        """Go on from there, on the same density."""
        super().restore(state)
        self.n_jumps = int(state["jumping.n_jumps"])
        self._places, self._differences = state.get("jumping.places"), state.get("jumping.differences")


def _across_valleys(density: LogDensity, places: Array) -> Array:
    """x_b − x_a (n, P) of places half-way between which the density is lower than at both."""
    order, n = np.random.default_rng(0).permutation(len(places)), min(_EACH * len(places), _MOST)
    first = np.tile(order, _EACH)[:n]
    second = np.concatenate([np.roll(order, k + 1) for k in range(_EACH)])[:n]
    log_prob = np.asarray(density(places))
    middle = np.asarray(density(0.5 * (places[first] + places[second])))
    is_valley = middle < np.minimum(log_prob[first], log_prob[second]) - _DEEP
    return np.asarray(places[second[is_valley]] - places[first[is_valley]])
