"""Which particles go on when the power of the likelihood changes, and how far it may."""

import numpy as np
from scipy.special import logsumexp

from bayesnn.protocols import Array


def longest_step(log_likelihood: Array, room: float, share: float) -> float:
    """The largest change δ <= room of the power that leaves, of M particles, an effective sample of share · M.

    The effective sample is (Σ w)² / Σ w², w = L^δ; where L = 0 the weight is lost whatever δ, and not counted.
    """
    alive = log_likelihood[np.isfinite(log_likelihood)]

    def is_too_long(step: float) -> bool:
        return bool(2 * logsumexp(step * alive) - logsumexp(2 * step * alive) < np.log(share * len(alive)))

    if not is_too_long(room):
        return room
    low, high = 0.0, room
    for _ in range(50):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if is_too_long(middle) else (middle, high)
    return high  # never zero


def systematic(log_weights: Array, n: int, rng: np.random.Generator) -> Array:
    """n rows, each particle as often as n times its share of the weight, rounded at random (Kitagawa 1996).

    Where no particle has any weight, and Z is zero for good, all are alike.
    """
    top = np.max(log_weights)
    share = np.cumsum(np.exp(log_weights - top) if np.isfinite(top) else np.ones(len(log_weights)))
    return np.searchsorted(share / share[-1], (rng.uniform() + np.arange(n)) / n, side="right").clip(max=len(share) - 1)
