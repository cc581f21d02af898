"""Particles under a tempered likelihood, and the moves that leave it as it is."""

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.sampling.kernels import Hamiltonian, Kernel, RandomWalk, Rungs, kernel_of
from bayesnn.sampling.particles import Particles, Parts

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
    cloud = Parts(post).at(theta)
    for beta in (0.2, 1.0):
        value, grad = post.blend(likelihood=beta).value_and_grad(theta)
        np.testing.assert_allclose(cloud.log_prob(beta), value, rtol=1e-12)
        np.testing.assert_allclose(cloud.grad(beta), grad, rtol=1e-9, atol=1e-12)
    powers = np.linspace(0.1, 1, 5)
    assert cloud.log_prob(powers)[2] == cloud.log_prob(powers[2])[2]
    assert np.array_equal(cloud.grad(powers)[2], cloud.grad(powers[2])[2])


def tuned(kernel: Kernel, cloud: Particles, power: float) -> Rungs:
    """The scale of these particles, and a step by acceptance."""
    step, scale = np.array([kernel.first_step]), kernel.scale(cloud, power)[None]
    for seed in range(20):
        moved = kernel.move(cloud, Rungs(np.array([power]), step, scale), np.random.default_rng(seed))
        step = step * np.exp(moved.acceptance - kernel.target)
    return Rungs(np.array([power]), step, scale)


