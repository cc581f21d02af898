"""A pilot run: it finds temperatures, and how particles move at each, for runs that are then free of them."""

from dataclasses import dataclass

import numpy as np

from bayesnn.evidence.weights import longest_step, prior_cloud, systematic
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.sampling.kernels import Rungs, kernel_of
from bayesnn.sampling.particles import Particles


@dataclass(frozen=True, eq=False)
class Pilot:
    """Rungs above the prior, the last at β = 1, and at each where C chains have ended."""

    rungs: Rungs
    ends: tuple[Particles, ...]
    n_evaluations: int


def pilot(
    posterior: PosteriorDensity, seed: np.random.SeedSequence, *, n_chains: int, n_states: int, share: float
) -> Pilot:
    """Annealing that adapts as it goes, and whose own ln Z is not used.

    The next power leaves an effective sample of that share; there the particles set the scale of moves, and the
    acceptance of each move the length of the next. An evidence from the particles that have chosen its temperatures
    and moves comes out too high: their noise is in both.
    """
    rng, kernel, power = np.random.default_rng(seed), kernel_of(posterior), 0.0
    cloud, step_size = prior_cloud(posterior, rng, n_chains * n_states), np.full(1, kernel.first_step)
    rungs, ends, n_evaluations = list[Rungs](), list[Particles](), len(cloud)
    while power < 1.0:
        step = longest_step(cloud.log_likelihood, 1.0 - power, share)
        rows, power = systematic(step * cloud.log_likelihood, len(cloud), rng), power + step
        scale, states = kernel.scale(cloud.take(rows), power)[None], [cloud.take(rows[::n_states])]
        for _ in range(n_states - 1):
            moved = kernel.move(states[-1], Rungs(np.array([power]), step_size, scale), rng)
            step_size = step_size * np.exp(moved.acceptance - kernel.target)
            states.append(moved.cloud)
            n_evaluations += moved.n_evaluations
        cloud = Particles.together(states)
        rungs.append(Rungs(np.array([power]), step_size, scale))
        ends.append(states[-1])
    return Pilot(Rungs.together(rungs), tuple(ends), n_evaluations)
