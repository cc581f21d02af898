"""The half-Cauchy distribution."""

from dataclasses import dataclass

import numpy as np

from bayesnn.distributions.family import Family, Parameter
from bayesnn.distributions.supports import Positive
from bayesnn.protocols import Array, Support


@dataclass(frozen=True, eq=False)
class HalfCauchy(Family):
    """The absolute value of a centered Cauchy variable: the usual prior of a scale.

    ln p(x) = −ln(1 + x²/scale²) − ln(π scale / 2), x > 0

    Parameters
    ----------
    scale : positive; a number, an array, or the name of another block.
    shape : shape of the block, where the model does not give it.

    Raises
    ------
    PriorError : a parameter that is not finite, or not positive where it must be.

    References
    ----------
    Gelman, Prior distributions for variance parameters in hierarchical models, Bayesian Analysis 1, 515 (2006).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> round(float(bnn.HalfCauchy(1).log_prob(1.0)), 6)
    -1.14473
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
        return np.where(np.real(x) >= 0, -np.log1p(z * z) - np.log(np.pi * self.scale / 2), -np.inf)

    def grad_log_prob(self, x: Array) -> Array:
        """d ln p(x) / dx."""
        return np.asarray(-2 * x / (np.square(self.scale) + x * x))

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...] = ()) -> Array:
        """Independent draws of that shape."""
        return np.asarray(self.scale * np.abs(rng.standard_cauchy(shape)))
