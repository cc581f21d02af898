"""The inverse gamma distribution."""

from dataclasses import dataclass

import numpy as np
from scipy.special import loggamma

from bayesnn.distributions.family import Family, Parameter
from bayesnn.distributions.supports import Positive
from bayesnn.protocols import Array, Support


@dataclass(frozen=True, eq=False)
class InverseGamma(Family):
    """The reciprocal of a gamma variable: the conjugate prior of a normal variance.

    ln p(x) = a ln scale − ln Γ(a) − (a + 1) ln x − scale/x, x > 0

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
    Gelman et al., Bayesian Data Analysis (2013), appendix A.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> round(float(bnn.InverseGamma(3, 2).log_prob(1.0)), 6)
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
        return np.asarray(self.a * np.log(self.scale) - loggamma(self.a) - (self.a + 1) * np.log(x) - self.scale / x)

    def grad_log_prob(self, x: Array) -> Array:
        """d ln p(x) / dx."""
        return np.asarray((self.scale / x - self.a - 1) / x)

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...] = ()) -> Array:
        """Independent draws of that shape."""
        return np.asarray(self.scale / rng.gamma(self.a, 1.0, shape))
