"""A move between whose steps walkers jump into modes that others have found."""

from typing import Any

import numpy as np
from emcee.state import State

from bayesnn.errors import SettingError
from bayesnn.protocols import Array, LogDensity
from bayesnn.sampling.moves.around import AroundMove
from bayesnn.sampling.moves.mams import MAMS
from bayesnn.sampling.moves.tuned import TunedMove

_LEAST = 4
"""Walkers that can jump: two in each half."""
_BETWEEN = 8
"""Jumps of each walker between two windows of warm-up. Within a window there are none: scales are those of a mode."""
_DEEP = 2.0
"""Of a valley, in units of ln π, for which it is worth to jump."""


class Jumping(AroundMove):
    """Another move, and before each of its steps a jump of every walker by the difference of two others.

    Trajectories seldom cross a valley between two modes, so that modes would count by how many walkers began in each.
    But x may go to x' = x + x_b − x_a, where x_a and x_b are two walkers of the other half: if these sit in two modes
    of one shape, x changes from one to the other. a and b are as likely as b and a, hence this is accepted with
    probability min(1, π(x') / π(x)), and modes get their weights. The more parameters, and the less alike the modes,
    the fewer jumps succeed: of two normal modes 12 sd apart in each direction, 0.8 and 0.2 of the mass, a walker of 64
    changed once in 19, 24, 40 and 104 steps in 1, 2, 4 and 8 dimensions. A mode where no walker of an ensemble begins
    is seen by none.

    Where all walkers begin on one hill there is nothing to jump to, and this is the other move alone.

    Parameters
    ----------
    move : of walkers within a mode; `MAMS` if left out.

    Raises
    ------
    SettingError : a move that is not tuned.

    References
    ----------
    ter Braak, A Markov chain Monte Carlo version of the genetic algorithm differential evolution (2006).

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

    def __init__(self, move: TunedMove | None = None) -> None:
        if move is not None and not isinstance(move, TunedMove):
            raise SettingError(f"Jumping: expected a move that is tuned, got {move!r}; bnn.HMC(), say")
        super().__init__(MAMS() if move is None else move)
        self.jumps: bool | None = None
        self.n_jumps = 1

    def propose(self, model: Any, state: State) -> tuple[State, Array]:
        """Jumps, and one step of the other move, whose acceptance it is."""
        density = model.log_prob_fn.f
        if self.jumps is None and isinstance(density, LogDensity):  # if not, the other move says so
            self.jumps = len(state.coords) >= _LEAST and _has_valley(density, state)
        for _ in range(self.n_jumps if self.jumps else 0):
            state = self._jumped(density, state, model.random)
        return self.move.propose(model, state)

    def _jumped(self, density: LogDensity, state: State, rng: np.random.RandomState) -> State:
        """One half after the other, by differences within the other half."""
        theta, log_prob = state.coords.copy(), state.log_prob.copy()
        halves = np.array_split(rng.permutation(len(theta)), 2)
        for walkers, others in (halves, halves[::-1]):
            proposed = theta[walkers] + _differences(theta[others], len(walkers), rng)
            there = np.asarray(density(proposed))
            with np.errstate(invalid="ignore"):
                moved = np.log(rng.uniform(size=len(walkers))) < there - log_prob[walkers]
            theta[walkers[moved]], log_prob[walkers[moved]] = proposed[moved], there[moved]
        return self.update(state, State(theta, log_prob=log_prob), np.ones(len(theta), dtype=bool))

    def restart_tuning(self) -> None:
        """Begin as if it had never been used."""
        super().restart_tuning()
        self.jumps, self.n_jumps = None, 1

    def tune(self, state: State, accepted: Array) -> None:
        """Called by emcee after each step of warm-up: no jumps until the window ends."""
        super().tune(state, accepted)
        self.n_jumps = 0

    def end_window(self) -> None:
        """Take over what the window that ends has learned, and jump."""
        super().end_window()
        self.n_jumps = _BETWEEN

    def freeze(self) -> None:
        """End warm-up: from here on each step has its jump."""
        super().freeze()
        self.n_jumps = 1

    @property
    def interacting(self) -> bool:
        """Do walkers see each other?"""
        return self.jumps is not False or super().interacting

    @property
    def kernel(self) -> str:
        """What warm-up found, in a few words."""
        return self.move.kernel if self.jumps is False else super().kernel

    def state(self) -> dict[str, Array]:
        """All that the next step depends on."""
        found = {} if self.jumps is None else {"jumping.jumps": np.array(self.jumps)}
        return super().state() | found | {"jumping.n_jumps": np.array(self.n_jumps)}

    def restore(self, state: dict[str, Array]) -> None:
        """Go on from there, on the same density."""
        super().restore(state)
        self.jumps = bool(state["jumping.jumps"]) if "jumping.jumps" in state else None
        self.n_jumps = int(state["jumping.n_jumps"])


def _has_valley(density: LogDensity, state: State) -> bool:
    """Is the density half-way between some walker and the highest one lower than at both?"""
    theta, log_prob = state.coords, state.log_prob
    middle = np.asarray(density(0.5 * (theta + theta[np.argmax(log_prob)])))
    return bool(np.any(middle < log_prob - _DEEP))


def _differences(theta: Array, n: int, rng: np.random.RandomState) -> Array:
    """Of n ordered pairs of different walkers, (n, P)."""
    first = rng.randint(len(theta), size=n)
    second = (first + rng.randint(1, len(theta), size=n)) % len(theta)
    return np.asarray(theta[first] - theta[second])
