"""The exact evidence of a conjugate linear model."""

import numpy as np

from bayesnn.distributions.normal import Normal
from bayesnn.errors import EvidenceError
from bayesnn.evidence.result import Evidence, require_proper
from bayesnn.likelihoods.gaussian import Gaussian
from bayesnn.linear.conjugate import ConjugatePosterior, conjugate
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import FloatArray


def exact_posterior(posterior: PosteriorDensity) -> ConjugatePosterior:
    """Mean and covariance of θ, and ln p(y), in closed form.

    A model that is linear in θ (a `LinearModel`, an `MLP` without hidden layers), one target, Gaussian noise that is
    known, and normal priors with fixed parameters.

    Raises
    ------
    EvidenceError : any other problem.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> data = bnn.Dataset([0.0, 0.0], [1.0, 1.0], yerr=1.0)
    >>> mean = bnn.LinearModel(bnn.polynomial(degree=0))
    >>> post = bnn.Posterior(mean, bnn.Gaussian(), prior={"w": bnn.Normal(0, 1)}, data=data)
    >>> bnn.exact_posterior(post).mean.round(6)
    array([0.666667])
    """
    if not is_conjugate(posterior):
        raise EvidenceError(
            "exact: expected a linear model of one target with known Gaussian noise and normal priors, got another "
            'problem; use method="laplace"'
        )
    assert isinstance(posterior, Posterior)
    rows, n_params = posterior.rows, posterior.n_params
    basis = posterior.model.forward(np.eye(n_params), rows.X)[0]
    design = np.ascontiguousarray(basis[:, :, 0].T)
    mean, sd = _normal_parameters(posterior)
    noise = rows.root if rows.root is not None else rows.yerr
    assert noise is not None
    return conjugate(
        design,
        rows.y[:, 0],
        noise_root=noise if noise.shape == (rows.n_rows, rows.n_rows) else noise[:, 0],
        prior_mean=mean,
        prior_sd=sd,
    )


def exact(posterior: PosteriorDensity) -> Evidence:
    """ln p(y) of a conjugate linear model, without error (Bishop 2006, section 3.5.1)."""
    require_proper(posterior)
    return Evidence(exact_posterior(posterior).log_evidence, 0.0, "exact", 1)


def is_conjugate(posterior: PosteriorDensity) -> bool:
    """Has this problem an answer in closed form?"""
    if not isinstance(posterior, Posterior) or not isinstance(posterior.likelihood, Gaussian):
        return False
    normal = all(isinstance(p, Normal) and not p.references() for p in posterior.prior.priors.values())
    known = not posterior.likelihood.noise_priors and posterior.rows.y.shape[1] == 1
    return posterior.model.is_linear and normal and known and posterior.parameters.is_unconstrained


def _normal_parameters(posterior: Posterior) -> tuple[FloatArray, FloatArray]:
    mean, sd = np.empty(posterior.n_params), np.empty(posterior.n_params)
    for block in posterior.parameters.blocks:
        prior, where = posterior.prior.priors[block.name], posterior.parameters.free[block.name]
        assert isinstance(prior, Normal)
        mean[where] = np.broadcast_to(prior.loc, block.shape).ravel()
        sd[where] = np.broadcast_to(prior.scale, block.shape).ravel()
    return mean, sd
