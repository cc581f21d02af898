"""Ways to the log evidence as functions with settings: ``method=partial(bnn.methods.smc, n_particles=4000)``.

`functools.partial` sets what is not the default; what stands behind a name takes no settings.
"""

from collections.abc import Callable
from functools import partial

from bayesnn.evidence.bridge import bridge
from bayesnn.evidence.laplace import laplace
from bayesnn.evidence.nested import nested
from bayesnn.evidence.result import Evidence
from bayesnn.evidence.smc import smc
from bayesnn.evidence.thermodynamic import stepping_stone, thermodynamic

__all__ = ["bridge", "laplace", "nested", "smc", "stepping_stone", "thermodynamic"]

Method = str | Callable[..., Evidence]
"""A name, or a function (posterior, rng=...) → Evidence."""


def label(function: str | Callable[..., object]) -> str:
    """How a method, or another function, is called in tables: with the settings that it was given."""
    if isinstance(function, str):
        return function
    if isinstance(function, partial):
        given = [*map(repr, function.args), *(f"{name}={value!r}" for name, value in function.keywords.items())]
        return f"{label(function.func)}({', '.join(given)})"
    return str(getattr(function, "__qualname__", repr(function)))
