"""One ensemble: a value that can be advanced step by step, here or elsewhere, and stored between any two."""

from copy import deepcopy
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import emcee
import numpy as np
from emcee.moves import Move, RedBlueMove
from emcee.state import State

from bayesnn.errors import FileError, StartError
from bayesnn.protocols import Array, LogDensity
from bayesnn.sampling.guard import Counts, Guard
from bayesnn.sampling.moves.kept import Kept, forgotten, going_on, keeps, kept
from bayesnn.sampling.moves.tuned import Beginning, PlacedMove, TunedMove
from bayesnn.sampling.precision import in_precision
from bayesnn.sampling.windows import warmup_windows
from bayesnn.threads import one_library_thread

RandomState = tuple[Any, ...]
"""Of NumPy's Mersenne Twister, from which emcee draws."""


@dataclass(frozen=True, eq=False)
class EnsembleTask:
    """What an ensemble is told; with its first state, all of its draws depend on nothing else.

    `one_start` says, of all ensembles of a run, whether they begin at the same walkers.
    """

    density: LogDensity
    moves: list[tuple[Move, float]]
    n_warmup: int
    precision: str = "float64"
    one_start: bool = False


@dataclass(frozen=True, eq=False)
class EnsembleState:
    """Where an ensemble stands after `step` steps: all that the next one depends on, and what was counted.

    coords (W, P), log_prob (W,), `moves` what moves keep, but for those of emcee. Counted since warm-up: accepted (W,),
    how often each walker has moved, n_nan and n_divergent.
    """

    step: int
    coords: Array
    log_prob: Array
    random: RandomState
    moves: tuple[Kept, ...]
    accepted: Array
    n_evaluations: int
    n_nan: int = 0
    n_divergent: int = 0


@dataclass(frozen=True, eq=False)
class Segment:
    """Draws θ (W, n, P) and log_prob (W, n) up to a state, and what ended them before their time."""

    state: EnsembleState
    theta: Array
    log_prob: Array
    error: BaseException | None = None


def begin(
    task: EnsembleTask,
    start: Array,
    seed: np.random.SeedSequence,
    beginning: Beginning | None = None,
) -> EnsembleState:
    """The state before the first step, walkers at `start` (W, P); moves are told of where those of all ensembles are.

    Raises
    ------
    StartError : no walker starts where the density is finite.
    """
    guard = Guard(in_precision(task.density, task.precision))
    log_prob = guard(start)
    if not np.any(np.isfinite(log_prob)):
        lost = f" (NaN or +infinity for {guard.counts.n_nan})" if guard.counts.n_nan else ""
        raise StartError(
            f"start: expected a finite log density for some walker, got -inf for all {len(start)}{lost}; "
            "check the supports of the priors, or pass start="
        )
    random: Any = np.random.RandomState(np.random.MT19937(seed)).get_state(legacy=True)
    moves = deepcopy(task.moves)
    for move in _tuned(moves):  # one that has been used before remembers a window, and where it was
        move.restart_tuning()
        if isinstance(move, PlacedMove):
            move.begin_among(Beginning(start) if beginning is None else beginning)
    memory = tuple(kept(move) for move in _keeping(moves))
    return EnsembleState(0, start, log_prob, random, memory, np.zeros(len(start)), guard.counts.n_evaluations)


def advance(job: tuple[EnsembleTask, EnsembleState, int]) -> Segment:
    """From a state to step `stop`: the same draws, bit for bit, in one call or in many.

    Whatever the density raises ends it after its last whole step, as Ctrl-C does, and comes back as `error`.
    """
    task, state, stop = job
    chain = _Chain(task, state)
    try:
        with one_library_thread():
            chain.run(stop)
    except BaseException as error:  # raised again by the driver, once the draws are safe
        return chain.segment(error)
    return chain.segment(None)


def kernel(task: EnsembleTask, state: EnsembleState) -> str:
    """The moves as warm-up has left them, in a few words."""
    moves = _restored(task.moves, state)
    return " + ".join(move.kernel if isinstance(move, TunedMove) else type(move).__name__ for move, _ in moves)


def see_each_other(task: EnsembleTask, state: EnsembleState) -> bool:
    """Do walkers move by what others are?"""
    moves = [move for move, _ in _restored(task.moves, state)]
    return any(isinstance(m, RedBlueMove) or (isinstance(m, TunedMove) and m.interacting) for m in moves)


