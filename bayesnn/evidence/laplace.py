"""Laplace's approximation of the evidence: a Gaussian at the mode, times the number of its mirror images."""

import numpy as np

from bayesnn.errors import EvidenceError
from bayesnn.estimation.curvature import hessian
from bayesnn.estimation.maximum import climb, initial_points
from bayesnn.estimation.optimum import Optimum
from bayesnn.evidence.result import Evidence, require_proper
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import Seed
from bayesnn.randomness import generator


def laplace(posterior: PosteriorDensity, *, n_starts: int = 8, rng: Seed = 0) -> Evidence:
    """ln p(y) ≈ ln p(y, θ̂) + (P/2) ln 2π − ½ ln |H| + ln(symmetries), H = −∂² ln p(y, θ) / ∂θ² at the mode θ̂.

    The mode is that of the density on the unconstrained scale, log-det included, the best of `n_starts`. A network
    whose hidden units can be permuted, and flipped where they are odd, has H! 2^H copies of each mode (for equal
    priors within a block); the approximation counts the best mode with all its copies, and no other. Its error is not
    known: where copies overlap or several modes matter, as in networks with spare units, it can be nats.

    Raises
    ------
    EvidenceError : an improper prior, or no mode with negative definite curvature.

    References
    ----------
    MacKay, A practical Bayesian framework for backpropagation networks (1992), section 2.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> data = bnn.load_dataset("hz").standardize()
    >>> line = bnn.LinearModel(bnn.polynomial(degree=1))
    >>> post = bnn.Posterior(line, bnn.Gaussian(), prior={"w": bnn.Normal(0, 1)}, data=data)
    >>> gap = bnn.log_evidence(post, method="laplace").log_z - bnn.log_evidence(post, method="exact").log_z
    >>> bool(abs(gap) < 1e-6)                                      # a Gaussian posterior: Laplace is exact
    True
    """
    require_proper(posterior)
    mode = _mode(posterior, n_starts, rng)
    sign, log_det = np.linalg.slogdet(-hessian(posterior.blend(), mode.theta))
    if not mode.converged or sign <= 0:
        raise EvidenceError(
            f"laplace: expected a mode with negative definite curvature, got none from {n_starts} starts "
            f"({mode.message}); raise n_starts"
        )
    symmetries = posterior.model.log_symmetries if isinstance(posterior, Posterior) else 0.0
    n_params = posterior.n_params
    log_z = float(posterior(mode.theta)) + 0.5 * n_params * np.log(2 * np.pi) - 0.5 * log_det + symmetries
    notes = ["approximation"]
    if symmetries:
        notes.append(f"symmetry term ln(H! 2^H) = {symmetries:.3f}")
    return Evidence(float(log_z), float("nan"), "laplace", mode.n_evaluations, tuple(notes))


def _mode(posterior: PosteriorDensity, n_starts: int, rng: Seed) -> Optimum:
    starts = initial_points(posterior, generator(rng), n_starts)
    found = [climb(posterior.blend(), "mode", start) for start in starts]
    return max(found, key=lambda optimum: float(posterior(optimum.theta)) if optimum.converged else -np.inf)
