"""Walkers let go from modes: where they come to, and that none is lost."""

import numpy as np
import pytest

from bayesnn.sampling.relaxation import Fading, n_relaxation_steps, relax
from tests.problems.densities import CorrelatedGaussian

P = 50
GAUSSIAN = CorrelatedGaussian.of(P, condition=1000.0, seed=3)


def test_walkers_leave_the_mode_for_the_mass() -> None:
    """Of a Gaussian the energy is P / 2 above the mode, ± √(P/2) a walker; steps that are not adjusted add some."""
    mode = np.tile(GAUSSIAN.mean, (64, 1))
    energy = GAUSSIAN(mode) - GAUSSIAN(relax(GAUSSIAN, mode, np.random.default_rng(0)))
    assert 0.8 * P / 2 < energy.mean() < 1.5 * P / 2


def test_one_seed_gives_one_relaxation() -> None:
    start = np.tile(GAUSSIAN.mean, (3, 1))
    first, again, other = (relax(GAUSSIAN, start, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.any(first == other)
    assert len(np.unique(first, axis=0)) == 3


class Walled:
    """A standard normal in R^50 with a wall, beyond which there is neither a density nor a slope."""

    n_params = P

    def value_and_grad(self, theta):
        beyond = theta[:, 0] > 0.1
        value = np.where(beyond, np.nan, -0.5 * np.sum(theta**2, axis=1))
        return value, np.where(beyond[:, None], np.nan, -theta)


def test_no_walker_goes_where_there_is_no_density() -> None:
    x = relax(Walled(), np.zeros((32, P)), np.random.default_rng(0))
    assert np.all(np.isfinite(x))
    assert np.all(x[:, 0] <= 0.1)
    assert np.all(x.std(axis=0) > 0.3)


def test_scales_of_what_was_seen_are_those_of_each_walker() -> None:
    rng, sd = np.random.default_rng(0), np.array([[0.1, 1.0, 10.0], [10.0, 1.0, 0.1]])
    seen = Fading(np.zeros((2, 3)), np.zeros((2, 3)))
    for _ in range(2000):
        x = sd * rng.standard_normal((2, 3))
        seen.observe(x, -x / sd**2)
    np.testing.assert_allclose(seen.scale(), sd, rtol=0.1)
    np.testing.assert_allclose(np.sqrt(seen.variance[0]), sd, rtol=0.15)


def test_larger_posteriors_take_longer_up_to_a_limit() -> None:
    assert [n_relaxation_steps(n) for n in (1, 50, 10_000)] == pytest.approx([10, 500, 5000])
