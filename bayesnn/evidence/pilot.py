"""A pilot run: it finds temperatures, and how particles move at each, for runs that are then free of them."""

import numpy as np

from bayesnn.evidence.weights import prior_cloud
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.sampling.annealing import Path, annealed_path


def pilot(
    posterior: PosteriorDensity, seed: np.random.SeedSequence, *, n_chains: int, n_states: int, share: float
) -> Path:
    """Annealing whose own ln Z is not used.

    An evidence from the particles that have chosen its temperatures and moves comes out too high: their noise is in
    both.
    """
    rng = np.random.default_rng(seed)
    cloud = prior_cloud(posterior, rng, n_chains * n_states)
    return annealed_path(posterior, cloud, rng, n_chains=n_chains, share=share)
