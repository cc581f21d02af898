"""The exact answers: Gaussian prior, Gaussian noise, linear model."""

from dataclasses import dataclass

import numpy as np
from scipy.linalg import qr, solve_triangular

from bayesnn.protocols import FloatArray


@dataclass(frozen=True, eq=False)
class ConjugatePosterior:
    """w | y ~ N(mean, covariance), and ln p(y)."""

    mean: FloatArray
    covariance: FloatArray
    log_evidence: float

    def predictive(self, design: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Mean and standard deviation of f = Φ w for a design matrix Φ (N, M)."""
        return design @ self.mean, np.sqrt(np.einsum("nm,mk,nk->n", design, self.covariance, design))


def conjugate(
    design: FloatArray, y: FloatArray, *, noise_root: FloatArray, prior_mean: FloatArray, prior_sd: FloatArray
) -> ConjugatePosterior:
    """Posterior and evidence of y = Φ w + noise, w ~ N(prior_mean, diag(prior_sd²)), noise ~ N(0, L Lᵀ).

    The prior is M further rows of a least-squares problem, whose QR factorization gives everything:
    ln p(y) = −½ |residual|² − N/2 ln 2π − ln |L| − Σ ln prior_sd − ln |det R|.

    Parameters
    ----------
    design : Φ (N, M).
    y : (N,).
    noise_root : (N,) standard deviations, or (N, N) the lower Cholesky factor L of the covariance.
    prior_mean, prior_sd : (M,).

    References
    ----------
    Bishop, Pattern Recognition and Machine Learning (2006), sections 3.3 and 3.5.

    Examples
    --------
    >>> import numpy as np
    >>> from bayesnn.linear.conjugate import conjugate
    >>> one = np.ones(1)
    >>> exact = conjugate(one[:, None], 2 * one, noise_root=one, prior_mean=0 * one, prior_sd=one)
    >>> exact.mean, exact.covariance                     # a precision of 2: halfway to the datum
    (array([1.]), array([[0.5]]))
    >>> bool(np.isclose(exact.log_evidence, -0.5 * 2**2 / 2 - 0.5 * np.log(2 * np.pi * 2)))    # y ~ N(0, 1 + 1)
    True
    """
    if noise_root.ndim == 1:
        rows, targets, log_noise = design / noise_root[:, None], y / noise_root, np.sum(np.log(noise_root))
    else:
        rows = solve_triangular(noise_root, design, lower=True)
        targets = solve_triangular(noise_root, y, lower=True)
        log_noise = np.sum(np.log(np.diag(noise_root)))
    stacked = np.vstack([rows, np.diag(1 / prior_sd)])
    wanted = np.concatenate([targets, prior_mean / prior_sd])
    q, r = qr(stacked, mode="economic")
    mean = solve_triangular(r, q.T @ wanted)
    inverse = solve_triangular(r, np.eye(len(r)))
    residual = wanted - stacked @ mean
    log_evidence = (
        -0.5 * residual @ residual
        - 0.5 * len(y) * np.log(2 * np.pi)
        - log_noise
        - np.sum(np.log(prior_sd))
        - np.sum(np.log(np.abs(np.diag(r))))
    )
    return ConjugatePosterior(mean, inverse @ inverse.T, float(log_evidence))
