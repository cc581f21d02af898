"""The uniform distribution on an interval."""

from dataclasses import dataclass

import numpy as np

from bayesnn.distributions.family import Family
from bayesnn.distributions.supports import Interval
from bayesnn.errors import PriorError
from bayesnn.protocols import Array, Support


@dataclass(frozen=True, eq=False)
class Uniform(Family):
    """Uniform on (low, high): ln p(x) = −ln(high − low).

    Parameters
    ----------
    low, high : ends of the interval, finite numbers, low < high.
    shape : shape of the block, where the model does not give it.

    Raises
    ------
    PriorError : an interval that is empty or infinite.

    References
    ----------
    Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions (1995), chapter 26.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> round(float(bnn.Uniform(0, 4).log_prob(1.0)), 6)
    -1.386294
    """

    low: float = 0.0
    high: float = 1.0
    shape: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        ends = self.low, self.high
        if any(isinstance(end, str) or np.ndim(end) for end in ends) or not self.low < self.high:
            raise PriorError(f"Uniform: expected numbers low < high, got ({self.low}, {self.high}); swap the ends")

    @property
    def support(self) -> Support:
        """low < x < high."""
        return Interval(float(self.low), float(self.high))

    def log_prob(self, x: Array) -> Array:
        """ln p(x), one value an element."""
        inside = (np.real(x) >= self.low) & (np.real(x) <= self.high)
        return np.where(inside, -np.log(self.high - self.low), -np.inf)

    def grad_log_prob(self, x: Array) -> Array:
        """Zero inside."""
        return np.zeros_like(x)

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...] = ()) -> Array:
        """Independent draws of that shape."""
        return rng.uniform(self.low, self.high, shape)
