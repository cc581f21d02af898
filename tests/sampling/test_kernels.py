"""Particles under a tempered likelihood, and the moves that leave it as it is."""

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.sampling.kernels import Hamiltonian, Kernel, RandomWalk, kernel_of
from bayesnn.sampling.particles import Particles, Tempered

BETA = 0.3
X = np.linspace(-1, 2, 7)
LINE = bnn.Posterior(
    bnn.LinearModel(bnn.polynomial(2)),
    bnn.Gaussian(sigma=0.5),
    prior={"w": bnn.Normal(0.2, [1.0, 0.5, 2.0])},
    data=bnn.Dataset(X, 1 + np.sin(X)),
)
# a posterior on the unit interval and the positive line: Beta(1 + 2 β, 2 + 4 β) and Gamma(2 + 3 β, 1 / (1 + 2 β))
BOUNDED = bnn.FunctionPosterior(
    lambda p, r: 2 * np.log(p) + 4 * np.log(1 - p) + 3 * np.log(r) - 2 * r,
    {"p": bnn.Beta(1, 2), "r": bnn.Gamma(2, 1)},
    vectorized=True,
)


@pytest.mark.parametrize("post", [LINE, BOUNDED], ids=["line", "bounded"])
def test_parts_make_the_blend_at_any_power(post) -> None:
    theta = post.sample_prior(np.random.default_rng(0), 5)
    cloud = Particles.at(post, theta)
    for beta in (0.2, 1.0):
        value, grad = post.blend(likelihood=beta).value_and_grad(theta)
        np.testing.assert_allclose(cloud.log_prob(beta), value, rtol=1e-12)
        np.testing.assert_allclose(cloud.grad(beta), grad, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(Tempered(post, beta).value_and_grad(theta)[0], value, rtol=1e-12)
        np.testing.assert_allclose(Tempered(post, beta)(theta), value, rtol=1e-12)
    powers = np.linspace(0.1, 1, 5)
    assert cloud.log_prob(powers)[2] == cloud.log_prob(powers[2])[2]
    assert np.array_equal(cloud.grad(powers)[2], cloud.grad(powers[2])[2])


def moved(kernel: Kernel, cloud: Particles, n: int) -> Particles:
    rng = np.random.default_rng(4)
    for step in range(n):
        kernel.adapts = step < n // 2
        if kernel.adapts:
            kernel.tune(cloud, BETA)
        cloud = kernel.move(cloud, BETA, rng)
    return cloud


@pytest.mark.parametrize("kind", [Hamiltonian, RandomWalk])
def test_the_tempered_density_stays_as_it_is(kind) -> None:
    """Exact draws of the tempered Gaussian keep their mean and second moments, in 5σ."""
    rng, size = np.random.default_rng(3), 4000
    design, prior = np.vander(X, 3, increasing=True), np.array([1.0, 0.5, 2.0])
    covariance = np.linalg.inv(BETA * design.T @ design / 0.25 + np.diag(prior**-2))
    mean = covariance @ (BETA * design.T @ (1 + np.sin(X)) / 0.25 + 0.2 * prior**-2)
    start = Particles.at(LINE, rng.multivariate_normal(mean, covariance, size))
    end = moved(kind(LINE, 1), start, 20)
    z = (end.theta - mean) @ np.linalg.inv(np.linalg.cholesky(covariance)).T
    assert np.all(np.abs(z.mean(axis=0)) < 5 / np.sqrt(size))
    assert np.all(np.abs((z**2).mean(axis=0) - 1) < 5 * np.sqrt(2 / size))
    assert np.all(np.abs(np.corrcoef(z.T)[np.triu_indices(3, 1)]) < 5 / np.sqrt(size))
    correlation = [np.corrcoef(a, b)[0, 1] for a, b in zip(start.theta.T, end.theta.T, strict=True)]
    assert np.max(np.abs(correlation)) < 0.1  # and they have moved


@pytest.mark.parametrize("kind", [Hamiltonian, RandomWalk])
def test_the_log_det_belongs_to_it(kind) -> None:
    """From anywhere to the means of p and r under the tempered Beta and Gamma."""
    cloud = Particles.at(BOUNDED, BOUNDED.sample_prior(np.random.default_rng(5), 4000))
    values = BOUNDED.unpack(moved(kind(BOUNDED, 1), cloud, 40).theta)
    a, b, shape = 1 + 2 * BETA, 2 + 4 * BETA, 2 + 3 * BETA
    sd = np.sqrt(a * b / (a + b) ** 2 / (a + b + 1)), np.sqrt(shape) / (1 + 2 * BETA)
    assert abs(values["p"].mean() - a / (a + b)) < 5 * sd[0] / np.sqrt(4000)
    assert abs(values["r"].mean() - shape / (1 + 2 * BETA)) < 5 * sd[1] / np.sqrt(4000)


@pytest.mark.parametrize("kind", [Hamiltonian, RandomWalk])
def test_groups_are_tuned_apart(kind) -> None:
    """A narrow group and a wide one, each with its own power."""
    rng, beta = np.random.default_rng(6), np.repeat([1e-3, 1.0], 500)
    cloud, kernel = Particles.at(LINE, LINE.sample_prior(rng, 1000)), kind(LINE, 2)
    for _ in range(30):
        kernel.tune(cloud, beta)
        cloud = kernel.move(cloud, beta, rng)
    wide, narrow = cloud.theta[:500].std(axis=0), cloud.theta[500:].std(axis=0)
    assert np.all(wide > 1.5 * narrow)
    assert kernel.n_evaluations >= 30_000


def test_what_is_not_finite_never_moves_a_particle() -> None:
    def log_likelihood(x):
        with np.errstate(invalid="ignore"):
            return np.where(x > 0, -np.sqrt(x), np.nan)

    post = bnn.FunctionPosterior(log_likelihood, {"x": bnn.Normal(0, 1)}, vectorized=True)
    cloud = Particles.at(post, np.abs(post.sample_prior(np.random.default_rng(1), 50)))
    assert np.all(moved(kernel_of(post), cloud, 10).theta > 0)
    assert np.isneginf(Particles.at(post, np.array([[-1.0]])).log_likelihood[0])