def gaussian(power: float) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of the line under a power of its likelihood."""
    design, prior = np.vander(X, 3, increasing=True), np.array([1.0, 0.5, 2.0])
    covariance = np.linalg.inv(power * design.T @ design / 0.25 + np.diag(prior**-2))
    return covariance @ (power * design.T @ (1 + np.sin(X)) / 0.25 + 0.2 * prior**-2), covariance


def moved(kernel: Kernel, cloud: Particles, rungs: Rungs, n: int) -> Particles:
    rng = np.random.default_rng(4)
    for _ in range(n):
        cloud = kernel.move(cloud, rungs, rng).cloud
    return cloud


@pytest.mark.parametrize("kind", [Hamiltonian, RandomWalk])
def test_the_tempered_density_stays_as_it_is(kind) -> None:
    """Exact draws of the tempered Gaussian keep their mean and second moments, in 5σ."""
    rng, size, (mean, covariance) = np.random.default_rng(3), 4000, gaussian(BETA)
    kernel, theta = kind(LINE), rng.multivariate_normal(mean, covariance, 2 * size)
    start = kernel.parts.at(theta[:size])
    end = moved(kernel, start, tuned(kernel, kernel.parts.at(theta[size:]), BETA), 10)
    z = (end.theta - mean) @ np.linalg.inv(np.linalg.cholesky(covariance)).T
    assert np.all(np.abs(z.mean(axis=0)) < 5 / np.sqrt(size))
    assert np.all(np.abs((z**2).mean(axis=0) - 1) < 5 * np.sqrt(2 / size))
    assert np.all(np.abs(np.corrcoef(z.T)[np.triu_indices(3, 1)]) < 5 / np.sqrt(size))
    correlation = [np.corrcoef(a, b)[0, 1] for a, b in zip(start.theta.T, end.theta.T, strict=True)]
    assert np.max(np.abs(correlation)) < 0.1  # and they have moved


@pytest.mark.parametrize("kind", [Hamiltonian, RandomWalk])
def test_the_log_det_belongs_to_it(kind) -> None:
    """From anywhere to the means of p and r under the tempered Beta and Gamma."""
    kernel = kind(BOUNDED)
    cloud = kernel.parts.at(BOUNDED.sample_prior(np.random.default_rng(5), 4000))
    values = BOUNDED.unpack(moved(kernel, cloud, tuned(kernel, cloud, BETA), 25).theta)
    a, b, shape = 1 + 2 * BETA, 2 + 4 * BETA, 2 + 3 * BETA
    sd = np.sqrt(a * b / (a + b) ** 2 / (a + b + 1)), np.sqrt(shape) / (1 + 2 * BETA)
    assert abs(values["p"].mean() - a / (a + b)) < 5 * sd[0] / np.sqrt(4000)
    assert abs(values["r"].mean() - shape / (1 + 2 * BETA)) < 5 * sd[1] / np.sqrt(4000)


@pytest.mark.parametrize("kind", [Hamiltonian, RandomWalk])
def test_rungs_of_one_batch_move_apart(kind) -> None:
    """A low power and a high one, whose trajectories differ in step and in number of steps: each keeps its own."""
    kernel, powers, rng, size = kind(LINE), (1e-3, 1.0), np.random.default_rng(6), 2000
    clouds = [kernel.parts.at(rng.multivariate_normal(*gaussian(power), size)) for power in powers]
    rungs = Rungs.together([tuned(kernel, cloud, power) for cloud, power in zip(clouds, powers, strict=True)])
    assert rungs.step_size[0] != rungs.step_size[1]
    last = kernel.move(moved(kernel, Particles.together(clouds), rungs, 10), rungs, rng)
    assert np.all(np.abs(last.acceptance - kernel.target) < 0.12)
    assert last.n_evaluations >= 2 * size
    for rows, power in zip((slice(size), slice(size, None)), powers, strict=True):
        part, (mean, covariance) = last.cloud.take(rows), gaussian(power)
        z = (part.theta - mean) @ np.linalg.inv(np.linalg.cholesky(covariance)).T
        assert np.all(np.abs((z**2).mean(axis=0) - 1) < 5 * np.sqrt(2 / size))
        np.testing.assert_allclose(part.log_likelihood, LINE.log_likelihood(part.theta), rtol=1e-12)
        np.testing.assert_allclose(part.grad(0.7), LINE.blend(likelihood=0.7).value_and_grad(part.theta)[1], atol=1e-8)


def test_trajectories_can_be_undone() -> None:
    """Leapfrog from its own end with the momentum turned comes back, each particle after its own number of steps."""
    kernel, rng = Hamiltonian(LINE), np.random.default_rng(2)
    begin, momenta = kernel.parts.at(LINE.sample_prior(rng, 6)), rng.standard_normal((6, 3))
    settings = {
        "beta": rng.uniform(size=6),
        "unit": rng.uniform(0.05, 0.1, size=(6, 3)),
        "n_steps": np.array([3, 1, 7, 3, 2, 7]),
    }
    end, p = kernel._trajectories(begin, momenta, **settings)
    back, q = kernel._trajectories(end, -p, **settings)
    assert np.min(np.abs(end.theta - begin.theta).max(axis=1)) > 1e-3
    np.testing.assert_allclose(back.theta, begin.theta, atol=1e-10)
    np.testing.assert_allclose(q, -momenta, atol=1e-9)


def test_networks_are_judged_in_float64(network) -> None:
    """Slopes of a network may be rounded, ln L at the ends is not."""
    post = network(1, 3, 1)
    kernel = kernel_of(post)
    assert kernel.parts.is_rounded
    cloud = kernel.parts.at(post.sample_prior(np.random.default_rng(3), 50))
    rung = Rungs(np.array([0.5]), np.array([0.1]), kernel.scale(cloud, 0.5)[None])
    end = kernel.move(cloud, rung, np.random.default_rng(1)).cloud
    assert not np.array_equal(end.theta, cloud.theta)
    assert np.array_equal(end.log_likelihood, post.log_likelihood(end.theta))


def test_what_is_not_finite_never_moves_a_particle() -> None:
    def log_likelihood(x):
        with np.errstate(invalid="ignore"):
            return np.where(x > 0, -np.sqrt(x), np.nan)

    post = bnn.FunctionPosterior(log_likelihood, {"x": bnn.Normal(0, 1)}, vectorized=True)
    kernel = kernel_of(post)
    cloud = kernel.parts.at(np.abs(post.sample_prior(np.random.default_rng(1), 50)))
    assert np.all(moved(kernel, cloud, tuned(kernel, cloud, BETA), 10).theta > 0)
    assert np.isneginf(kernel.parts.at(np.array([[-1.0]])).log_likelihood[0])
