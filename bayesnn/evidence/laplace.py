"""Laplace's approximation of the evidence: a Gaussian at the mode, times the number of its mirror images."""

import numpy as np

from bayesnn.errors import EvidenceError
from bayesnn.estimation.climb import Summit, climb
from bayesnn.estimation.curvature import hessian
from bayesnn.estimation.maximum import initial_points
from bayesnn.evidence.result import Evidence, require_proper
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import Seed
from bayesnn.randomness import generator


def laplace(posterior: PosteriorDensity, *, n_starts: int = 8, rng: Seed = 0) -> Evidence:
    """ln p(y) ≈ ln p(y, θ̂) + (P/2) ln 2π − ½ ln |H| + ln(symmetries), H = −∂² ln p(y, θ) / ∂θ² at the mode θ̂.

    The mode is that of the density on the unconstrained scale, log-det included, the best of `n_starts`. A network
    whose hidden units can be permuted, and flipped where they are odd or even, has H! 2^H copies of each mode, if the
    priors do not tell them apart (if they do, none is counted, and a note says so). The best mode is counted with all
    its copies, and no other. The error is not known: where copies overlap or several modes matter, as in networks with
    spare units, it can be nats.

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
    symmetries, note = _mirror_images(posterior)
    n_params = posterior.n_params
    log_z = float(posterior(mode.theta)) + 0.5 * n_params * np.log(2 * np.pi) - 0.5 * log_det + symmetries
    return Evidence(float(log_z), float("nan"), "laplace", mode.n_evaluations, ("approximation", *note))


def _mirror_images(posterior: PosteriorDensity) -> tuple[float, tuple[str, ...]]:
    """ln of the number of images of a mode, if the prior cannot tell them apart; and what to say of it."""
    if not isinstance(posterior, Posterior) or not posterior.model.log_symmetries:
        return 0.0, ()
    if not _prior_is_symmetric(posterior):
        return 0.0, ("the priors tell mirror images apart: none counted",)
    return posterior.model.log_symmetries, (f"symmetry term ln(mirror images) = {posterior.model.log_symmetries:.3f}",)


def _mode(posterior: PosteriorDensity, n_starts: int, rng: Seed) -> Summit:
    if n_starts < 1:
        raise EvidenceError(f"laplace: expected n_starts >= 1, got {n_starts}")
    starts = initial_points(posterior, generator(rng), n_starts)
    found = [climb(posterior.blend(), start) for start in starts]
    return max(found, key=lambda summit: float(posterior(summit.theta)) if summit.converged else -np.inf)


def _prior_is_symmetric(posterior: Posterior) -> bool:
    """Do random images of draws of the prior have the same prior density, and do fixed blocks and ties hold there?"""
    rng = np.random.default_rng(0)
    natural = posterior.parameters.natural(posterior.sample_prior(rng, 4))
    n_model = sum(int(np.prod(shape, dtype=int)) for shape in posterior.model.blocks.values())
    fixed = [posterior.parameters.natural_slices[b.name] for b in posterior.parameters.blocks if b.fixed is not None]
    for _ in range(16):
        image = np.concatenate([posterior.model.image(natural[:, :n_model], rng), natural[:, n_model:]], axis=1)
        with np.errstate(all="ignore"):
            alike = np.allclose(posterior.prior.log_prob(natural), posterior.prior.log_prob(image), rtol=1e-8)
        tied = np.allclose(posterior.parameters.tied(image), image, rtol=1e-8)
        if not alike or not tied or any(not np.array_equal(natural[:, where], image[:, where]) for where in fixed):
            return False
    return True
