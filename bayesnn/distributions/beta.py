"""The beta distribution."""

from dataclasses import dataclass

import numpy as np
from scipy.special import loggamma

from bayesnn.distributions.family import Family, Parameter
from bayesnn.distributions.supports import Interval
from bayesnn.protocols import Array, Support


@dataclass(frozen=True, eq=False)
class Beta(Family):
    """Beta distribution: the conjugate prior of a probability.

    ln p(x) = (a − 1) ln x + (b − 1) ln(1 − x) − ln B(a, b), 0 < x < 1

    Parameters
    ----------
    a : positive; a number, an array, or the name of another block.
    b : positive; likewise.
    shape : shape of the block, where the model does not give it.

    Raises
    ------
    PriorError : a parameter that is not finite, or not positive where it must be.

    References
    ----------
    Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions (1995), chapter 25.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> round(float(bnn.Beta(2, 3).log_prob(0.5)), 6)
    0.405465
    """

    a: Parameter = 1.0
    b: Parameter = 1.0
    shape: tuple[int, ...] = ()

    positive = (
        "a",
        "b",
    )

    @property
    def support(self) -> Support:
        """0 < x < 1."""
        return Interval(0.0, 1.0)

    def log_prob(self, x: Array) -> Array:
        """ln p(x), one value an element."""
        norm = loggamma(self.a + self.b) - loggamma(self.a) - loggamma(self.b)
        return np.asarray((self.a - 1) * np.log(x) + (self.b - 1) * np.log1p(-x) + norm)

    def grad_log_prob(self, x: Array) -> Array:
        """d ln p(x) / dx."""
        return np.asarray((self.a - 1) / x - (self.b - 1) / (1 - x))

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...] = ()) -> Array:
        """Independent draws of that shape."""
        draws = rng.beta(self.a, self.b, shape)
        return np.clip(draws, np.finfo(float).tiny, np.nextafter(1.0, 0.0))  # the ends have no place on the real line
