"""Trajectories that lose their energy are tried again in shorter steps, in a way that leaves the density as it is."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from bayesnn.protocols import Array
from bayesnn.sampling.leapfrog import Phase
from bayesnn.sampling.metric import Metric
from bayesnn.sampling.walls import met_walls

_LOST = -50.0
"""Of ln of the ratio that accepts an end: with less none is accepted, since uniform numbers are above 10⁻¹⁷."""
N_TRIES, _SHORTER = 3, 1 / 8
"""Of a trajectory, and the steps of a try in those of the one before."""

Flight: TypeAlias = Callable[[Phase, Metric], tuple[Phase, Array]]
"""Trajectories of a fixed number of steps, in units of a metric: their ends, and ln of the ratios that accept them."""


def with_retries(flight: Flight, begin: Phase, metric: Metric, *, n_tries: int) -> tuple[Phase, Array, Array]:
    """Ends, ln of the ratios that accept them, and which walkers lost all tries, but for those that met walls (W,).

    A walker whose trajectory is lost begins again, with the same momenta, in shorter steps. Its end z' counts if from
    there, backwards, all longer tries are lost too, since only then z' comes back to z as z came to z'. With
    L(z) = 1 where the longer tries from z are lost, else 0, and z' a shorter try's end, that is

        π(z) L(z) · L(z') min(1, π(z') / π(z)) = π(z') L(z') · L(z) min(1, π(z) / π(z'))

    References
    ----------
    Modi, Barnett & Carpenter, Delayed rejection Hamiltonian Monte Carlo for sampling multiscale distributions (2024);
    here a first try that might have been accepted is never followed by another, which leaves of its acceptance only
    whether it was lost.
    """
    end, gain = flight(begin, metric)
    lost = np.flatnonzero(_are_lost(gain))
    for n_longer in range(1, n_tries):
        if not lost.size:
            break
        units = metric.take(lost)
        there, ratio = flight(begin.take(lost), units.times(_SHORTER**n_longer))
        again = _are_lost(ratio)
        for longer in range(n_longer):
            back = np.flatnonzero(ratio > _LOST)
            if back.size:
                _, undone = flight(there.take(back).turned, units.take(back).times(_SHORTER**longer))
                ratio[back[~_are_lost(undone)]] = -np.inf
        end = end.put(lost, there)
        gain[lost] = ratio
        lost = lost[again]
    diverged = lost[~met_walls(begin.take(lost), end.take(lost), gain[lost])]
    return end, gain, np.isin(np.arange(len(gain)), diverged)


def _are_lost(gain: Array) -> Array:
    """Which trajectories have lost their energy, (W,), by ln of their ratios; those where that is NaN have."""
    return np.asarray(~(gain > _LOST))
