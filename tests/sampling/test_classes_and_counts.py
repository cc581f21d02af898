"""Draws of posteriors that are not Gaussian against quadrature and a conjugate posterior."""

import numpy as np
from scipy import stats
from scipy.special import digamma, expit, log_expit, polygamma

import bayesnn as bnn
from tests.sampling.test_exactness import moments_agree


def test_logistic_regression_is_the_integral_over_its_two_weights() -> None:
    x = np.linspace(-2, 2, 10)
    y = np.array([0, 0, 1, 0, 0, 1, 0, 1, 1, 1])
    line = bnn.LinearModel(bnn.polynomial(degree=1))
    post = bnn.Posterior(line, bnn.Bernoulli(), prior={"w": bnn.Normal(0, 2)}, data=bnn.Dataset(x, y))
    grid = np.linspace(-9, 12, 421)
    w = np.stack(np.meshgrid(grid, grid, indexing="ij"), axis=-1).reshape(-1, 2)
    f = w[:, :1] + w[:, 1:] * x
    log_density = log_expit((2 * y - 1) * f).sum(axis=1) + stats.norm(0, 2).logpdf(w).sum(axis=1)
    mass = np.exp(log_density - log_density.max())
    mass /= mass.sum()
    mean = mass @ w
    draws = bnn.sample(post, n_draws=1000, progress=False)
    moments_agree(draws.theta, mean, mass @ (w - mean) ** 2, least_ess=2000)
    product = np.prod(draws.theta - mean, axis=-1, keepdims=True)
    moments_agree(product, np.array([mass @ np.prod(w - mean, axis=1)]), None, least_ess=1000)
    at = 1.5
    probability = expit(draws.theta[..., :1] + draws.theta[..., 1:] * at)
    moments_agree(probability, np.array([mass @ expit(w[:, 0] + w[:, 1] * at)]), None, least_ess=1000)


def test_a_rate_under_a_flat_prior_of_its_logarithm_is_gamma_and_new_counts_negative_binomial() -> None:
    counts = np.array([3, 1, 0, 2, 4])
    total, n = counts.sum(), len(counts)
    rate = bnn.LinearModel(bnn.polynomial(degree=0))
    data = bnn.Dataset(np.arange(5.0), counts)
    post = bnn.Posterior(rate, bnn.Poisson(), prior={"w": bnn.Flat()}, data=data)
    draws = bnn.sample(post, n_draws=1000, progress=False)
    mean, variance = digamma(total) - np.log(n), polygamma(1, total)
    moments_agree(draws.theta, np.array([mean]), np.array([variance]), least_ess=2000)
    p = bnn.predict(post, draws, [0.0])
    law = stats.nbinom(total, n / (n + 1))
    assert abs(p.mean[0] - law.mean()) < 5 * law.std() / np.sqrt(2000)
    np.testing.assert_allclose(p.sd, law.std(), rtol=0.03)
    new = p.sample(np.random.default_rng(0), 50_000).ravel()
    seen = np.bincount(new.astype(int), minlength=6)[:6] / len(new)
    np.testing.assert_allclose(seen, law.pmf(np.arange(6)), atol=0.012)
