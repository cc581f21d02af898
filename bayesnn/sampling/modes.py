"""What is known of the modes of a density before it is sampled."""

from typing import TypeGuard

from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import LogDensity

_FEW = 10
"""Parameters up to which draws of the prior come near modes, and walkers jump from one to another."""


def is_network(density: LogDensity) -> TypeGuard[Posterior]:
    """Has it modes that differ by the order of units?"""
    return isinstance(density, Posterior) and density.model.log_symmetries > 0.0


def can_be_weighed(density: LogDensity) -> bool:
    """Are its modes, if there are several, few enough to be found and compared?"""
    return density.n_params <= _FEW and not is_network(density)
