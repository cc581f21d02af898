"""The log-normal distribution."""

from dataclasses import dataclass

import numpy as np

from bayesnn.distributions.family import Family, Parameter
from bayesnn.distributions.supports import Positive
from bayesnn.protocols import Array, Support

_HALF_LOG_TWO_PI = 0.5 * float(np.log(2 * np.pi))


@dataclass(frozen=True, eq=False)
class LogNormal(Family):
    """The exponential of a normal variable: ln x ~ N(ln scale, s²).

    ln p(x) = −(ln x − ln scale)² / (2 s²) − ln x − ln s − ½ ln 2π, x > 0

    Parameters
    ----------
    s : standard deviation of ln x, positive; a number, an array, or the name of another block.
    scale : median, positive; likewise.
    shape : shape of the block, where the model does not give it.

    Raises
    ------
    PriorError : a parameter that is not finite, or not positive where it must be.

    References
    ----------
    Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions (1994), chapter 14.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> round(float(bnn.LogNormal(0.5, 2).log_prob(1.0)), 6)
    -1.186697
    """

    s: Parameter = 1.0
    scale: Parameter = 1.0
    shape: tuple[int, ...] = ()

    positive = (
        "s",
        "scale",
    )

    @property
    def support(self) -> Support:
        """x > 0."""
        return Positive()

    def log_prob(self, x: Array) -> Array:
        """ln p(x), one value an element."""
        z = (np.log(x) - np.log(self.scale)) / self.s
        return np.asarray(-0.5 * z * z - np.log(x) - np.log(self.s) - _HALF_LOG_TWO_PI)

    def grad_log_prob(self, x: Array) -> Array:
        """d ln p(x) / dx."""
        z = (np.log(x) - np.log(self.scale)) / self.s
        return np.asarray(-(z / self.s + 1) / x)

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...] = ()) -> Array:
        """Independent draws of that shape."""
        return np.asarray(self.scale * np.exp(self.s * rng.standard_normal(shape)))
