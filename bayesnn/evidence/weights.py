"""What repeats of a run agree on, and particles to begin with."""

import numpy as np
from scipy.special import logsumexp

from bayesnn.errors import EvidenceError
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.protocols import Array
from bayesnn.sampling.particles import Particles, Parts


def log_mean_exp(values: Array) -> Array:
    """ln of the mean of exp(values), (..., M) → (...)."""
    return np.asarray(logsumexp(values, axis=-1) - np.log(values.shape[-1]))


def agreed(log_z: Array) -> tuple[float, float]:
    """ln of the mean of R independent estimates of Z, and its standard error by leaving out each in turn."""
    without = [log_mean_exp(np.delete(log_z, out)) for out in range(len(log_z))]
    return float(log_mean_exp(log_z)), jackknifed(np.array(without))


def jackknifed(without: Array) -> float:
    """The standard error of an estimate from its values without each of G groups (Tukey 1958).

    It has the factor of Student's t with G − 1 degrees of freedom: wider than that of the normal distribution, since a
    few groups do not know their own scatter.
    """
    n = len(without)
    return float(np.sqrt((n - 1) * (n - 1) / (n - 3) * np.var(without)))


def prior_cloud(posterior: PosteriorDensity, rng: np.random.Generator, n: int) -> Particles:
    """n draws of the prior.

    Raises
    ------
    EvidenceError : a likelihood that is the same at all, zero where the prior is highest, or infinite.
    """
    cloud = Parts(posterior).at(posterior.sample_prior(rng, n))
    log_likelihood, log_prior = cloud.log_likelihood, posterior.log_prior(cloud.theta)
    highest = log_likelihood[log_prior >= np.max(log_prior) - 1e-9]
    if not np.any(np.isfinite(highest)) or np.any(log_likelihood == np.inf):
        raise EvidenceError(
            f"evidence: expected a finite log likelihood where the prior is highest, got {highest[0]} there; a prior "
            "that the data exclude, or a likelihood that overflows: check both, and their units"
        )
    finite = log_likelihood[np.isfinite(log_likelihood)]
    if np.ptp(finite) == 0:
        raise EvidenceError(
            f"evidence: expected a likelihood that depends on the parameters, got {finite[0]:g} at all "
            f"{len(finite)} draws of the prior where it is finite: there is nothing to integrate; check that the "
            "function uses its arguments"
        )
    return cloud
