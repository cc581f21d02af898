"""The exponential distribution."""

from dataclasses import dataclass

import numpy as np

from bayesnn.distributions.family import Family, Parameter
from bayesnn.distributions.supports import Positive
from bayesnn.protocols import Array, Support


@dataclass(frozen=True, eq=False)
class Exponential(Family):
    """Exponential distribution of mean scale.

    ln p(x) = −x/scale − ln scale, x > 0

    Parameters
    ----------
    scale : mean, positive; a number, an array, or the name of another block.
    shape : shape of the block, where the model does not give it.

    Raises
    ------
    PriorError : a parameter that is not finite, or not positive where it must be.

    References
    ----------
    Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions (1994), chapter 19.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> round(float(bnn.Exponential(2).log_prob(1.0)), 6)
    -1.193147
    """

    scale: Parameter = 1.0
    shape: tuple[int, ...] = ()

    positive = ("scale",)

    @property
    def support(self) -> Support:
        """x > 0."""
        return Positive()

    def log_prob(self, x: Array) -> Array:
        """ln p(x), one value an element."""
        return np.where(np.real(x) >= 0, -x / self.scale - np.log(self.scale), -np.inf)

    def grad_log_prob(self, x: Array) -> Array:
        """d ln p(x) / dx."""
        return np.asarray(np.zeros_like(x) - 1 / self.scale)

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...] = ()) -> Array:
        """Independent draws of that shape."""
        return np.asarray(rng.exponential(self.scale, shape))
