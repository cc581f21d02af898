"""No prior at all."""

from dataclasses import dataclass
from numbers import Real as RealNumber

import numpy as np

from bayesnn.distributions.family import Family
from bayesnn.distributions.supports import between
from bayesnn.errors import PriorError
from bayesnn.protocols import Array, Support


@dataclass(frozen=True, eq=False)
class Flat(Family):
    """The improper density p(x) = 1 on low < x < high: for estimation and sampling, refused for evidence.

    On a finite interval, too, it is 1 and integrates to high − low; `Uniform` is the normalized one.

    Parameters
    ----------
    low, high : ends of the support, numbers or infinite, low < high; Flat(low=0) for a positive parameter.
    shape : shape of the block, where the model does not give it.

    Raises
    ------
    PriorError : an empty support; when draws are asked for.

    References
    ----------
    Kass & Wasserman, The selection of prior distributions by formal rules, JASA 91, 1343 (1996).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> bnn.Flat().is_proper, float(bnn.Flat().log_prob(3.0)), float(bnn.Flat(low=0).log_prob(-3.0))
    (False, 0.0, -inf)
    """

    low: float = -np.inf
    high: float = np.inf
    shape: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        for end in (self.low, self.high):
            if not isinstance(end, RealNumber):
                raise PriorError(f"Flat: expected numbers or infinity for its ends, got {end!r}; a shape is shape=")
        if not self.low < self.high:
            raise PriorError(f"Flat: expected low < high, got ({self.low}, {self.high}); swap the ends")

    @property
    def support(self) -> Support:
        """low < x < high."""
        return between(float(self.low), float(self.high))

    @property
    def is_proper(self) -> bool:
        """It does not integrate to one."""
        return False

    def log_prob(self, x: Array) -> Array:
        """Zero inside."""
        inside = (np.real(x) >= self.low) & (np.real(x) <= self.high)
        return np.where(inside, 0.0, -np.inf)

    def grad_log_prob(self, x: Array) -> Array:
        """Zero inside."""
        return np.zeros_like(x)

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...] = ()) -> Array:
        """Refused."""
        raise PriorError("Flat: expected a proper prior to draw from, got none; give that block a Normal, say")
