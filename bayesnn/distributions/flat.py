"""No prior at all."""

from dataclasses import dataclass

import numpy as np

from bayesnn.distributions.family import Family
from bayesnn.errors import PriorError
from bayesnn.protocols import Array


@dataclass(frozen=True, eq=False)
class Flat(Family):
    """The improper density p(x) = 1 on the real line: for estimation and sampling, refused for evidence.

    Parameters
    ----------
    shape : shape of the block, where the model does not give it.

    Raises
    ------
    PriorError : when draws are asked for.

    References
    ----------
    Kass & Wasserman, The selection of prior distributions by formal rules, JASA 91, 1343 (1996).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> bnn.Flat().is_proper, float(bnn.Flat().log_prob(3.0))
    (False, 0.0)
    """

    shape: tuple[int, ...] = ()

    @property
    def is_proper(self) -> bool:
        """It does not integrate to one."""
        return False

    def log_prob(self, x: Array) -> Array:
        """Zero everywhere."""
        return np.zeros_like(x)

    def grad_log_prob(self, x: Array) -> Array:
        """Zero everywhere."""
        return np.zeros_like(x)

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...] = ()) -> Array:
        """Refused."""
        raise PriorError("Flat: expected a proper prior to draw from, got none; give that block a Normal, say")
