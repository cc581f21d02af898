"""Maximum likelihood and MAP: one act on two densities."""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from bayesnn.distributions.supports import Interval
from bayesnn.errors import SettingError, StartError
from bayesnn.estimation.climb import Summit, climb
from bayesnn.estimation.lasso import climb_with_kinks, kinks
from bayesnn.estimation.least_squares import least_squares, nearby_least_squares
from bayesnn.estimation.levenberg_marquardt import solve
from bayesnn.estimation.optimum import Optimum
from bayesnn.nn.mlp import MLP
from bayesnn.posterior.density import Blend, PosteriorDensity
from bayesnn.posterior.named_block import Block
from bayesnn.protocols import Array, FloatArray, Seed
from bayesnn.randomness import generator


def maximum_likelihood(
    posterior: PosteriorDensity, start: ArrayLike | None = None, *, rng: Seed = 0, n_starts: int = 1
) -> Optimum:
    """argmax ln p(y | θ).

    Parameters
    ----------
    posterior : the problem; its prior is used for starts only.
    start : θ (P,) to begin from; left out, `n_starts` draws from the initialization of the model or the prior.
    rng : seed of the starts.
    n_starts : the best of so many.

    Raises
    ------
    StartError : a start of the wrong shape, or where the density is not finite.

    References
    ----------
    Fisher, On the mathematical foundations of theoretical statistics (1922).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> data = bnn.Dataset([0.0, 1.0, 2.0], [1.0, 3.0, 5.0], yerr=0.1)
    >>> line = bnn.LinearModel(bnn.polynomial(degree=1))
    >>> post = bnn.Posterior(line, bnn.Gaussian(), prior={"w": bnn.Flat()}, data=data)
    >>> opt = bnn.maximum_likelihood(post)
    >>> opt.values["w"].round(6), opt.standard_errors["w"].round(4), opt.converged
    (array([1., 2.]), array([0.0913, 0.0707]), True)
    """
    return _maximize(posterior.blend(prior=0.0, log_det=0.0), "maximum likelihood", start, rng, n_starts)


def maximum_a_posteriori(
    posterior: PosteriorDensity, start: ArrayLike | None = None, *, rng: Seed = 0, n_starts: int = 1
) -> Optimum:
    """argmax ln p(y | θ) + ln p(θ), the density of the parameters as they are written: no log-det.

    With a Gaussian prior this is weight decay; see `weight_decay_to_scale`. Parameters and errors as in
    `maximum_likelihood`.

    References
    ----------
    MacKay, Information Theory, Inference, and Learning Algorithms (2003), chapter 22.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> data = bnn.Dataset([0.0, 0.0], [1.0, 1.0], yerr=1.0)
    >>> mean = bnn.LinearModel(bnn.polynomial(degree=0))
    >>> post = bnn.Posterior(mean, bnn.Gaussian(), prior={"w": bnn.Normal(0, 1)}, data=data)
    >>> bnn.maximum_a_posteriori(post).values["w"].round(6)              # 2 data and a prior: 2 / 3
    array([0.666667])
    """
    return _maximize(posterior.blend(log_det=0.0), "maximum a posteriori", start, rng, n_starts)


def initial_points(posterior: PosteriorDensity, rng: np.random.Generator, n: int, *, prior_first: bool = True) -> Array:
    """n points θ (n, P) to begin from: draws of the prior, and the model's initialization where that is improper.

    Or, with the prior second, the model's initialization where it has one and the prior elsewhere.
    """
    theta = posterior.sample_prior(rng, n)
    model = getattr(posterior, "model", None)
    if model is None:
        return theta
    flat, first = model.initialize(rng, n), 0
    for name, shape in model.blocks.items():
        size = int(np.prod(shape, dtype=int))
        block = next(block for block in posterior.parameters.blocks if block.name == name)
        is_free = block.fixed is None and block.free_shape == shape
        if is_free and not (prior_first and posterior.prior.priors[name].is_proper):
            theta[:, posterior.parameters.free[name]] = flat[:, first : first + size]
        first += size
    return theta


def best_uphill(density: Blend, start: ArrayLike | None, rng: Seed, n_starts: int) -> Summit:
    """The highest summit of a density uphill of some starts.

    Raises
    ------
    SettingError : n_starts below one.
    StartError : a start of the wrong shape, or where the density is not finite.
    """
    if n_starts < 1:
        raise SettingError(f"n_starts: expected at least 1, got {n_starts}")
    posterior = density.posterior
    if start is None:
        starts = initial_points(posterior, generator(rng), n_starts)
    else:
        starts = np.atleast_2d(posterior.parameters.checked(start)).astype(float)
    if starts.ndim != 2:
        raise StartError(f"start: expected (P,) or (n, P), got {starts.ndim} axes")
    found = [summit for theta in starts if (summit := uphill(density, theta)) is not None]
    if not found:
        raise StartError(
            f"start: expected a finite log density, got none at {len(starts)} of {len(starts)} starts; pass start= "
            "where the function is defined, and look for a prior that excludes the data"
        )
    return found[0] if len(found) == 1 else max(found, key=lambda summit: float(density(summit.theta)))


def uphill(density: Blend, start: FloatArray) -> Summit | None:
    """The summit uphill of a start (P,), by the way that suits the density; None where it is not finite.

    By least squares where it is one; over kinks where the prior has them; for a curve under other scatter or priors,
    from the least squares that are near. Variables are scaled, but for networks, whose weights have a scale by design.
    """
    summit = _climbed(density, start)
    if summit is not None and not density.posterior.confirm_gradient(summit.theta):
        summit = _climbed(density, summit.theta)
    return _with_edges(density, summit)


def _climbed(density: Blend, start: FloatArray) -> Summit | None:
    problem = least_squares(density)
    if problem is not None:
        return solve(problem, start)
    value = float(density(start))
    if not np.isfinite(value):
        return None
    near = nearby_least_squares(density)
    rough = None if near is None else solve(near, start)
    if rough is not None and float(density(rough.theta)) > value:
        start = rough.theta
    kink = kinks(density)
    if kink is not None:
        return climb_with_kinks(density, kink, start)
    return climb(density, start, scaled=not isinstance(getattr(density.posterior, "model", None), MLP))


def _with_edges(density: Blend, summit: Summit | None) -> Summit | None:
    """The same, saying which parameters lie at an end of their range if it has not converged."""
    if summit is None or summit.converged:
        return summit
    blocks = density.posterior.parameters.blocks
    values = density.posterior.unpack(summit.theta)
    at_edge = [b.name for b in blocks if b.is_free and isinstance(b.support, Interval) and _touches(b, values[b.name])]
    if not at_edge:
        return summit
    message = f"{', '.join(at_edge)} at the end of the range that the prior allows; does it exclude what the data want?"
    return replace(summit, message=f"{message} ({summit.message})")


def _touches(block: Block, value: Array) -> bool:
    assert isinstance(block.support, Interval)
    low, high = block.support.low, block.support.high
    return bool(np.any(np.minimum(value - low, high - value) < 1e-6 * (high - low)))


def _maximize(density: Blend, method: str, start: ArrayLike | None, rng: Seed, n_starts: int) -> Optimum:
    summit = best_uphill(density, start, rng, n_starts)
    return Optimum(density, summit.theta, method, summit.converged, summit.message, summit.n_evaluations)
