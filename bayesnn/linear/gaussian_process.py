"""Gaussian process regression, which is kernel ridge regression with error bars: the exact answer in dual form."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import LinAlgError, cholesky, solve_triangular

from bayesnn.errors import ModelError
from bayesnn.linear.checks import as_centers, as_numbers, as_points
from bayesnn.linear.kernels import Kernel
from bayesnn.protocols import FloatArray


@dataclass(frozen=True, eq=False)
class GaussianProcess:
    """f given y; its mean is b + Σ_n alpha_n k(x, x_n), and `root` the Cholesky factor of K + the noise covariance."""

    kernel: Kernel
    X: FloatArray
    alpha: FloatArray
    root: FloatArray
    b: float
    log_evidence: float

    def predictive(self, X: ArrayLike) -> tuple[FloatArray, FloatArray]:
        """Mean and standard deviation of f at X (M,) or (M, D), each (M,), without the noise of y.

        Raises
        ------
        ModelError : points that are not finite numbers, or of another width.
        """
        points = as_points(X, "gaussian_process: X", n_inputs=self.X.shape[1])
        similarity = self.kernel(points, self.X)
        explained = np.sum(solve_triangular(self.root, similarity.T, lower=True) ** 2, axis=0)
        variance = np.maximum(self.kernel.diagonal(points) - explained, 0.0)  # what rounding makes negative
        return self.b + similarity @ self.alpha, np.sqrt(variance)


def gaussian_process(
    kernel: Kernel, X: ArrayLike, *, y: ArrayLike, noise_root: ArrayLike, b: float = 0.0
) -> GaussianProcess:
    """Posterior and evidence of y = f(X) + noise, f ~ GP(b, k), noise ~ N(0, L Lᵀ).

    alpha = (K + L Lᵀ)⁻¹ (y − b),  ln p(y) = −½ (y − b)ᵀ alpha − ½ ln |2π (K + L Lᵀ)|

    With one noise level sigma this is kernel ridge regression of penalty sigma². Where features Φ with k(x, z) =
    φ(x)·φ(z) exist it equals the linear model with w ~ N(0, I), at a cost that grows with rows, not features.

    Parameters
    ----------
    kernel : from `bnn.kernels`.
    X : (N,) or (N, D).
    y : (N,).
    noise_root : standard deviations, a number or (N,), or (N, N) the lower Cholesky factor L of the covariance.
    b : mean of f, known.

    Raises
    ------
    ModelError : shapes that disagree, values that are not finite, noise that is not positive, or so small beside the
        kernel that K + L Lᵀ is singular to working accuracy.

    References
    ----------
    Rasmussen & Williams, Gaussian Processes for Machine Learning (2006), algorithm 2.1.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> fit = bnn.gaussian_process(bnn.kernels.Gaussian(1.0), [0.0, 1.0], y=[0.0, 1.0], noise_root=0.1)
    >>> mean, sd = fit.predictive([0.0, 1.0, 9.0])
    >>> mean.round(3), sd.round(3)
    (array([0.009, 0.985, 0.   ]), array([0.099, 0.099, 1.   ]))
    >>> round(fit.log_evidence, 4)
    -2.3985
    """
    if isinstance(kernel, type) or not isinstance(kernel, Kernel):
        raise ModelError(f"gaussian_process: expected a kernel, got {kernel!r}; bnn.kernels.Gaussian(1.0), say")
    points = as_centers(X, "gaussian_process: X")
    targets = as_numbers(y, "gaussian_process: y") - as_numbers(b, "gaussian_process: b")
    if targets.shape != (len(points),):
        raise ModelError(
            f"gaussian_process: expected y of shape ({len(points)},), got {targets.shape}; one value a row"
        )
    covariance = kernel(points, points) + _noise_covariance(noise_root, len(points))
    try:
        root = cholesky(covariance, lower=True)
    except LinAlgError:
        raise ModelError(
            "gaussian_process: expected K + noise covariance positive definite, got one that is singular to working "
            "accuracy; give a noise_root of at least 1e-7 times the amplitude"
        ) from None
    white = solve_triangular(root, targets, lower=True)
    log_evidence = -0.5 * white @ white - 0.5 * len(targets) * np.log(2 * np.pi) - np.sum(np.log(np.diag(root)))
    alpha = solve_triangular(root, white, lower=True, trans=1)
    return GaussianProcess(kernel, points, alpha, root, float(b), float(log_evidence))


def _noise_covariance(noise_root: ArrayLike, n_rows: int) -> FloatArray:
    """L Lᵀ (N, N), from one standard deviation, N of them, or L."""
    root = as_numbers(noise_root, "noise_root")
    if root.shape in ((), (n_rows,)) and np.all(root > 0):
        return np.asarray(root**2 * np.eye(n_rows))
    if root.shape == (n_rows, n_rows) and np.all(root == np.tril(root)) and np.all(np.diag(root) > 0):
        return np.asarray(root @ root.T)
    raise ModelError(
        f"noise_root: expected positive standard deviations, a number or ({n_rows},), or a lower Cholesky factor "
        f"({n_rows}, {n_rows}), got others of shape {root.shape}; np.linalg.cholesky(cov) gives the factor"
    )
