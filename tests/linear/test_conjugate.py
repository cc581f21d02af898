"""The conjugate posterior against Bayes' theorem for normals, written out."""

import numpy as np
import pytest
from scipy import stats

from bayesnn.linear.conjugate import conjugate

RNG = np.random.default_rng(11)


def random_root(n: int) -> np.ndarray:
    return np.linalg.cholesky(np.cov(RNG.standard_normal((n, 3 * n))) + 0.1 * np.eye(n))


def covariance(root: np.ndarray) -> np.ndarray:
    return np.diag(root**2) if root.ndim == 1 else root @ root.T


@pytest.mark.parametrize("noise_root", [RNG.uniform(0.5, 2, 8), random_root(8)], ids=["errors", "covariance"])
@pytest.mark.parametrize("n_weights", [1, 3, 20], ids=["one weight", "three", "more weights than rows"])
@pytest.mark.parametrize("correlated", [False, True])
def test_posterior_evidence_and_predictive(noise_root, n_weights: int, correlated: bool) -> None:
    design, y = RNG.standard_normal((8, n_weights)), RNG.standard_normal(8)
    prior_mean = RNG.standard_normal(n_weights)
    prior_root = random_root(n_weights) if correlated and n_weights > 1 else RNG.uniform(0.5, 3, n_weights)
    exact = conjugate(design, y, noise_root=noise_root, prior_mean=prior_mean, prior_root=prior_root)
    noise, prior = covariance(noise_root), covariance(prior_root)
    marginal = noise + design @ prior @ design.T
    gain = prior @ design.T @ np.linalg.inv(marginal)
    np.testing.assert_allclose(exact.mean, prior_mean + gain @ (y - design @ prior_mean), rtol=1e-9)
    np.testing.assert_allclose(exact.covariance, prior - gain @ design @ prior, atol=1e-9)
    truth = stats.multivariate_normal(design @ prior_mean, marginal).logpdf(y)
    assert exact.log_evidence == pytest.approx(truth, abs=1e-9)
    new = RNG.standard_normal((5, n_weights))
    mean, sd = exact.predictive(new)
    np.testing.assert_allclose(mean, new @ exact.mean)
    np.testing.assert_allclose(sd**2, np.diag(new @ exact.covariance @ new.T), rtol=1e-9)
    residual, shift = y - design @ exact.mean, exact.mean - prior_mean
    misfit = residual @ np.linalg.solve(noise, residual) + shift @ np.linalg.solve(prior, shift)
    assert exact.misfit == pytest.approx(misfit, rel=1e-9)


def test_a_column_that_comes_twice_shares_its_weight() -> None:
    """w₁ + w₂ of two equal columns is one weight of twice the variance."""
    x, y, ones = RNG.standard_normal((6, 1)), RNG.standard_normal(6), np.ones(6)
    twice = conjugate(np.hstack([x, x]), y, noise_root=ones, prior_mean=np.zeros(2), prior_root=np.ones(2))
    once = conjugate(x, y, noise_root=ones, prior_mean=np.zeros(1), prior_root=np.full(1, np.sqrt(2)))
    np.testing.assert_allclose(twice.mean, once.mean[[0, 0]] / 2, rtol=1e-12)
    assert twice.log_evidence == pytest.approx(once.log_evidence, abs=1e-12)
    for sd, other in zip(twice.predictive(np.hstack([x, x])), once.predictive(x), strict=True):
        np.testing.assert_allclose(sd, other, rtol=1e-12)


def test_no_data_leave_the_prior() -> None:
    prior_mean, prior_sd = np.array([1.0, -2.0]), np.array([0.5, 3.0])
    nothing = conjugate(
        np.zeros((1, 2)), np.zeros(1), noise_root=np.ones(1), prior_mean=prior_mean, prior_root=prior_sd
    )
    np.testing.assert_allclose(nothing.mean, prior_mean)
    np.testing.assert_allclose(nothing.covariance, np.diag(prior_sd**2), atol=1e-15)
    assert nothing.log_evidence == pytest.approx(stats.norm.logpdf(0))