def unsaid(task: EnsembleTask, state: EnsembleState) -> list[str]:
    """What moves have kept until then that a file cannot hold, as "Class.attribute"."""
    pairs = zip(_keeping(task.moves), state.moves, strict=True)
    return [f"{type(move).__name__}.{name}" for move, memory in pairs for name in forgotten(move, memory)]


class _Chain:
    """An emcee sampler on its way; `state` is always that after a whole step."""

    def __init__(self, task: EnsembleTask, state: EnsembleState) -> None:
        self.n_warmup, self.first, self.state = task.n_warmup, state, state
        self.guard = Guard(in_precision(task.density, task.precision), Counts(state.n_evaluations, state.n_nan))
        self.moves = _restored(task.moves, state)
        n_walkers, n_params = state.coords.shape
        self.sampler = emcee.EnsembleSampler(n_walkers, n_params, self.guard, vectorize=True, moves=self.moves)
        self.sampler.log_prob_fn = self.guard  # emcee's wrapper prints all parameters on any error, and on Ctrl-C

    def run(self, stop: int) -> None:
        """Window after window, then draws."""
        ends = list(accumulate(warmup_windows(self.n_warmup)))
        while self.state.step < stop:
            if self.state.step in (*ends, self.n_warmup):
                self._end_window()
            later = [end for end in ends if end > self.state.step]
            self._advance(min([stop, *later]), tune=bool(later))

    def segment(self, error: BaseException | None) -> Segment:
        """What was drawn."""
        n = max(self.state.step - max(self.first.step, self.n_warmup), 0)
        shape = self.state.coords.shape
        backend = self.sampler.backend
        theta = backend.chain[:n] if n else np.empty((0, *shape))
        log_prob = backend.log_prob[:n] if n else np.empty((0, shape[0]))
        return Segment(self.state, np.ascontiguousarray(theta.swapaxes(0, 1)), np.ascontiguousarray(log_prob.T), error)

    def _end_window(self) -> None:
        warm = self.state.step == self.n_warmup
        for move in _tuned(self.moves):
            move.freeze() if warm else move.end_window()
            move.n_divergent = 0 if warm else move.n_divergent
        self.guard.counts.n_nan = 0 if warm else self.guard.counts.n_nan

    def _advance(self, stop: int, *, tune: bool) -> None:
        here = State(self.state.coords, self.state.log_prob, random_state=self.state.random)
        n = stop - self.state.step
        steps = self.sampler.sample(here, iterations=n, tune=tune, store=not tune, skip_initial_state_check=True)
        with np.errstate(invalid="ignore"):  # emcee's differences of two −inf; NaN of the density is counted
            for step, state in enumerate(steps, self.state.step + 1):
                self.state = self._after(step, state)

    def _after(self, step: int, state: State) -> EnsembleState:
        return EnsembleState(
            step=step,
            coords=state.coords.copy(),
            log_prob=state.log_prob.copy(),
            random=state.random_state,
            moves=tuple(kept(move) for move in _keeping(self.moves)),
            accepted=self.first.accepted + self.sampler.backend.accepted,
            n_evaluations=self.guard.counts.n_evaluations,
            n_nan=self.guard.counts.n_nan,
            n_divergent=sum(move.n_divergent for move in _tuned(self.moves)),
        )


def _tuned(moves: list[tuple[Move, float]]) -> list[TunedMove]:
    return [move for move, _ in moves if isinstance(move, TunedMove)]


def _keeping(moves: list[tuple[Move, float]]) -> list[Move]:
    return [move for move, _ in moves if keeps(move)]


def _restored(moves: list[tuple[Move, float]], state: EnsembleState) -> list[tuple[Move, float]]:
    """Moves of its own, as far as they were in that state."""
    if (n := len(_keeping(moves))) != len(state.moves):
        raise FileError(
            f"checkpoint: expected what {n} moves keep, got {len(state.moves)}, perhaps of an earlier version; take "
            "another path, or remove the file"
        )
    memory = iter(state.moves)
    return [(going_on(move, next(memory)) if keeps(move) else move, weight) for move, weight in deepcopy(moves)]
