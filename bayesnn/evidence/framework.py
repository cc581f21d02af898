"""MacKay's evidence framework: scales of priors and noise that make the data most probable."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from bayesnn.distributions.normal import Normal
from bayesnn.errors import EvidenceError
from bayesnn.estimation.least_squares import Factors, LeastSquares
from bayesnn.estimation.levenberg_marquardt import solve
from bayesnn.estimation.maximum import initial_points
from bayesnn.evidence.laplace import images_are_alike, log_images
from bayesnn.likelihoods.gaussian import Gaussian
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.posterior.normal_priors import normal_rows
from bayesnn.posterior.posterior import Posterior
from bayesnn.posterior.prior_terms import references
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
    posterior: PosteriorDensity,
    *,
    relevance: Sequence[str] = (),
    together: Sequence[Sequence[str]] = (),
    n_iterations: int = 200,
    rng: Seed = 0,
) -> EvidenceFramework:
    """α_g = γ_g / |w_g|² and σ² = |y − f|² / (N − Σ γ), γ_g = k_g − α_g Tr_g H⁻¹, again and again with the mode.

    w_g are the k_g weights of group g, each block by itself, H is the Gauss–Newton curvature at the mode. Scales that
    the posterior has are where it starts; noise that it takes as known stays. ln p(y) is Laplace's at the end, for
    fixed hyper-parameters: their own width is not in it. Modes differ, and so do their scales: try several `rng`.

    Parameters
    ----------
    posterior : a model with Gaussian noise and priors Normal(0, scale), one scale a block.
    relevance : blocks (D, H) with a scale of their own for each input: automatic relevance determination. ("W1",), say.
    together : groups of blocks that share one scale; one for all weights is [("W1", "b1", "W2", "b2")].
    n_iterations : at most.
    rng : where the first descent starts.

    Raises
    ------
    EvidenceError : another likelihood or prior, a block that does not exist or is in two groups.

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
    groups = _groups(start, relevance, together)
    if n_iterations < 1:
        raise EvidenceError(f"evidence_framework: expected n_iterations >= 1, got {n_iterations}")
    shapes = start.model.blocks
    sizes = {name: (shape[0], 1) if name in relevance else (1, 1) for name, shape in shapes.items()}
    alpha = {name: np.full(size, _scale(start, name) ** -2) for name, size in sizes.items()}
    sigma = 1.0 if start.likelihood.noise_priors else None
    current = _with(start, alpha, sigma)
    theta = initial_points(current, generator(rng), 1)[0]
    for iteration in range(1, n_iterations + 1):
        mode = _Mode.near(current, theta)
        theta, gamma = mode.theta, mode.well_determined(alpha)
        new_alpha, new_sigma = mode.precisions(gamma, groups), None if sigma is None else mode.noise(gamma)
        change = np.log(_flat(new_alpha, new_sigma) / _flat(alpha, sigma))
        alpha, sigma, current = new_alpha, new_sigma, _with(start, new_alpha, new_sigma)
        converged = mode.converged and bool(np.max(np.abs(change)) < _TOLERANCE)
        if converged or iteration == n_iterations:
            break
    end = _Mode.near(current, theta)
    return EvidenceFramework(current, end.theta, alpha, gamma, sigma, end.log_evidence, iteration, converged)


@dataclass(frozen=True, eq=False)
class _Mode:
    """The mode of a posterior that is one of least squares, and the factors of that problem there."""

    posterior: Posterior
    theta: FloatArray
    factors: Factors
    converged: bool

    @classmethod
    def near(cls, posterior: Posterior, theta: FloatArray) -> Self:
        """Downhill of θ by Levenberg's and Marquardt's method."""
        problem = LeastSquares(posterior, *normal_rows(posterior), np.ones(posterior.n_params, dtype=bool))
        summit = solve(problem, theta)
        factors = None if summit is None else problem.factors(summit.theta)
        if summit is None or factors is None:
            raise EvidenceError(
                "evidence_framework: expected finite outputs, got others on the way to the mode; standardize the data"
            )
        return cls(posterior, summit.theta, factors, summit.converged)

    @property
    def log_evidence(self) -> float:
        """Laplace's, mirror images counted: ln p(y, θ) + ½ P ln 2π − ½ ln |H|, H = RᵀR."""
        half_log_det = float(np.sum(np.log(np.abs(np.diag(self.factors.R)))))
        volume = 0.5 * self.posterior.n_params * np.log(2 * np.pi) - half_log_det
        images = log_images(self.posterior, self.theta) if images_are_alike(self.posterior) else 0.0
        return float(self.posterior(self.theta) + volume + images)

    def well_determined(self, alpha: dict[str, FloatArray]) -> dict[str, FloatArray]:
        """γ by block, one for each α."""
        variance, gamma = np.diag(self.factors.inverse()), {}
        for name, old in alpha.items():
            spread = variance[self.posterior.parameters.free[name]].reshape(len(old), -1)
            gamma[name] = np.maximum(spread.shape[1] - old * spread.sum(axis=1, keepdims=True), 1e-12)
        return gamma

    def precisions(self, gamma: dict[str, FloatArray], groups: list[tuple[str, ...]]) -> dict[str, FloatArray]:
        """α by block, the same for all of a group."""
        weights = {
            name: self.theta[self.posterior.parameters.free[name]].reshape(len(g), -1) for name, g in gamma.items()
        }
        squares = {name: np.sum(w**2, axis=1, keepdims=True) for name, w in weights.items()}
        pooled = {group: sum(gamma[n] for n in group) / (sum(squares[n] for n in group) + 1e-300) for group in groups}
        return {name: np.minimum(pooled[group], _LARGEST) for group in groups for name in group}

    def noise(self, gamma: dict[str, FloatArray]) -> float:
        """σ."""
        residual = self.posterior.rows.y - self.posterior.outputs(self.theta, self.posterior.rows.X)
        free = max(residual.size - sum(float(g.sum()) for g in gamma.values()), 1e-6)
        return float(np.sqrt(np.sum(residual**2) / free))


def _scale(posterior: Posterior, name: str) -> float:
    prior = posterior.prior.priors[name]
    assert isinstance(prior, Normal)
    return float(np.mean(prior.scale))


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
    if posterior.likelihood.jitter is not None:
        raise EvidenceError(f"{expected}, got a jitter beside known errors; leave it out, or sample it")
    for name in posterior.model.blocks:
        prior = posterior.prior.priors.get(name)
        if not isinstance(prior, Normal) or references(prior) or np.any(prior.loc != 0):
            raise EvidenceError(f"{expected}, got another on {name!r}; Normal(0, 1), say")
    two = {name for name, shape in posterior.model.blocks.items() if len(shape) == 2}
    if isinstance(relevance, str) or not set(relevance) <= two:
        raise EvidenceError(f"relevance: expected names among {', '.join(sorted(two)) or 'none'}, got {relevance!r}")
    return posterior


def _groups(posterior: Posterior, relevance: Sequence[str], together: Sequence[Sequence[str]]) -> list[tuple[str, ...]]:
    """All blocks, each in one group."""
    grouped = [name for group in together for name in group]
    single = [name for name in posterior.model.blocks if name not in relevance]
    if any(isinstance(group, str) for group in together) or sorted({*grouped} & {*single}) != sorted(grouped):
        raise EvidenceError(
            f"together: expected groups of names among {', '.join(single)}, each in one group, got {together!r}; "
            f"[{tuple(single)}], say"
        )
    return [*map(tuple, together), *((name,) for name in posterior.model.blocks if name not in grouped)]
