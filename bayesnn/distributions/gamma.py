"""The gamma distribution."""

from dataclasses import dataclass

import numpy as np
from scipy.special import loggamma

from bayesnn.distributions.family import Family, Parameter
from bayesnn.distributions.supports import Positive
from bayesnn.protocols import Array, Support


@dataclass(frozen=True, eq=False)
class Gamma(Family):
    """Gamma distribution of shape a; a rate is 1 / scale.

    ln p(x) = (a − 1) ln x − x/scale − ln Γ(a) − a ln scale, x > 0

    Parameters
    ----------
    a : shape, positive; a number, an array, or the name of another block.
    scale : scale, positive; likewise.
    shape : shape of the block, where the model does not give it.

    Raises
    ------
    PriorError : a parameter that is not finite, or not positive where it must be.

    References
    ----------
    Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions (1994), chapter 17.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> round(float(bnn.Gamma(2, 0.5).log_prob(1.0)), 6)
    -0.613706
    """

    a: Parameter = 1.0
    scale: Parameter = 1.0
    shape: tuple[int, ...] = ()

    positive = (
        "a",
        "scale",
    )

    @property
    def support(self) -> Support:
        """x > 0."""
        return Positive()

    def log_prob(self, x: Array) -> Array:
        """ln p(x), one value an element."""
        return np.asarray((self.a - 1) * np.log(x) - x / self.scale - loggamma(self.a) - self.a * np.log(self.scale))

    def grad_log_prob(self, x: Array) -> Array:
        """d ln p(x) / dx."""
        return np.asarray((self.a - 1) / x - 1 / self.scale)

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...] = ()) -> Array:
        """Independent draws of that shape."""
        return np.asarray(rng.gamma(self.a, self.scale, shape))
