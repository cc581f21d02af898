"""Trajectories that come to where the density is zero: by their steps, or since it ends there."""

from collections.abc import Callable

import numpy as np

from bayesnn.protocols import Array
from bayesnn.sampling.leapfrog import Phase
from bayesnn.sampling.metric import Metric

_FAST = 1000.0
"""Nats of kinetic energy more than at the beginning: it was not by a wall that such a trajectory was lost."""
_FINER, _MOST = 8, 64
"""Steps for each of a trajectory, and of its own at most, to see what it meets."""


def met_walls(begin: Phase, end: Phase, gain: Array) -> Array:
    """Which came to zero density at ordinary speed, (W,): in too long steps they get fast before, and then NaN."""
    with np.errstate(invalid="ignore", over="ignore"):
        gained = 0.5 * (np.vecdot(end.p, end.p) - np.vecdot(begin.p, begin.p))
        return np.asarray(np.isneginf(gain) & (gained < _FAST))


def stopped_by_walls(
    trajectory: Callable[[Phase, int, Metric], tuple[Phase, Array]],
    begin: Phase,
    ended: tuple[Phase, Array],
    n_steps: int,
    metric: Metric,
) -> Array:
    """Which came to zero density, and do so in steps an eighth as long, too (W,).

    Warm-up, which makes steps shorter where ends are refused, is not to hear of these: against a wall, such as a
    likelihood that is zero outside of some region, only a shorter trajectory helps. Short steps in great number would
    follow, and then trajectories of no length.
    """
    met = met_walls(begin, *ended)
    if met.any() and n_steps <= _MOST:
        from_there = begin.take(met)
        finer = trajectory(from_there, _FINER * n_steps, metric.take(met).times(1 / _FINER))
        met[met] = met_walls(from_there, *finer)
        return met
    return np.zeros_like(met)
