"""A log density that cannot end a run, nor spoil it: NaN and +∞ become −∞ and are counted, arrays are no one else's."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from bayesnn.errors import ModelError
from bayesnn.posterior.collapsed import Collapsed
from bayesnn.posterior.density import Blend, PosteriorDensity
from bayesnn.protocols import Array, LogDensity
from bayesnn.sampling.precision import Mixed, is_rounded

_OURS = (PosteriorDensity, Blend, Mixed, Collapsed)
"""Densities that write to no θ and return new arrays of the right shape, which need not be copied or looked at."""


@dataclass
class Counts:
    """Log densities found so far, and those that were NaN or +∞."""

    n_evaluations: int = 0
    n_nan: int = 0


@dataclass(frozen=True)
class Guard:
    """The density as the sampler sees it, with its counters.

    A user's density gets a copy of θ, so that it may overwrite it, and what it returns is checked and copied, so that
    it may return θ itself, or the same array each time.
    """

    density: LogDensity
    counts: Counts = field(default_factory=Counts)

    @property
    def n_params(self) -> int:
        """P."""
        return self.density.n_params

    @property
    def f(self) -> "Guard":
        """Itself: where moves look for the function of a sampler, behind emcee's own wrapper."""
        return self

    @property
    def is_rounded(self) -> bool:
        """Does value_and_grad round?"""
        return is_rounded(self.density)

    def counting(self, density: LogDensity) -> "Guard":
        """Another density, under the same counters."""
        return Guard(density, self.counts)

    def __call__(self, theta: Array) -> Array:
        """log_prob (...), −∞ where it is NaN or +∞.

        Raises
        ------
        ModelError : anything but a real number a walker.
        """
        if self._is_ours:
            return self._counted(np.asarray(self.density(theta)))
        return self._counted(_own("log density", self.density(theta.copy()), theta.shape[:-1], _SUM))

    def value_and_grad(self, theta: Array) -> tuple[Array, Array]:
        """log_prob (...), −∞ where it is NaN or +∞, and a gradient (..., P).

        Raises
        ------
        ModelError : anything but a real number a walker, and one a walker and parameter.
        """
        if self._is_ours:
            value, grad = self.density.value_and_grad(theta)
            return self._counted(np.asarray(value)), grad
        value, grad = _pair(self.density.value_and_grad(theta.copy()))
        value = _own("value_and_grad, value", value, theta.shape[:-1], _SUM)
        return self._counted(value), _own("value_and_grad, gradient", grad, theta.shape, _SLOPE)

    @cached_property
    def _is_ours(self) -> bool:
        return isinstance(self.density, _OURS)

    def _counted(self, value: Array) -> Array:
        fine = value < np.inf
        self.counts.n_evaluations += value.size
        if fine.all():
            return value
        self.counts.n_nan += int(np.sum(~fine))
        return np.where(fine, value, -np.inf)


_SUM = "sum over the last axis alone, np.sum(..., axis=-1)"
_SLOPE = 'd log density / d theta of each walker; or use moves="stretch", which need none'


def _pair(found: Any) -> Any:
    if not isinstance(found, tuple | list) or len(found) != 2:
        raise ModelError(
            f"value_and_grad: expected log densities (W,) and gradients (W, P), two arrays, got {_kind(found)}; "
            'return both, or use moves="stretch", which need no gradient'
        )
    return found


def _own(what: str, found: Any, shape: tuple[int, ...], way_out: str) -> Array:
    """An array of its own, real numbers of that shape."""
    try:
        array = np.asarray(found)
    except ValueError:  # lists of unequal length
        array = np.asarray(None)
    if array.shape != shape or array.dtype.kind not in "fiub":
        raise ModelError(f"{what}: expected real numbers of shape {shape}, got {_kind(found)}; {way_out}")
    return np.array(array, dtype=np.float64)


def _kind(found: Any) -> str:
    """In a few words."""
    return f"{found.dtype} of shape {found.shape}" if isinstance(found, np.ndarray) else f"{found!r:.60}"
