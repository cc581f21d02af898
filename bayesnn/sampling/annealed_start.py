"""Where walkers begin if parameters are few: draws of the prior that have followed the likelihood as it sets in."""

import numpy as np

from bayesnn.posterior.density import PosteriorDensity
from bayesnn.posterior.function_posterior import FunctionPosterior
from bayesnn.protocols import Array
from bayesnn.sampling.annealing import annealed_path
from bayesnn.sampling.modes import can_be_weighed
from bayesnn.sampling.particles import Parts

_MANY, _FEWER = (64, 4), (16, 2)
"""Chains and states of each at each power; the second of a function that takes one walker at a time."""
_SHARE, _RUNGS = 0.3, 40
"""Effective sample of a change of power, and how many changes at most."""


def annealed_start(density: PosteriorDensity, rng: np.random.Generator, n: int) -> Array:
    """At most n walkers (n, P) near the posterior, in each mode about as many as it has weight.

    Draws of the prior follow L^β from β = 0 to 1, weighed anew and moved at each of a few powers. They come from where
    there is much of the prior, so that a mode is seen even where few climb to it; one that is narrow beside its
    distance from others may lose all of its draws while it has little weight, which climbers see. None (0, P) where the
    prior is improper or almost nowhere allowed, where parameters are many, or where 40 powers do not lead to β = 1.

    References: Neal, Annealed importance sampling (2001); Del Moral, Doucet & Jasra (2006).
    """
    nothing = np.empty((0, density.n_params))
    if not can_be_weighed(density) or density.prior.improper:
        return nothing
    one_by_one = isinstance(density, FunctionPosterior) and not density.vectorized
    n_chains, n_states = _FEWER if one_by_one else _MANY
    cloud = Parts(density).at(density.sample_prior(rng, n_chains * n_states))
    if np.count_nonzero(np.isfinite(cloud.log_prob(1.0))) < n_chains:
        return nothing
    path = annealed_path(density, cloud, rng, n_chains=n_chains, share=_SHARE, most_rungs=_RUNGS)
    if path.rungs.power[-1] < 1.0:
        return nothing
    return path.ends[-1].theta[rng.permutation(n_chains)[:n]]
