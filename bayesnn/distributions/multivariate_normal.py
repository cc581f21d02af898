"""The multivariate normal distribution."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.linalg import cho_solve, solve_triangular

from bayesnn.distributions.joint_family import JointFamily, finite
from bayesnn.distributions.supports import Real
from bayesnn.errors import PriorError
from bayesnn.protocols import Array, FloatArray, Support

_LOG_TWO_PI = float(np.log(2 * np.pi))


@dataclass(frozen=True, eq=False)
class MultivariateNormal(JointFamily):
    """Multivariate normal distribution of a vector of K values.

    ln p(x) = −½ (x − mean)ᵀ cov⁻¹ (x − mean) − ½ ln det cov − ½ K ln 2π

    Parameters
    ----------
    mean : (K,), or one number for all.
    cov : covariance (K, K), symmetric and positive definite.
    shape : shape (..., K) of the block, where the model does not give it; left out, one vector.

    Raises
    ------
    PriorError : a covariance that is not symmetric or not positive definite, shapes that disagree, numbers that are
        not finite.

    References
    ----------
    Mardia, Kent & Bibby, Multivariate Analysis (1979), chapter 3.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> prior = bnn.MultivariateNormal([0, 0], [[1.0, 0.5], [0.5, 2.0]])
    >>> round(float(prior.log_prob([1.0, 1.0])), 6)
    -2.689114
    """

    mean: Any
    cov: Any
    shape: tuple[int, ...] = ()
    root: FloatArray = field(init=False, repr=False)

    def __post_init__(self) -> None:
        mean, cov = (
            finite(self.mean, label="MultivariateNormal: mean"),
            finite(self.cov, label="MultivariateNormal: cov"),
        )
        if cov.ndim != 2 or cov.shape[0] != cov.shape[1] or not cov.size:
            raise PriorError(
                f"MultivariateNormal: cov: expected a matrix (K, K), got shape {cov.shape}; np.diag(variances), say"
            )
        if mean.shape not in ((), cov.shape[:1]):
            raise PriorError(f"MultivariateNormal: mean: expected shape {cov.shape[:1]} beside cov, got {mean.shape}")
        if not np.allclose(cov, cov.T, rtol=1e-8, atol=0.0):
            raise PriorError(
                "MultivariateNormal: cov: expected a symmetric matrix, got another; pass (cov + cov.T) / 2"
            )
        object.__setattr__(self, "mean", np.broadcast_to(mean, cov.shape[:1]))
        object.__setattr__(self, "cov", cov)
        object.__setattr__(self, "root", _cholesky(cov))
        self._settle_shape(len(cov))

    @property
    def support(self) -> Support:
        """All vectors."""
        return Real()

    def log_prob(self, x: Array) -> Array:
        """ln p(x), x (..., K) → (...)."""
        delta = x - self.mean
        z = solve_triangular(self.root, delta.reshape(-1, len(self.cov)).T, lower=True, check_finite=False)
        square = np.sum(z * z, axis=0).reshape(delta.shape[:-1])
        return np.asarray(-0.5 * square - np.log(np.diag(self.root)).sum() - 0.5 * len(self.cov) * _LOG_TWO_PI)

    def grad_log_prob(self, x: Array) -> Array:
        """d ln p(x) / dx, (..., K)."""
        delta = x - self.mean
        slope = cho_solve((self.root, True), delta.reshape(-1, len(self.cov)).T, check_finite=False)
        return np.asarray(-slope.T.reshape(delta.shape))

    def sample(self, rng: np.random.Generator, shape: tuple[int, ...] = ()) -> Array:
        """Independent vectors in an array of that shape (..., K); left out, of its own."""
        return np.asarray(self.mean + rng.standard_normal(shape or self.shape) @ self.root.T)


def _cholesky(cov: FloatArray) -> FloatArray:
    try:
        return np.asarray(np.linalg.cholesky(cov), dtype=np.float64)
    except np.linalg.LinAlgError:
        raise PriorError(
            "MultivariateNormal: cov: expected a positive definite matrix, got the eigenvalues "
            f"{np.linalg.eigvalsh(cov)}; is one variable a combination of the others?"
        ) from None
