"""The Cauchy distribution."""

from dataclasses import dataclass

import numpy as np

from bayesnn.distributions.family import Family, Parameter
from bayesnn.protocols import Array


@dataclass(frozen=True, eq=False)
class Cauchy(Family):
    """Cauchy distribution: tails so heavy that it has no mean.

    ln p(x) = −ln(1 + z²) − ln(π scale), z = (x − loc)/scale

    Parameters
    ----------
    loc : location; a number, an array, or the name of another block.
    scale : scale, positive; likewise.
    shape : shape of the block, where the model does not give it.

    Raises
    ------
    PriorError : a parameter that is not finite, or not positive where it must be.

    References
    ----------
    Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions (1994), chapter 16.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> round(float(bnn.Cauchy(0, 2).log_prob(1.0)), 6)
    -2.061021
    """

    loc: Parameter = 0.0
    scale: Parameter = 1.0
    shape: tuple[int, ...] = ()

    positive = ("scale",)

    def log_prob(self, x: Array) -> Array:
        """ln p(x), one value an element."""
        z = (x - self.loc) / self.scale
        return np.asarray(-np.log1p(z * z) - np.log(np.pi * self.scale))

    def grad_log_prob(self, x: Array) -> Array:
        """d ln p(x) / dx."""
        d = x - self.loc
        return np.asarray(-2 * d / (np.square(self.scale) + d * d))

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...] = ()) -> Array:
        """Independent draws of that shape."""
        return np.asarray(self.loc + self.scale * rng.standard_cauchy(shape))
