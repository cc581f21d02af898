"""The exact answers: Gaussian prior, Gaussian noise, linear model."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import solve_triangular

from bayesnn.protocols import FloatArray


@dataclass(frozen=True, eq=False)
class ConjugatePosterior:
    """w | y ~ N(mean, root rootᵀ), and ln p(y).

    `misfit` is the least value of |y − Φ w|² + |w − prior_mean|², each whitened: twice the loss at the mean.
    """

    mean: FloatArray
    root: FloatArray
    misfit: float
    log_evidence: float

    @property
    def covariance(self) -> FloatArray:
        """(M, M)."""
        return self.root @ self.root.T

    def predictive(self, design: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean and standard deviation of f = Φ w for a design matrix Φ (N, M)."""
        return design @ self.mean, np.asarray(np.linalg.norm(design @ self.root, axis=1))


def conjugate(
    design: FloatArray, y: FloatArray, *, noise_root: FloatArray, prior_mean: FloatArray, prior_root: FloatArray
) -> ConjugatePosterior:
    """Posterior and evidence of y = Φ w + noise, w ~ N(prior_mean, S Sᵀ), noise ~ N(0, L Lᵀ).

    The prior is M further rows of a least-squares problem, so that collinear columns and more weights than rows are
    no trouble. The triangular factor of a QR factorization gives everything:
    ln p(y) = −½ misfit − N/2 ln 2π − ln |L| − ln |S| − ln |det R|.

    Parameters
    ----------
    design : Φ (N, M).
    y : (N,).
    noise_root : (N,) standard deviations, or (N, N) the lower Cholesky factor L of the covariance.
    prior_mean : (M,).
    prior_root : (M,) standard deviations, or (M, M) the lower Cholesky factor S of the covariance.

    References
    ----------
    Bishop, Pattern Recognition and Machine Learning (2006), sections 3.3 and 3.5.

    Examples
    --------
    >>> import numpy as np
    >>> from bayesnn.linear.conjugate import conjugate
    >>> one = np.ones(1)
    >>> exact = conjugate(one[:, None], 2 * one, noise_root=one, prior_mean=0 * one, prior_root=one)
    >>> exact.mean, exact.covariance                     # a precision of 2: halfway to the datum
    (array([1.]), array([[0.5]]))
    >>> bool(np.isclose(exact.log_evidence, -0.5 * 2**2 / 2 - 0.5 * np.log(2 * np.pi * 2)))    # y ~ N(0, 1 + 1)
    True
    """
    n_weights = design.shape[1]
    rows = np.vstack([whiten(noise_root, design), whiten(prior_root, np.eye(n_weights))])
    wanted = np.concatenate([whiten(noise_root, y), whiten(prior_root, prior_mean)])
    r: FloatArray = np.asarray(np.linalg.qr(np.column_stack([rows, wanted]), mode="r"))
    right, residual = r[:n_weights, n_weights], r[n_weights, n_weights]  # Qᵀ wanted, and what no weights explain
    factor = r[:n_weights, :n_weights]
    misfit = float(residual**2)
    log_evidence = (
        -0.5 * misfit
        - 0.5 * len(y) * np.log(2 * np.pi)
        - log_det(noise_root)
        - log_det(prior_root)
        - np.sum(np.log(np.abs(np.diag(factor))))
    )
    return ConjugatePosterior(
        solve_triangular(factor, right),
        solve_triangular(factor, np.eye(n_weights)),
        misfit,
        float(log_evidence),
    )


def whiten(root: FloatArray, values: FloatArray) -> FloatArray:
    """L⁻¹ values, for values (N,) or (N, M) and L as standard deviations (N,) or lower triangular (N, N)."""
    if root.ndim == 1:
        return np.asarray((values.T / root).T)
    return np.asarray(solve_triangular(root, values, lower=True))


def log_det(root: FloatArray) -> float:
    """ln |det L|."""
    return float(np.sum(np.log(root if root.ndim == 1 else np.diag(root))))
