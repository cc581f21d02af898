"""The deviance information criterion."""

import numpy as np

from bayesnn.diagnostics.convergence import convergence
from bayesnn.errors import EvidenceError
from bayesnn.evidence.criteria.criterion import Criterion
from bayesnn.evidence.criteria.scored_draws import informed, trusted
from bayesnn.posterior.posterior import Posterior
from bayesnn.sampling.draws import Draws


def dic(draws: Draws, *, unconverged: str = "refuse") -> Criterion:
    """ln p(y | θ̄) − p_D, which is −½ DIC, with p_D = 2 (ln p(y | θ̄) − E[ln p(y | θ)]) effective parameters.

    θ̄ is the posterior mean of θ on the unconstrained scale (ln σ, not σ), on which posteriors are nearer to normal.
    Units of a network that can be permuted or flipped have no such mean.

    Parameters
    ----------
    draws, unconverged : as in `loo`.

    Raises
    ------
    EvidenceError : draws that have not converged, a network with mirror images, a constant likelihood.

    References
    ----------
    Spiegelhalter et al., Bayesian measures of model complexity and fit, JRSS B 64, 583 (2002).
    """
    posterior = informed("dic", draws)
    if isinstance(posterior, Posterior) and posterior.model.log_symmetries:
        raise EvidenceError(
            "dic: expected parameters that mean one thing, got units of a network that can be permuted or flipped: the "
            "mean of their weights is no network; use loo"
        )
    warnings = trusted("dic", draws, unconverged=unconverged)
    at_mean = float(posterior.log_likelihood(draws.flat.mean(axis=0)))
    mean = float(draws.log_likelihood.mean())
    n_effective = 2 * (at_mean - mean)
    if n_effective < 0:
        warnings += (f"p_D = {n_effective:.2f} is negative: the posterior is far from normal; use loo",)
    error = 2 * float(convergence(draws.log_likelihood[..., None]).mcse_mean[0])
    return Criterion("dic", at_mean - n_effective, np.nan, n_effective, None, error, None, warnings)
