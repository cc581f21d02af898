"""The Laplace distribution."""

from dataclasses import dataclass

import numpy as np

from bayesnn.distributions.family import Family, Parameter
from bayesnn.protocols import Array


@dataclass(frozen=True, eq=False)
class Laplace(Family):
    """Laplace (double exponential) distribution; as a prior, the lasso's L1 penalty.

    ln p(x) = −|x − loc| / scale − ln(2 scale)

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
    Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions (1995), chapter 24.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> round(float(bnn.Laplace(0, 2).log_prob(1.0)), 6)
    -1.886294
    """

    loc: Parameter = 0.0
    scale: Parameter = 1.0
    shape: tuple[int, ...] = ()

    positive = ("scale",)

    @property
    def kink(self) -> tuple[Parameter, Parameter]:
        """−|x − loc| / scale."""
        return self.loc, 1 / self.scale

    def log_prob(self, x: Array) -> Array:
        """ln p(x), one value an element."""
        d = x - self.loc
        return np.asarray(-np.where(np.real(d) >= 0, d, -d) / self.scale - np.log(2 * self.scale))

    def grad_log_prob(self, x: Array) -> Array:
        """d ln p(x) / dx."""
        return np.asarray(-np.sign(x - self.loc) / self.scale)

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...] = ()) -> Array:
        """Independent draws of that shape."""
        return np.asarray(rng.laplace(self.loc, self.scale, shape))
