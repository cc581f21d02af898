"""The normal distribution."""

from dataclasses import dataclass

import numpy as np

from bayesnn.distributions.family import Family, Parameter
from bayesnn.protocols import Array

_HALF_LOG_TWO_PI = 0.5 * float(np.log(2 * np.pi))


@dataclass(frozen=True, eq=False)
class Normal(Family):
    """Normal (Gaussian) distribution; as a prior, weight decay.

    ln p(x) = −(x − loc)² / (2 scale²) − ln scale − ½ ln 2π

    Parameters
    ----------
    loc : mean; a number, an array, or the name of another block.
    scale : standard deviation, positive; likewise.
    shape : shape of the block, where the model does not give it.

    Raises
    ------
    PriorError : a scale that is not positive, a parameter that is not finite.

    References
    ----------
    Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions (1994), chapter 13.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> round(float(bnn.Normal(0, 2).log_prob(2.0)), 6)
    -2.112086
    """

    loc: Parameter = 0.0
    scale: Parameter = 1.0
    shape: tuple[int, ...] = ()

    positive = ("scale",)

    def log_prob(self, x: Array) -> Array:
        """ln p(x), one value an element."""
        z = (x - self.loc) / self.scale
        return np.asarray(-0.5 * z * z - np.log(self.scale) - _HALF_LOG_TWO_PI)

    def grad_log_prob(self, x: Array) -> Array:
        """d ln p(x) / dx."""
        return np.asarray((self.loc - x) * (1 / np.square(self.scale)))

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...] = ()) -> Array:
        """Independent draws of that shape."""
        return np.asarray(self.loc + self.scale * rng.standard_normal(shape))
