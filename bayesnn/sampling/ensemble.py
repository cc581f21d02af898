"""One ensemble, from its start through warm-up to its last draw: an independent task."""

from collections.abc import Callable
from dataclasses import dataclass, field

import emcee
import numpy as np
from emcee.moves import Move
from emcee.state import State

from bayesnn.errors import StartError
from bayesnn.protocols import Array, LogDensity
from bayesnn.sampling.guard import Guard
from bayesnn.sampling.moves.gradient import TunedMove

Step = Callable[["Progress"], None]


@dataclass(frozen=True)
class Progress:
    """What a progress bar may tell after a step."""

    ensemble: int
    step: int
    total: int
    warming_up: bool
    acceptance: float
    log_prob: float


@dataclass(frozen=True, eq=False)
class EnsembleTask:
    """Everything that one ensemble needs; its result depends on nothing else."""

    density: LogDensity
    moves: list[tuple[Move, float]]
    start: Array
    seed: np.random.SeedSequence
    n_warmup: int
    n_draws: int
    index: int = 0
    on_step: Step | None = field(default=None, compare=False)


@dataclass(frozen=True, eq=False)
class EnsembleRun:
    """Draws θ (W, S, P), log_prob (W, S), acceptance (W,), counters, and the frozen kernels in a few words."""

    theta: Array
    log_prob: Array
    acceptance: Array
    n_evaluations: int
    n_nan: int
    n_divergent: int
    kernel: str


def run_ensemble(task: EnsembleTask) -> EnsembleRun:
    """Warm up with tuning, freeze it, and draw.

    Raises
    ------
    StartError : no walker starts where the density is finite.
    """
    guard = Guard(task.density)
    sampler = emcee.EnsembleSampler(
        len(task.start),
        guard.n_params,
        guard,
        vectorize=True,
        moves=[(move, weight) for move, weight in task.moves],
    )
    sampler.random_state = np.random.RandomState(np.random.MT19937(task.seed)).get_state()
    state = _checked_start(task.start, guard)
    tuned = [move for move, _ in task.moves if isinstance(move, TunedMove)]
    done = 0
    for length in warmup_windows(task.n_warmup):
        state = _advance(sampler, state, task, length, done, tune=True)
        done += length
        for move in tuned:
            move.end_window() if done < task.n_warmup else move.freeze()
    for move in tuned:
        move.n_divergent = 0
    guard.n_nan = 0
    _advance(sampler, state, task, task.n_draws, done, tune=False)
    return EnsembleRun(
        theta=np.ascontiguousarray(sampler.get_chain().swapaxes(0, 1)),
        log_prob=np.ascontiguousarray(sampler.get_log_prob().T),
        acceptance=sampler.acceptance_fraction,
        n_evaluations=guard.n_evaluations,
        n_nan=guard.n_nan,
        n_divergent=sum(move.n_divergent for move in tuned),
        kernel=" + ".join(_describe(move) for move, _ in task.moves),
    )


def warmup_windows(n_warmup: int) -> list[int]:
    """Lengths of the windows of warm-up: settle, learn scales on two growing windows, settle the step size."""
    if n_warmup < 20:
        return [n_warmup] if n_warmup else []
    settle, last = n_warmup // 5, n_warmup // 5
    first = (n_warmup - settle - last) // 3
    return [settle, first, n_warmup - settle - last - first, last]


def _advance(
    sampler: emcee.EnsembleSampler, state: State, task: EnsembleTask, n: int, done: int, *, tune: bool
) -> State:
    steps = sampler.sample(state, iterations=n, tune=tune, store=not tune, skip_initial_state_check=True)
    total = task.n_warmup + task.n_draws
    for i, state in enumerate(steps, 1):
        if task.on_step is not None:
            acceptance = 0.0 if tune else float(np.mean(sampler.acceptance_fraction))
            task.on_step(Progress(task.index, done + i, total, tune, acceptance, float(np.mean(state.log_prob))))
    return state


def _checked_start(start: Array, guard: Guard) -> State:
    state = State(start, copy=True)
    state.log_prob = guard(state.coords)
    if not np.any(np.isfinite(state.log_prob)):
        raise StartError(
            f"start: expected a finite log density for some walker, got {state.log_prob[0]} for all {len(start)}; "
            "check the supports of the priors, or pass start="
        )
    return state


def _describe(move: Move) -> str:
    return move.kernel if isinstance(move, TunedMove) else type(move).__name__
