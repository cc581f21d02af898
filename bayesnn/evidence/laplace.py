"""Laplace's approximation of the evidence: a Gaussian at the mode, times the number of its mirror images."""

from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from bayesnn.errors import EvidenceError
from bayesnn.estimation.climb import Summit, climb
from bayesnn.estimation.laplace import information
from bayesnn.estimation.maximum import initial_points
from bayesnn.evidence.result import Evidence, require_proper
from bayesnn.evidence.weights import prior_cloud
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import FloatArray, Seed
from bayesnn.randomness import generator

_PROBES = 20
"""Draws of the prior that show whether there is a likelihood to integrate."""


def laplace(
    posterior: PosteriorDensity,
    *,
    n_starts: int = 8,
    curvature: str = "full",
    start: FloatArray | None = None,
    rng: Seed = 0,
) -> Evidence:
    """ln p(y) ≈ ln Σ_modes p(y, θ̂) (2π)^(P/2) |H|^−½ · symmetries, H = −∂² ln p(y, θ) / ∂θ² at each mode θ̂.

    Modes are those of the density on the unconstrained scale, log-det included, that `n_starts` climbs find, each
    counted once. A network whose hidden units can be permuted, and flipped where they are odd or even, has H! 2^H
    copies of each mode, fewer where units are equal or off, if the priors do not tell them apart (if they do, none is
    counted, and a note says so). The error is not known: where copies overlap, as in networks with spare units, it can
    be nats.

    Parameters
    ----------
    posterior : a problem with proper priors and, for "gauss-newton", a model and a table.
    n_starts : climbs from draws of the prior. start : θ (P,) of the only one, in place of these.
    curvature : "full", or "gauss-newton": slopes of the outputs in place of second derivatives (the Fisher information
        of the data), which is never negative.
    rng : one seed gives one result.

    Raises
    ------
    EvidenceError : an improper prior, a likelihood without information, or no mode with negative definite curvature.

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
    if n_starts < 1 or curvature not in ("full", "gauss-newton"):
        raise EvidenceError(
            f'laplace: expected n_starts >= 1 and curvature "full" or "gauss-newton", got {n_starts}, {curvature!r}'
        )
    random = generator(rng)
    starts = initial_points(posterior, random, n_starts) if start is None else start[None]
    prior_cloud(posterior, random, _PROBES)
    summits = [climb(posterior.blend(), at) for at in starts]
    found = [_Mode(summit.theta, *_height(posterior, summit, curvature)) for summit in summits if summit.converged]
    definite = [mode for mode in found if np.isfinite(mode.log_mass)]
    if not definite:
        raise EvidenceError(
            f"laplace: expected a mode with negative definite curvature, got none from {len(starts)} starts "
            f"({summits[0].message}); raise n_starts"
        )
    symmetric = images_are_alike(posterior)
    modes = _distinct(definite, up_to_images=symmetric)
    images = [log_images(posterior, mode.theta) if symmetric else 0.0 for mode in modes]
    masses = np.add([mode.log_mass for mode in modes], images)
    log_z, highest = float(logsumexp(masses)), int(np.argmax(masses))
    notes = ["approximation", *_on_images(posterior, images[highest])]
    notes += [f"{len(modes)} modes pooled"] if len(modes) > 1 else []
    return Evidence(log_z, float("nan"), "laplace", sum(summit.n_evaluations for summit in summits), tuple(notes))


@dataclass(frozen=True, eq=False)
class _Mode:
    """A summit θ (P,), ln p(y, θ) there, and the ln of the integral of the Gaussian on top of it."""

    theta: FloatArray
    log_prob: float
    log_mass: float


def _height(posterior: PosteriorDensity, summit: Summit, curvature: str) -> tuple[float, float]:
    """ln p(y, θ̂), and with the Gaussian's volume: NaN where the curvature is not definite."""
    sign, log_det = np.linalg.slogdet(information(posterior, summit.theta, curvature=curvature))
    log_prob = float(posterior(summit.theta))
    log_mass = log_prob + 0.5 * posterior.n_params * np.log(2 * np.pi) - 0.5 * log_det
    return log_prob, float(log_mass) if sign > 0 else np.nan


def _distinct(modes: list[_Mode], *, up_to_images: bool) -> list[_Mode]:
    """Each once; images of a mode have its height and its curvature, whatever their place."""
    kept: list[_Mode] = []
    for mode in modes:
        heights = np.array([[other.log_prob, other.log_mass] for other in kept]).reshape(-1, 2)
        alike = np.all(np.abs(heights - [mode.log_prob, mode.log_mass]) < 1e-3, axis=1)
        same = [up_to_images or np.allclose(mode.theta, other.theta, rtol=1e-3, atol=1e-3) for other in kept]
        if not np.any(alike & np.array(same, dtype=bool)):
            kept.append(mode)
    return kept


def images_are_alike(posterior: PosteriorDensity) -> bool:
    """Has the model symmetries that the prior keeps?"""
    return isinstance(posterior, Posterior) and posterior.model.log_symmetries > 0 and _prior_is_symmetric(posterior)


def log_images(posterior: PosteriorDensity, theta: FloatArray) -> float:
    """ln of the number of different mirror images of θ (P,)."""
    assert isinstance(posterior, Posterior)
    natural = posterior.parameters.natural(theta[None])[0]
    return posterior.model.log_images(natural[: _n_model(posterior)])


def _on_images(posterior: PosteriorDensity, term: float) -> tuple[str, ...]:
    if not isinstance(posterior, Posterior) or not posterior.model.log_symmetries:
        return ()
    if not images_are_alike(posterior):
        return ("the priors tell mirror images apart: none counted",)
    return (f"symmetry term ln(mirror images) = {term:.3f}",)


def _n_model(posterior: Posterior) -> int:
    """Numbers of the model, before those of the noise and of hyper-parameters."""
    return sum(int(np.prod(shape, dtype=int)) for shape in posterior.model.blocks.values())


def _prior_is_symmetric(posterior: Posterior) -> bool:
    """Do random images of draws of the prior have the same prior density, and do fixed blocks and ties hold there?"""
    rng = np.random.default_rng(0)
    natural = posterior.parameters.natural(posterior.sample_prior(rng, 4))
    n_model = _n_model(posterior)
    fixed = [posterior.parameters.natural_slices[b.name] for b in posterior.parameters.blocks if b.fixed is not None]
    for _ in range(16):
        image = np.concatenate([posterior.model.image(natural[:, :n_model], rng), natural[:, n_model:]], axis=1)
        with np.errstate(all="ignore"):
            alike = np.allclose(posterior.prior.log_prob(natural), posterior.prior.log_prob(image), rtol=1e-8)
        tied = np.allclose(posterior.parameters.tied(image), image, rtol=1e-8)
        if not alike or not tied or any(not np.array_equal(natural[:, where], image[:, where]) for where in fixed):
            return False
    return True
