"""Independent draws in ascending order."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import gammaln

from bayesnn.distributions import joint_supports
from bayesnn.distributions.coerce import as_prior
from bayesnn.distributions.family import Family
from bayesnn.distributions.joint_family import JointFamily
from bayesnn.errors import PriorError
from bayesnn.protocols import Array, Distribution, Support


@dataclass(frozen=True, eq=False)
class Ordered(JointFamily):
    """The order statistics of K = size independent draws: x1 < x2 < ... < xK; tells mixture components apart.

    ln p(x) = Σ_k ln p_family(x_k) + ln K!, on x1 < ... < xK

    It is normalized. An `ordered` vector in Stan with the same prior on each element is the same density without
    the K!, which changes no posterior, but every evidence.

    Parameters
    ----------
    family : an elementwise prior with numbers for parameters, the same for every draw; a tuple is uniform.
    size : K.
    shape : shape (..., K) of the block, where the model does not give it; left out, one vector.

    Raises
    ------
    PriorError : a family of vectors, with references or with arrays of parameters; a size below one.

    References
    ----------
    David & Nagaraja, Order Statistics (2003), chapter 2.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> prior = bnn.Ordered(bnn.Uniform(0, 1), size=3)
    >>> round(float(prior.log_prob([0.2, 0.5, 0.7])), 6), float(prior.log_prob([0.5, 0.2, 0.7]))
    (1.791759, -inf)
    """

    family: Any
    size: int
    shape: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        family = as_prior(self.family, block="Ordered")
        if not _is_scalar(family):
            raise PriorError(
                f"Ordered: expected an elementwise family with numbers for parameters, got {family!r}; try Normal(0, 1)"
            )
        if not isinstance(self.size, int | np.integer) or self.size < 1:
            raise PriorError(f"Ordered: expected a whole number of draws, at least one, got size={self.size!r}")
        object.__setattr__(self, "family", family)
        self._settle_shape(int(self.size))

    @property
    def support(self) -> Support:
        """x1 < x2 < ... in the support of the family."""
        return joint_supports.Ordered(self.family.support)

    @property
    def is_proper(self) -> bool:
        """As the family is."""
        return bool(self.family.is_proper)

    def log_prob(self, x: Array) -> Array:
        """ln p(x), x (..., K) → (...)."""
        ascending = np.all(np.diff(x) >= 0, axis=-1)
        return np.where(ascending, self.family.log_prob(np.asarray(x)).sum(axis=-1) + gammaln(self.size + 1), -np.inf)

    def grad_log_prob(self, x: Array) -> Array:
        """d ln p(x) / dx, (..., K)."""
        return np.asarray(self.family.grad_log_prob(x))

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...] = ()) -> Array:
        """Independent vectors in an array of that shape (..., K); left out, of its own."""
        return np.sort(self.family.sample(rng, shape or self.shape), axis=-1)


def _is_scalar(prior: Distribution | Array) -> bool:
    if isinstance(prior, JointFamily | np.ndarray) or getattr(prior, "shape", ()) != ():
        return False
    values = prior.parameters().values() if isinstance(prior, Family) else ()
    return not any(isinstance(value, str) or np.ndim(value) for value in values)
