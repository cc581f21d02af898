"""Scales that warm-up finds: pooled where walkers agree, of each walker where they do not."""

import emcee
import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.sampling.metric import metric_of
from bayesnn.sampling.tuning import Memory, Moments
from tests.problems.densities import CorrelatedGaussian

P, W = 40, 6


def moments_of(sd: np.ndarray, n: int = 60, **settings) -> Moments:
    """Of independent draws of walkers that are N(0, sd²), sd (W, P)."""
    rng, moments = np.random.default_rng(0), Moments(**settings)
    for _ in range(n):
        x = sd * rng.standard_normal((W, P))
        moments.observe(x, -x / sd**2)
    return moments


def widths() -> np.ndarray:
    """Two decades of widths, in another order for each walker: units of a network, permuted."""
    rng = np.random.default_rng(1)
    return np.stack([rng.permutation(np.logspace(-1, 1, P)) for _ in range(W)])


def test_walkers_in_modes_of_their_own_have_scales_of_their_own() -> None:
    sd = widths()
    moments = moments_of(sd)
    scale = moments.scale()
    assert scale.shape == (W, 1, P)
    assert np.abs(np.log(scale[:, 0] / sd)).max() < 0.05
    assert moments.reach(scale) == pytest.approx(1, abs=0.1)


def test_walkers_that_agree_share_their_scales() -> None:
    sd = np.broadcast_to(np.logspace(-1, 1, P), (W, P))
    scale = moments_of(sd).scale()
    assert scale.shape == (P,)
    np.testing.assert_allclose(scale, sd[0] ** (60 / 65), rtol=0.2)


def test_walkers_that_see_each_other_share_theirs_too() -> None:
    assert moments_of(widths(), correlations=False).scale().shape == (P,)


def test_each_walker_moves_in_its_own_units() -> None:
    scale = np.random.default_rng(2).uniform(1, 2, (W, P))
    metric, z = metric_of(scale[:, None]), np.ones((W, P))
    np.testing.assert_array_equal(metric.push(z), scale)
    np.testing.assert_array_equal(metric.pull(z), scale)
    assert metric.mean_log == pytest.approx(np.log(scale).mean())


class TwoWidths:
    """½ N(−10, s²) + ½ N(10, s'²) in each component of R^40, for walkers that never go from one to the other."""

    n_params = P
    sd = np.stack([np.logspace(-1, 0, P), np.logspace(0, -1, P)])

    def __call__(self, theta):
        return self.value_and_grad(theta)[0]

    def value_and_grad(self, theta):
        right = (theta[..., 0] > 0).astype(int)
        z = (theta - np.where(right, 10.0, -10.0)[..., None]) / self.sd[right]
        return -0.5 * np.sum(z * z, axis=-1) - np.log(self.sd[right]).sum(axis=-1), -z / self.sd[right]


@pytest.mark.parametrize("move", [bnn.HMC, bnn.MAMS])
def test_draws_of_each_mode_have_its_widths(move) -> None:
    start = np.repeat([[-10.0], [10.0]], [4, 4], axis=0) * np.ones(P)
    draws = bnn.sample(
        TwoWidths(), moves=move(), start=start, n_walkers=8, n_ensembles=1, n_warmup=200, n_draws=400, progress=False
    )
    for walkers, sd in zip((slice(4), slice(4, 8)), TwoWidths.sd, strict=True):
        found = draws.theta[0, walkers].reshape(-1, P)
        np.testing.assert_allclose(found.std(axis=0), sd, rtol=0.2)
        np.testing.assert_allclose((found.mean(axis=0) - start[walkers][0, 0]) / sd, 0, atol=0.3)


def memory_of(series: np.ndarray) -> float:
    """Of log densities (n, W), step after step."""
    memory = Memory()
    for log_prob in series:
        memory.observe(log_prob)
    return memory.time


def first_order(rho: float, n: int, n_walkers: int) -> np.ndarray:
    """Stationary x' = ρ x + sqrt(1 − ρ²) N(0, 1), (n, W)."""
    rng = np.random.default_rng(3)
    series = rng.standard_normal((n, n_walkers))
    for i in range(1, n):
        series[i] = rho * series[i - 1] + np.sqrt(1 - rho**2) * series[i]
    return series


@pytest.mark.parametrize("rho", [0.0, 0.5, 0.8])
def test_walkers_remember_as_long_as_an_autoregression_does(rho: float) -> None:
    """(1 + ρ) / (1 − ρ), but for what is below the threshold; in a window of a few such times."""
    assert memory_of(first_order(rho, 40, 200)) == pytest.approx((1 + rho) / (1 - rho), rel=0.3)


def test_rising_together_is_not_memory() -> None:
    series = first_order(0.0, 40, 100)
    assert memory_of(series + 100 * np.log(1 + np.arange(40))[:, None]) == pytest.approx(memory_of(series))


def test_one_lost_walker_does_not_speak_for_all() -> None:
    series = first_order(0.0, 40, 100)
    lost = series.copy()
    lost[:, 7] -= 1e6
    nowhere = series.copy()
    nowhere[:, 7] = -np.inf
    assert memory_of(series) == 1
    assert max(memory_of(lost), memory_of(nowhere)) < 3


@pytest.mark.parametrize("series", [np.zeros((20, 5)), np.full((20, 5), -np.inf), np.eye(20)[:, :1], np.zeros((0, 0))])
def test_where_nothing_differs_nothing_is_remembered(series: np.ndarray) -> None:
    assert memory_of(series) == 1


@pytest.mark.parametrize(("time", "stretch"), [(1.0, 1.0), (4.0, 1.0), (6.25, 1.25), (1e3, 2.0)])
def test_long_memory_makes_trajectories_longer_up_to_twice_as_long(time, stretch, monkeypatch) -> None:
    move, density = bnn.HMC(), CorrelatedGaussian(np.zeros(2), np.eye(2))
    sampler = emcee.EnsembleSampler(8, 2, density, vectorize=True, moves=move)
    sampler.run_mcmc(np.random.default_rng(1).standard_normal((8, 2)), 30, tune=True)
    monkeypatch.setattr(Memory, "time", time)
    reach = move._moments.reach(move._moments.scale())
    move.end_window()
    assert move.length == pytest.approx(1.2 * stretch * reach)
    other = bnn.HMC()
    other.restore(move.state())
    assert (other.stretch, other.length) == (move.stretch, move.length)
