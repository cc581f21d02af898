"""A network for every walker, all trained side by side: where walkers of a network begin."""

import numpy as np

from bayesnn.estimation.maximum import initial_points
from bayesnn.optimizers.adaptive import Adam
from bayesnn.optimizers.schedules import cosine
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import Array, LogDensity, TrainedInStages
from bayesnn.threads import one_library_thread

_STEPS, _RATE = 600, 0.02
"""Of Adam along a cosine: close to a mode is enough, the typical set is elsewhere."""
_SCALE_STEPS, _SCALE_RATE = 100, 0.1
_PRIOR_DRAWS = 99
"""Of which scales begin at the median."""


@one_library_thread()
def deep_ensemble(posterior: Posterior, rng: np.random.Generator, n: int) -> Array:
    """n networks θ (n, P), each near a mode uphill of an initialization of its own.

    First the weights, with noise and the scales of priors held at the medians of their priors: a draw of a heavy tail
    makes a network of its own kind, and the joint density of weights and their scales may be unbounded (τ → 0). Where
    the likelihood models noise as well as means, the means come first, with noise that is held. Then the scales, with
    the weights held. What weights and noise are together is for the sampler to find.
    """
    scales = _scales(posterior)
    theta = initial_points(posterior, rng, n, prior_first=False)
    theta[:, scales] = np.median(initial_points(posterior, rng, _PRIOR_DRAWS)[:, scales], axis=0)
    # in float32 where rows are independent: what comes before the draws need not be exact
    density = posterior if posterior.rows.root is not None else posterior.astype(np.float32)
    theta = _climb(_means_first(density), theta, scales, n_steps=_STEPS, rate=_RATE)
    return _climb(density, theta, ~scales, n_steps=_SCALE_STEPS, rate=_SCALE_RATE) if np.any(scales) else theta


def _scales(posterior: Posterior) -> Array:
    """Components of θ (P,) that are noise or scales of priors."""
    found = np.zeros(posterior.n_params, dtype=bool)
    for name in {*posterior.prior.hyper_parameters, *posterior.likelihood.noise_priors}:
        if name in posterior.parameters.free:
            found[posterior.parameters.free[name]] = True
    return found


def _means_first(posterior: Posterior) -> Posterior:
    likelihood = posterior.likelihood
    if not isinstance(likelihood, TrainedInStages):
        return posterior
    return posterior.with_likelihood(likelihood.means_first(posterior.rows.y))


def _climb(density: LogDensity, start: Array, held: Array, *, n_steps: int, rate: float) -> Array:
    """Uphill all together (n, P); one that has lost its way is put back."""
    adam = Adam(learning_rate=cosine(rate, n_steps=n_steps))
    theta, state = start.copy(), adam.init(start)
    for _ in range(n_steps):
        _, grad = density.value_and_grad(theta)
        step, state = adam.update(np.where(held | ~np.isfinite(grad), 0.0, -grad), state, theta)
        theta = theta + step
    return np.where((density(theta) >= density(start))[:, None], theta, start)
