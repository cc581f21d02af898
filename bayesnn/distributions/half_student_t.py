"""The half-t distribution."""

from dataclasses import dataclass

import numpy as np

from bayesnn.distributions.family import Family, Parameter
from bayesnn.distributions.student_t import StudentT
from bayesnn.distributions.supports import Positive
from bayesnn.protocols import Array, Support


@dataclass(frozen=True, eq=False)
class HalfStudentT(Family):
    """The absolute value of a centered t variable with df degrees of freedom.

    ln p(x) = ln 2 + ln t_df(x / scale) − ln scale, x > 0

    Parameters
    ----------
    df : degrees of freedom, positive; a number, an array, or the name of another block.
    scale : scale, positive; likewise.
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
    >>> round(float(bnn.HalfStudentT(3, 1).log_prob(1.0)), 6)
    -0.883106
    """

    df: Parameter = 1.0
    scale: Parameter = 1.0
    shape: tuple[int, ...] = ()

    positive = (
        "df",
        "scale",
    )

    @property
    def support(self) -> Support:
        """x > 0."""
        return Positive()

    def log_prob(self, x: Array) -> Array:
        """ln p(x), one value an element."""
        return np.where(np.real(x) >= 0, self._whole().log_prob(x) + np.log(2), -np.inf)

    def grad_log_prob(self, x: Array) -> Array:
        """d ln p(x) / dx."""
        return self._whole().grad_log_prob(x)

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...] = ()) -> Array:
        """Independent draws of that shape."""
        return np.abs(self._whole().sample(rng, shape))

    def _whole(self) -> StudentT:
        return StudentT().bind({"df": self.df, "loc": np.zeros(()), "scale": self.scale})
