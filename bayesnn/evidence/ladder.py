"""Draws of the posterior at every rung of a ladder of temperatures, by replica exchange."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from bayesnn.errors import EvidenceError
from bayesnn.evidence.smc import Annealing, annealing
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.protocols import Array, FloatArray
from bayesnn.sampling.kernels import Kernel, kernel_of
from bayesnn.sampling.particles import Particles

Estimate: TypeAlias = Callable[[FloatArray, Array], float]
"""From powers (T,) and ln L (T, C, S) to ln Z."""
_STATES = 10
"""Of a chain of the annealing run that finds the rungs."""


@dataclass(frozen=True, eq=False)
class Ladder:
    """ln L (T, C, S) in C independent stacks of chains, S states each, at T powers from 0 to 1."""

    powers: FloatArray
    log_likelihood: FloatArray
    n_evaluations: int


def climb_ladder(
    posterior: PosteriorDensity,
    seed: np.random.SeedSequence,
    *,
    n_stacks: int,
    n_draws: int,
    n_warmup: int,
    top: FloatArray | None = None,
) -> Ladder:
    """Replica exchange: in each stack one chain a rung; neighbors swap places, and the lowest rung is the prior itself.

    Draws `top` (C, S, P) that exist take the place of chains at the highest rung. An annealing run with few particles
    finds the powers and where chains start. All rungs of all stacks move in one batch; stacks never see each other
    (Swendsen & Wang 1986).
    """
    if n_draws < 1 or n_warmup < 0 or n_stacks < 4:
        raise EvidenceError(
            f"ladder: expected n_draws >= 1, n_warmup >= 0 and n_stacks >= 4, got {n_draws}, {n_warmup}, {n_stacks}"
        )
    pilot_seed, chain_seed = seed.spawn(2)
    pilot, rng = kernel_of(posterior), np.random.default_rng(chain_seed)
    stages = list(annealing(Annealing(posterior, pilot_seed, n_stacks, _STATES), pilot))
    powers = np.array([0.0, *(stage.power for stage in stages)])
    inner = slice(1, None if top is None else -1)
    clouds = [stage.ancestors for stage in stages][: None if top is None else -1]
    kernel = kernel_of(posterior, n_groups=len(clouds))
    rows, beta, kept = np.arange(n_stacks * len(powers)).reshape(-1, n_stacks)[inner], powers[inner], []
    for step in range(-n_warmup, n_draws):
        kernel.adapts = step < 0
        moved = [_moved(Particles.together(clouds), np.repeat(beta, n_stacks), kernel, rng)] if clouds else []
        prior = Particles.at(posterior, posterior.sample_prior(rng, n_stacks))
        given = [] if top is None else [Particles.at(posterior, top[:, step % top.shape[1]])]
        whole = _swapped(Particles.together([prior, *moved, *given]), powers, step % 2, rng)
        clouds = [whole.take(rows.ravel())] if clouds else []
        if step >= 0:
            kept.append(whole.log_likelihood.reshape(len(powers), n_stacks))
    ends = n_stacks * (n_warmup + n_draws) * (1 if top is None else 2)
    n_evaluations = pilot.n_evaluations + kernel.n_evaluations + n_stacks * _STATES + ends
    return Ladder(powers, np.stack(kept, axis=-1), n_evaluations)


def _moved(cloud: Particles, beta: Array, kernel: Kernel, rng: np.random.Generator) -> Particles:
    """After one move, with a kernel that is tuned while it adapts."""
    if kernel.adapts:
        kernel.tune(cloud, beta)
    return kernel.move(cloud, beta, rng)


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


def leaving_one_out(ladder: Ladder, estimate: Estimate, *, n_groups: int) -> tuple[float, float]:
    """The estimate from all stacks, and its standard error from leaving out each group of them in turn (Tukey 1958).

    Stack c is of group c modulo G. The error has the factor of Student's t, as in `agreed`.
    """
    group = np.arange(ladder.log_likelihood.shape[1]) % n_groups
    without = [estimate(ladder.powers, ladder.log_likelihood[:, group != out]) for out in range(n_groups)]
    scale = (n_groups - 1) * (n_groups - 1) / (n_groups - 3)
    return estimate(ladder.powers, ladder.log_likelihood), float(np.sqrt(scale * np.var(without)))
