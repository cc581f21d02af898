"""Draws of the posterior at every rung of a ladder of temperatures, by replica exchange."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from bayesnn.errors import EvidenceError
from bayesnn.evidence.pilot import pilot
from bayesnn.evidence.weights import jackknifed
from bayesnn.executors import results
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.protocols import Array, Executor, FloatArray
from bayesnn.sampling.kernels import Rungs, kernel_of
from bayesnn.sampling.particles import Particles
from bayesnn.threads import one_library_thread

Estimate: TypeAlias = Callable[[FloatArray, Array], float]
"""From powers (T,) and ln L (T, C, S) to ln Z."""
_SHARE = 0.5
"""Effective sample of a change of temperature: neighbors swap half of the time."""
_STATES = 20
"""Of a chain of the pilot run that finds the rungs and where chains start."""
_TASKS = 4
"""Among which the stacks are dealt out."""


@dataclass(frozen=True, eq=False)
class Ladder:
    """ln L (T, C, S) in C independent stacks of chains, S states each, at T powers from 0 to 1."""

    powers: FloatArray
    log_likelihood: FloatArray
    n_evaluations: int


@dataclass(frozen=True, eq=False)
class Climb:
    """Some stacks, and where their chains start at each rung above the prior."""

    posterior: PosteriorDensity
    rungs: Rungs
    starts: tuple[Particles, ...]
    seed: np.random.SeedSequence
    n_draws: int
    n_warmup: int


def climb_ladder(
    posterior: PosteriorDensity,
    seed: np.random.SeedSequence,
    *,
    n_stacks: int,
    n_draws: int,
    n_warmup: int,
    executor: Executor | None = None,
) -> Ladder:
    """Replica exchange: in each stack one chain a rung; neighbors swap places, and the lowest rung is the prior itself.

    A pilot run finds the powers, the tuning of moves and where chains start. Stacks never see each other (Swendsen &
    Wang 1986).
    """
    if n_draws < 1 or n_warmup < 0 or n_stacks < 4:
        raise EvidenceError(
            f"ladder: expected n_draws >= 1, n_warmup >= 0 and n_stacks >= 4, got {n_draws}, {n_warmup}, {n_stacks}"
        )
    first, *seeds = seed.spawn(1 + _TASKS)
    ahead = pilot(posterior, first, n_chains=n_stacks, n_states=_STATES, share=_SHARE)
    dealt = np.array_split(np.arange(n_stacks), _TASKS)
    tasks = [
        Climb(posterior, ahead.rungs, tuple(end.take(stacks) for end in ahead.ends), child, n_draws, n_warmup)
        for stacks, child in zip(dealt, seeds, strict=True)
    ]
    climbed = list(results(executor, climb, tasks))
    return Ladder(
        np.array([0.0, *ahead.rungs.power]),
        np.concatenate([ladder.log_likelihood for ladder in climbed], axis=1),
        ahead.n_evaluations + sum(ladder.n_evaluations for ladder in climbed),
    )


@one_library_thread()
def climb(task: Climb) -> Ladder:
    """All rungs of some stacks, moved in one batch."""
    kernel, rng = kernel_of(task.posterior), np.random.default_rng(task.seed)
    n_stacks, powers = len(task.starts[0]), np.array([0.0, *task.rungs.power])
    cloud = Particles.together([task.starts[0], *task.starts])  # those of the prior are drawn anew each time
    kept, n_evaluations = [], 0
    for step in range(-task.n_warmup, task.n_draws):
        below = kernel.parts.at(task.posterior.sample_prior(rng, n_stacks))
        moved = kernel.move(cloud.take(slice(n_stacks, None)), task.rungs, rng)
        n_evaluations += n_stacks + moved.n_evaluations
        cloud = _swapped(Particles.together([below, moved.cloud]), powers, step % 2, rng)
        if step >= 0:
            kept.append(cloud.log_likelihood.reshape(len(powers), n_stacks))
    return Ladder(powers, np.stack(kept, axis=-1), n_evaluations)


def _swapped(cloud: Particles, powers: FloatArray, first: int, rng: np.random.Generator) -> Particles:
    """Rungs `first` and the next, and every second pair above, change places with probability
    min(1, exp((β − β') (ln L' − ln L)))."""
    rows = np.arange(len(cloud)).reshape(len(powers), -1)
    log_l = cloud.log_likelihood.reshape(rows.shape)
    for low in range(first, len(powers) - 1, 2):
        with np.errstate(invalid="ignore"):
            gain = (powers[low] - powers[low + 1]) * (log_l[low + 1] - log_l[low])
        swap = np.log(rng.uniform(size=len(gain))) < gain
        rows[low : low + 2] = np.where(swap, rows[low : low + 2][::-1], rows[low : low + 2])
    return cloud.take(rows.ravel())


def leaving_one_out(ladder: Ladder, estimate: Estimate) -> tuple[float, float]:
    """The estimate from all stacks, and its standard error from leaving out each in turn."""
    stacks = np.arange(ladder.log_likelihood.shape[1])
    without = [estimate(ladder.powers, ladder.log_likelihood[:, stacks != out]) for out in stacks]
    return estimate(ladder.powers, ladder.log_likelihood), jackknifed(np.array(without))
