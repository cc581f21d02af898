"""The Dirichlet distribution."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import gammaln, xlogy

from bayesnn.distributions.joint_family import JointFamily, finite
from bayesnn.distributions.joint_supports import Simplex
from bayesnn.errors import PriorError
from bayesnn.protocols import Array, Support


@dataclass(frozen=True, eq=False)
class Dirichlet(JointFamily):
    """Dirichlet distribution of K shares that sum to one, with respect to the first K − 1 of them.

    ln p(x) = Σ_k (concentration_k − 1) ln x_k + ln Γ(Σ_k concentration_k) − Σ_k ln Γ(concentration_k)

    Parameters
    ----------
    concentration : (K,), positive, K > 1; scipy's alpha. All ones is uniform on the simplex.
    shape : shape (..., K) of the block, where the model does not give it; left out, one vector.

    Raises
    ------
    PriorError : a concentration that is not a vector of positive numbers.

    References
    ----------
    Kotz, Balakrishnan & Johnson, Continuous Multivariate Distributions (2000), chapter 49.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> round(float(bnn.Dirichlet([1, 1, 1]).log_prob([0.2, 0.3, 0.5])), 6)        # ln 2!
    0.693147
    """

    concentration: Any
    shape: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        concentration = finite(self.concentration, label="Dirichlet: concentration")
        if concentration.ndim != 1 or len(concentration) < 2 or np.any(concentration <= 0):
            raise PriorError(
                "Dirichlet: concentration: expected a vector of two or more positive numbers, got "
                f"{self.concentration!r}; np.ones(3) is uniform on three shares"
            )
        object.__setattr__(self, "concentration", concentration)
        self._settle_shape(len(concentration))

    @property
    def support(self) -> Support:
        """x_k > 0, Σ x_k = 1."""
        return Simplex()

    def log_prob(self, x: Array) -> Array:
        """ln p(x), x (..., K) → (...)."""
        norm = gammaln(self.concentration.sum()) - gammaln(self.concentration).sum()
        return np.asarray(xlogy(self.concentration - 1, x).sum(axis=-1) + norm)

    def grad_log_prob(self, x: Array) -> Array:
        """d ln p(x) / dx, (..., K), as if the K values were free; the chart keeps what lies along the simplex."""
        return np.asarray((self.concentration - 1) / x)

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...] = ()) -> Array:
        """Independent vectors in an array of that shape (..., K); left out, of its own."""
        draws = rng.dirichlet(self.concentration, (shape or self.shape)[:-1])
        return np.maximum(draws, np.finfo(float).tiny)  # a share that underflows to 0 has no place on the real line
