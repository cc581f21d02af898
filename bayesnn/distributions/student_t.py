"""Student's t distribution."""

from dataclasses import dataclass

import numpy as np
from scipy.special import loggamma

from bayesnn.distributions.family import Family, Parameter
from bayesnn.protocols import Array


@dataclass(frozen=True, eq=False)
class StudentT(Family):
    """Student's t distribution with df degrees of freedom.

    ln p(x) = −(df + 1)/2 · ln(1 + z²/df) + ln Γ((df + 1)/2) − ln Γ(df/2) − ½ ln(π df) − ln scale, z = (x − loc)/scale

    Parameters
    ----------
    df : degrees of freedom, positive; a number, an array, or the name of another block.
    loc : location; a number, an array, or the name of another block.
    scale : scale, positive; likewise.
    shape : shape of the block, where the model does not give it.

    Raises
    ------
    PriorError : a parameter that is not finite, or not positive where it must be.

    References
    ----------
    Johnson, Kotz & Balakrishnan, Continuous Univariate Distributions (1995), chapter 28.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> round(float(bnn.StudentT(3, 0, 1).log_prob(1.0)), 6)
    -1.576253
    """

    df: Parameter = 1.0
    loc: Parameter = 0.0
    scale: Parameter = 1.0
    shape: tuple[int, ...] = ()

    positive = (
        "df",
        "scale",
    )

    def log_prob(self, x: Array) -> Array:
        """ln p(x), one value an element."""
        z, half = (x - self.loc) / self.scale, (self.df + 1) / 2
        norm = loggamma(half) - loggamma(self.df / 2) - 0.5 * np.log(np.pi * self.df) - np.log(self.scale)
        return np.asarray(norm - half * np.log1p(z * z / self.df))

    def grad_log_prob(self, x: Array) -> Array:
        """d ln p(x) / dx."""
        d = x - self.loc
        return np.asarray(-(self.df + 1) * d / (self.df * np.square(self.scale) + d * d))

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...] = ()) -> Array:
        """Independent draws of that shape."""
        return np.asarray(self.loc + self.scale * rng.standard_t(self.df, shape))
