"""Nested sampling by dynesty: a judge from outside, for few parameters."""

import numpy as np
from scipy.special import ndtri

from bayesnn.distributions.normal import Normal
from bayesnn.distributions.uniform import Uniform
from bayesnn.errors import EvidenceError
from bayesnn.evidence.result import Evidence, require_proper
from bayesnn.evidence.weights import prior_cloud
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.posterior.prior_terms import references
from bayesnn.protocols import Array, Distribution, FloatArray, Seed
from bayesnn.randomness import generator

_WAYS = ("auto", "unif", "rwalk", "slice", "rslice")
_IMPOSSIBLE = -1e300
"""ln L where it is −inf: dynesty wants numbers."""


def nested(posterior: PosteriorDensity, *, n_live: int = 500, sample: str = "rwalk", rng: Seed = 0) -> Evidence:
    """ln Z = ln ∫₀¹ L(X) dX over the prior mass X above each likelihood, by dynesty's static sampler.

    dynesty is an extra: it is not installed with bayesnn. The error is its own.

    Parameters
    ----------
    posterior : a problem with Normal or Uniform priors that refer to no other block.
    n_live : live points.
    sample : how dynesty finds a point above a likelihood. Left to itself it draws uniformly from ellipsoids up to nine
        parameters, and does not end on the banks and mirror images of a network of seven; random walks do.
    rng : one seed gives one result.

    Raises
    ------
    EvidenceError : dynesty is not installed, an improper prior or one of another family, a likelihood without
        information, a way to sample that does not exist.

    References
    ----------
    Skilling, Nested sampling for general Bayesian computation, Bayesian Analysis 1, 833 (2006); Speagle, dynesty,
    MNRAS 493, 3132 (2020).
    """
    try:
        import dynesty  # type: ignore[import-not-found]
    except ImportError:
        raise EvidenceError(
            'nested: expected the package dynesty, got none; pip install dynesty, or use method="smc"'
        ) from None
    require_proper(posterior)
    if sample not in _WAYS:
        raise EvidenceError(f"nested: expected sample to be one of {', '.join(_WAYS)}, got {sample!r}")
    random = generator(rng)
    prior_cloud(posterior, random, n_live)

    def log_likelihood(theta: FloatArray) -> float:
        return float(np.nan_to_num(posterior.log_likelihood(theta), nan=_IMPOSSIBLE, neginf=_IMPOSSIBLE))

    sampler = dynesty.NestedSampler(
        log_likelihood, _Cube(posterior).theta, posterior.n_params, nlive=n_live, sample=sample, rstate=random
    )
    sampler.run_nested(print_progress=False)
    results, note = sampler.results, f"dynesty {dynesty.__version__}, {n_live} live points, {sample}"
    return Evidence(
        float(results.logz[-1]), float(results.logzerr[-1]), "nested", int(np.sum(results.ncall)) + n_live, (note,)
    )


class _Cube:
    """The unit cube as the prior sees it."""

    def __init__(self, posterior: PosteriorDensity) -> None:
        self.parts = []
        for name, prior in posterior.prior.priors.items():
            if not isinstance(prior, Normal | Uniform) or references(prior):
                raise EvidenceError(
                    f"nested: expected Normal or Uniform priors with numbers, got {type(prior).__name__} on {name!r}; "
                    'use method="smc"'
                )
            self.parts.append((posterior.parameters.free[name], posterior.parameters.block(name).shape, prior))

    def theta(self, u: FloatArray) -> FloatArray:
        """u (P,) in the cube → θ (P,)."""
        theta = np.empty_like(u)
        for where, shape, prior in self.parts:
            theta[where] = prior.support.to_real(_quantile(prior, u[where].reshape(shape))).ravel()
        return theta


def _quantile(prior: Distribution, u: Array) -> Array:
    if isinstance(prior, Normal):
        return np.asarray(prior.loc + prior.scale * ndtri(u))
    assert isinstance(prior, Uniform)
    return np.asarray(prior.low + (prior.high - prior.low) * u)
