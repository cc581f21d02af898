"""MacKay's evidence framework: scales of priors and noise that make the data most probable."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bayesnn.distributions.normal import Normal
from bayesnn.errors import EvidenceError
from bayesnn.estimation.climb import climb
from bayesnn.estimation.laplace import information
from bayesnn.estimation.maximum import initial_points
from bayesnn.evidence.laplace import laplace
from bayesnn.likelihoods.gaussian import Gaussian
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.posterior.joint_prior import references
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import FloatArray, Seed
from bayesnn.randomness import generator

_TOLERANCE = 1e-5
_LARGEST = 1e8
"""An α from where on a group counts as switched off."""


@dataclass(frozen=True, eq=False)
class EvidenceFramework:
    """Where the evidence is stationary in the hyper-parameters, as far as Gauss–Newton curvature tells.

    alpha and gamma by block: the precision 1/scale² of its prior and its number of well-determined parameters, one of
    each, or one an input (D, 1) where relevance was determined. sigma is the noise level, None where it was known.
    `posterior` has these scales in it, for `laplace_posterior` or `log_evidence`; `theta` (P,) is its mode.
    """

    posterior: Posterior
    theta: FloatArray
    alpha: dict[str, FloatArray]
    gamma: dict[str, FloatArray]
    sigma: float | None
    log_evidence: float
    n_iterations: int
    converged: bool


def evidence_framework(
    posterior: PosteriorDensity, *, relevance: Sequence[str] = (), n_iterations: int = 200, rng: Seed = 0
) -> EvidenceFramework:
    """α_g = γ_g / |w_g|² and σ² = |y − f|² / (N − Σ γ), γ_g = k_g − α_g Tr_g H⁻¹, again and again with the mode.

    w_g are the k_g weights of group g, each block by itself, H is the Gauss–Newton curvature at the mode. Scales that
    the posterior has are where it starts; noise that it takes as known stays. ln p(y) is Laplace's at the end, for
    fixed hyper-parameters: their own width is not in it. Modes differ, and so do their scales: try several `rng`.

    Parameters
    ----------
    posterior : a model with Gaussian noise and priors Normal(0, scale), one scale a block.
    relevance : blocks (D, H) with a scale of their own for each input: automatic relevance determination. ("W1",), say.
    n_iterations : at most.
    rng : where the first climb starts.

    Raises
    ------
    EvidenceError : another likelihood or prior, a block that does not exist.

    References
    ----------
    MacKay, A practical Bayesian framework for backpropagation networks, Neural Computation 4, 448 (1992).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> data = bnn.load_dataset("hz").standardize()
    >>> line = bnn.LinearModel(bnn.polynomial(degree=3))
    >>> post = bnn.Posterior(line, bnn.Gaussian(), prior={"w": bnn.Normal(0, 1)}, data=data)
    >>> fit = bnn.evidence_framework(post)
    >>> fit.converged, fit.log_evidence > bnn.log_evidence(post).log_z
    (True, True)
    >>> fit.gamma["w"].round(1)                                             # of four weights
    array([[3.7]])
    """
    start = _checked(posterior, relevance)
    if n_iterations < 1:
        raise EvidenceError(f"evidence_framework: expected n_iterations >= 1, got {n_iterations}")
    shapes = start.model.blocks
    sizes = {name: (shape[0], 1) if name in relevance else (1, 1) for name, shape in shapes.items()}
    alpha = {name: np.full(size, _scale(start, name) ** -2) for name, size in sizes.items()}
    sigma = 1.0 if start.likelihood.noise_priors else None
    current = _with(start, alpha, sigma)
    theta = initial_points(current, generator(rng), 1)[0]
    for iteration in range(1, n_iterations + 1):
        theta = climb(current.blend(), theta).theta
        gamma, new_alpha, new_sigma = _estimates(current, theta, alpha, sigma)
        change = np.log(_flat(new_alpha, new_sigma) / _flat(alpha, sigma))
        alpha, sigma, current = new_alpha, new_sigma, _with(start, new_alpha, new_sigma)
        converged = bool(np.max(np.abs(change)) < _TOLERANCE)
        if converged or iteration == n_iterations:
            break
    log_evidence = laplace(current, curvature="gauss-newton", start=theta).log_z
    return EvidenceFramework(current, theta, alpha, gamma, sigma, log_evidence, iteration, converged)


def _scale(posterior: Posterior, name: str) -> float:
    prior = posterior.prior.priors[name]
    assert isinstance(prior, Normal)
    return float(np.mean(prior.scale))


def _estimates(
    posterior: Posterior, theta: FloatArray, alpha: dict[str, FloatArray], sigma: float | None
) -> tuple[dict[str, FloatArray], dict[str, FloatArray], float | None]:
    """γ, α and σ anew, at the mode θ of the old ones."""
    curved = information(posterior, theta, curvature="gauss-newton")
    variance, values = np.diag(np.linalg.inv(curved)), posterior.unpack(theta)
    gamma, new = {}, {}
    for name, old in alpha.items():
        shape = values[name].shape
        grouped = (len(old), -1)
        spread = variance[posterior.parameters.free[name]].reshape(shape).reshape(grouped)
        weights = values[name].reshape(grouped)
        gamma[name] = np.maximum(spread.shape[1] - old * spread.sum(axis=1, keepdims=True), 1e-12)
        new[name] = np.minimum(gamma[name] / (np.sum(weights**2, axis=1, keepdims=True) + 1e-300), _LARGEST)
    if sigma is None:
        return gamma, new, None
    residual = posterior.rows.y - posterior.outputs(theta, posterior.rows.X)
    free = max(residual.size - sum(float(g.sum()) for g in gamma.values()), 1e-6)
    return gamma, new, float(np.sqrt(np.sum(residual**2) / free))


def _with(posterior: Posterior, alpha: dict[str, FloatArray], sigma: float | None) -> Posterior:
    """The same problem with other scales."""
    scales = {name: (a if a.size > 1 else a.item()) ** -0.5 for name, a in alpha.items()}
    likelihood = posterior.likelihood if sigma is None else Gaussian(sigma=sigma)
    prior = {name: Normal(0, scale) for name, scale in scales.items()}
    return Posterior(posterior.model, likelihood, prior=prior, data=posterior.data)


def _flat(alpha: dict[str, FloatArray], sigma: float | None) -> FloatArray:
    return np.concatenate([*(a.ravel() for a in alpha.values()), [1.0 if sigma is None else sigma]])


def _checked(posterior: PosteriorDensity, relevance: Sequence[str]) -> Posterior:
    expected = "evidence_framework: expected a model with Gaussian noise and free blocks of priors Normal(0, scale)"
    if not isinstance(posterior, Posterior) or not isinstance(posterior.likelihood, Gaussian):
        raise EvidenceError(f"{expected}, got another likelihood; sample it")
    for name in posterior.model.blocks:
        prior = posterior.prior.priors.get(name)
        if not isinstance(prior, Normal) or references(prior) or np.any(prior.loc != 0):
            raise EvidenceError(f"{expected}, got another on {name!r}; Normal(0, 1), say")
    two = {name for name, shape in posterior.model.blocks.items() if len(shape) == 2}
    if isinstance(relevance, str) or not set(relevance) <= two:
        raise EvidenceError(f"relevance: expected names among {', '.join(sorted(two)) or 'none'}, got {relevance!r}")
    return posterior
