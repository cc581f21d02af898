"""The half-normal distribution."""

from dataclasses import dataclass

import numpy as np

from bayesnn.distributions.family import Family, Parameter
from bayesnn.distributions.supports import Positive
from bayesnn.protocols import Array, Support

_HALF_LOG_HALF_PI = 0.5 * float(np.log(np.pi / 2))


@dataclass(frozen=True, eq=False)
class HalfNormal(Family):
    """The absolute value of a centered normal variable.

    ln p(x) = −x² / (2 scale²) − ln scale − ½ ln(π/2), x > 0

    Parameters
    ----------
    scale : positive; a number, an array, or the name of another block.
    shape : shape of the block, where the model does not give it.

    Raises
    ------
    PriorError : a scale that is not positive or not finite.

    References
    ----------
    Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions (1994), chapter 13.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> round(float(bnn.HalfNormal(1).log_prob(1.0)), 6)
    -0.725791
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
        z = x / self.scale
        return np.where(np.real(x) >= 0, -0.5 * z * z - np.log(self.scale) - _HALF_LOG_HALF_PI, -np.inf)

    def grad_log_prob(self, x: Array) -> Array:
        """d ln p(x) / dx."""
        return np.asarray(-x / np.square(self.scale))

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...] = ()) -> Array:
        """Independent draws of that shape."""
        return np.asarray(self.scale * np.abs(rng.standard_normal(shape)))
