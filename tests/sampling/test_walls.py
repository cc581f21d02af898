"""Densities that end at a wall: trajectories are refused there, and warm-up does not shorten their steps for it."""

import numpy as np
import pytest
from scipy import stats

import bayesnn as bnn

NORMAL, WALL, N = np.array([2.0, 1.0, -2.0]) / 3, 0.5, 30_000
"""N(0, 1) in three dimensions where NORMAL · x > WALL, and nowhere else."""
ALONG = stats.truncnorm(WALL, np.inf)


class Walled:
    n_params = 3

    def __call__(self, x):
        return self.value_and_grad(x)[0]

    def value_and_grad(self, x):
        inside = x @ NORMAL > WALL
        return np.where(inside, -0.5 * np.sum(x * x, axis=-1), -np.inf), np.where(inside[..., None], -x, 0.0)


def moments(x: np.ndarray) -> dict[str, tuple[np.ndarray, float, float]]:
    """Functions of draws (..., 3), their expectations and variances."""
    along, across = x @ NORMAL, (x - (x @ NORMAL)[..., None] * NORMAL) @ np.array([1.0, 0.0, 1.0]) / np.sqrt(2)
    near = ALONG.cdf(WALL + 0.1)
    second = ALONG.moment(2)
    return {
        "along": (along, ALONG.mean(), ALONG.var()),
        "along^2": (along**2, second, ALONG.moment(4) - second**2),
        "near the wall": (along < WALL + 0.1, near, near * (1 - near)),
        "across": (across, 0.0, 1.0),
        "across^2": (across**2, 1.0, 2.0),
        "across along": (across * along, 0.0, second),
    }


@pytest.mark.parametrize("kind", [bnn.HMC, bnn.MAMS])
@pytest.mark.parametrize("step_size", [0.2, 1.0])
def test_walkers_that_are_exact_draws_stay_exact_draws(kind, step_size) -> None:
    """Many of them meet the wall: bounds of 5 σ from as many independent walkers."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal((N, 3))
    x += (ALONG.rvs(N, random_state=rng) - x @ NORMAL)[:, None] * NORMAL
    move, random = kind(step_size=step_size, n_steps=4), np.random.RandomState(0)
    for _ in range(8):
        here, accepted = move.step(Walled(), x, random)
        x = here.x
        assert 0.3 < np.mean(accepted) < 0.95
    for name, (found, mean, variance) in moments(x).items():
        assert abs(np.mean(found) - mean) < 5 * np.sqrt(variance / N), name


@pytest.mark.parametrize("moves", ["auto", "hmc"])
def test_a_likelihood_that_is_zero_outside_of_a_region(moves) -> None:
    """As a person writes it: warm-up finds steps of ordinary length, and no trajectory diverges."""

    def log_likelihood(a, b, c):
        return np.where(np.stack([a, b, c], axis=-1) @ NORMAL > WALL, 0.0, -np.inf)

    post = bnn.FunctionPosterior(log_likelihood, dict.fromkeys("abc", bnn.Normal(0, 1)), vectorized=True)
    draws = bnn.sample(post, moves=moves, progress=False)
    diagnosis = bnn.diagnose(draws)
    assert diagnosis.ok, diagnosis
    assert draws.n_divergent == 0
    assert draws.n_evaluations < 4_000_000
    for name, (found, mean, _) in moments(draws.theta).items():
        convergence = bnn.diagnostics.convergence.convergence(found[..., None].astype(float))
        assert convergence.ess_bulk[0] > 1000
        assert abs(np.mean(found) - mean) < 5 * convergence.mcse_mean[0], name


@pytest.mark.parametrize("moves", ["mams", "hmc"])
def test_a_mode_beyond_the_wall(moves) -> None:
    """Which draws trajectories through the wall, and back elsewhere at another energy: N(1.6, 1/5) below 0.5."""

    def log_likelihood(a, b, c):
        along = np.stack([a, b, c], axis=-1) @ NORMAL
        return np.where(along < 0.5, -2 * (along - 2) ** 2, -np.inf)

    post = bnn.FunctionPosterior(log_likelihood, dict.fromkeys("abc", bnn.Normal(0, 1)), vectorized=True)
    draws = bnn.sample(post, moves=moves, n_draws=800, progress=False)
    assert bnn.diagnose(draws).ok
    assert draws.n_evaluations < 8_000_000
    along, exact = draws.theta @ NORMAL, stats.truncnorm(-np.inf, -1.1 * np.sqrt(5), 1.6, np.sqrt(0.2))
    for found, mean in ((along, exact.mean()), (along**2, exact.moment(2))):
        convergence = bnn.diagnostics.convergence.convergence(found[..., None])
        assert convergence.ess_bulk[0] > 1000
        assert abs(found.mean() - mean) < 5 * convergence.mcse_mean[0]


class Box:
    """N(0, 1) in three dimensions, where all of them are within 0.001."""

    n_params, half = 3, 1e-3

    def __call__(self, x):
        return self.value_and_grad(x)[0]

    def value_and_grad(self, x):
        inside = np.max(np.abs(x), axis=-1) < self.half
        return np.where(inside, -0.5 * np.sum(x * x, axis=-1), -np.inf), np.where(inside[..., None], -x, 0.0)


def test_a_region_much_smaller_than_the_first_trajectories() -> None:
    start = np.random.default_rng(0).uniform(-Box.half, Box.half, (2, 32, 3))
    draws = bnn.sample(Box(), moves="mams", start=start, n_ensembles=2, n_warmup=150, n_draws=250, progress=False)
    assert draws.n_evaluations < 2_000_000
    for found, mean in ((draws.theta, 0.0), (draws.theta**2, Box.half**2 / 3)):
        convergence = bnn.diagnostics.convergence.convergence(found)
        assert convergence.ess_bulk.min() > 400
        assert np.all(abs(found.mean(axis=(0, 1, 2)) - mean) < 5 * convergence.mcse_mean)
