"""Particles follow the likelihood from the prior to the posterior, and find temperatures and moves as they go."""

from dataclasses import dataclass

import numpy as np

from bayesnn.posterior.density import PosteriorDensity
from bayesnn.sampling.kernels import Rungs, kernel_of
from bayesnn.sampling.particles import Particles
from bayesnn.sampling.resampling import longest_step, systematic


@dataclass(frozen=True, eq=False)
class Path:
    """Rungs above the prior, the last at β = 1, and at each where C chains have ended."""

    rungs: Rungs
    ends: tuple[Particles, ...]
    n_evaluations: int


def annealed_path(
    posterior: PosteriorDensity,
    cloud: Particles,
    rng: np.random.Generator,
    *,
    n_chains: int,
    share: float,
    most_rungs: int | None = None,
) -> Path:
    """From draws of the prior, as chains that go on from rung to rung.

    The next power leaves an effective sample of that share; there the particles set the scale of moves, and the
    acceptance of each move the length of the next. After `most_rungs` it ends where it is.
    """
    kernel, power, n_states = kernel_of(posterior), 0.0, len(cloud) // n_chains
    step_size = np.full(1, kernel.first_step)
    rungs, ends, n_evaluations = list[Rungs](), list[Particles](), len(cloud)
    while power < 1.0 and (most_rungs is None or len(rungs) < most_rungs):
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
    return Path(Rungs.together(rungs), tuple(ends), n_evaluations)
