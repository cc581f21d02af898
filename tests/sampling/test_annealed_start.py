"""Draws of the prior that follow the likelihood: in each mode as many as it has weight, and near the posterior."""

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.sampling.annealed_start import annealed_start
from bayesnn.sampling.start import default_start
from tests.sampling.test_start import two_modes

RNG = np.random.default_rng(3)
X = RNG.standard_normal((30, 4)) @ np.array([[1, 0.9, 0, 0], [0, 0.5, 0.3, 0], [0, 0, 1, 0.2], [0, 0, 0, 2.0]])
LINE = bnn.Posterior(
    bnn.LinearModel(bnn.polynomial(1, n_inputs=4)),
    bnn.Gaussian(),
    prior={"w": bnn.Normal(0, 10)},
    data=bnn.Dataset(X, X @ [1.0, -2.0, 0.5, 0.1], yerr=0.5),
)


def walkers(post, n_runs: int, n: int = 32) -> np.ndarray:
    return np.stack([annealed_start(post, np.random.default_rng(seed), n) for seed in range(n_runs)])


@pytest.mark.parametrize("has_gradient", [True, False])
def test_modes_are_seen_by_their_weight(has_gradient: bool) -> None:
    """0.8 and 0.2; half of the prior lies on either side."""
    left = np.mean(walkers(two_modes(has_gradient=has_gradient), 60)[..., 0] < 0, axis=1)
    assert abs(left.mean() - 0.8) < 5 * left.std() / np.sqrt(60)
    assert np.mean(left < 1) > 0.9
    assert left.std() < 0.15


def test_they_are_as_wide_as_the_posterior() -> None:
    """Means and covariance of a conjugate line, correlated 0.9, 40 to 200 times narrower than its prior."""
    exact = bnn.exact_posterior(LINE)
    root = np.linalg.cholesky(exact.covariance)
    z = np.linalg.solve(root, (walkers(LINE, 40) - exact.mean).reshape(-1, 5).T)
    np.testing.assert_allclose(z.mean(axis=1), 0, atol=0.2)
    np.testing.assert_allclose(np.cov(z), np.eye(5), atol=0.3)


def test_the_other_half_of_the_walkers_is_at_optima() -> None:
    start = default_start(LINE, np.random.default_rng(0), n_ensembles=2, n_walkers=9, spread=0.0, executor=None)
    at_mode = np.all(np.abs(start - bnn.exact_posterior(LINE).mean) < 1e-3, axis=-1)
    np.testing.assert_array_equal(at_mode, [[True] * 5 + [False] * 4] * 2)


def refused() -> dict[str, bnn.FunctionPosterior | bnn.Posterior]:
    normal, data = bnn.Normal(0, 1), bnn.Dataset(np.linspace(-1, 1, 9), np.zeros(9), yerr=1.0)
    line = bnn.LinearModel(bnn.polynomial(1))
    return {
        "many parameters": bnn.FunctionPosterior(lambda x: 0.0 * np.sum(x), {"x": bnn.Normal(0, 1, shape=(11,))}),
        "an improper prior": bnn.Posterior(line, bnn.Gaussian(), prior={"w": bnn.Flat()}, data=data),
        "a network": bnn.Posterior(bnn.MLP((1, 2, 1)), bnn.Gaussian(), prior={"*": normal}, data=data),
        "little that is allowed": bnn.FunctionPosterior(lambda a: -np.inf if a < 2.5 else -a, {"a": normal}),
        "a long way": bnn.FunctionPosterior(
            lambda x: -0.5e30 * np.sum((x - 1) ** 2, axis=-1), {"x": bnn.Normal(0, 1, shape=(10,))}, vectorized=True
        ),
    }


@pytest.mark.parametrize("why", refused())
def test_where_it_would_fail_there_is_none(why: str) -> None:
    post = refused()[why]
    assert annealed_start(post, np.random.default_rng(0), 8).shape == (0, post.n_params)


@pytest.mark.parametrize("vectorized", [True, False])
def test_walkers_are_where_the_density_is_finite(vectorized: bool) -> None:
    """Draws of Gamma(0.002, 1) that underflow to 0 are at θ = −∞; a likelihood of +infinity counts as none."""
    tiny = {"a": bnn.Gamma(0.002, 1.0)}
    below = bnn.FunctionPosterior(lambda a: -0.5 * (a - 1) ** 2, tiny, vectorized=vectorized)
    above = bnn.FunctionPosterior(lambda a: np.where(a > 1, np.inf, -(a**2)), {"a": bnn.Normal(0, 1)}, vectorized=True)
    for post in (below, above):
        for seed in range(10):
            found = annealed_start(post, np.random.default_rng(seed), 16)
            assert np.all(np.isfinite(found))
            assert np.all(np.isfinite(post(found)))


def test_a_mode_that_is_narrower_is_seen_too() -> None:
    """Of half of the mass in four dimensions, 0.6 as wide as the other half."""

    def log_likelihood(x):
        right = -0.5 * np.sum((x - 3) ** 2, axis=-1) / 0.36 - 4 * np.log(0.6)
        return np.logaddexp(-0.5 * np.sum((x + 3) ** 2, axis=-1), right)

    post = bnn.FunctionPosterior(log_likelihood, {"x": bnn.Normal(0, 6, shape=(4,))}, vectorized=True)
    right = np.mean(walkers(post, 30)[..., 0] > 0, axis=1)
    assert abs(right.mean() - 0.5) < 0.15
    assert np.mean(right > 0) > 0.9


def test_a_function_of_one_walker_is_asked_a_few_hundred_times() -> None:
    calls = []

    def log_likelihood(a, b):
        calls.append(1)
        return -np.abs(a - 1) - 50 * abs(b - 2)

    post = bnn.FunctionPosterior(log_likelihood, {"a": bnn.Normal(0, 1), "b": bnn.Normal(0, 10)})
    assert not post.has_gradient
    calls.clear()
    assert annealed_start(post, np.random.default_rng(0), 8).shape == (8, 2)
    assert 300 < len(calls) < 1500
