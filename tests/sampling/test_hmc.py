"""The inner workings of the Hamiltonian move: its cache, its tuning, its counters."""

import emcee
import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.sampling.leapfrog import Phase, leapfrog
from bayesnn.sampling.metric import Diagonal
from tests.problems.densities import CorrelatedGaussian, LogGammas

SKEWED = LogGammas(np.array([0.7, 1.0, 2.0]))


def steps(density, move, n, *, tune=False, start=None):
    sampler = emcee.EnsembleSampler(8, density.n_params, density, vectorize=True, moves=move)
    sampler.random_state = np.random.RandomState(3).get_state()
    start = np.random.default_rng(0).standard_normal((8, density.n_params)) if start is None else start
    states = sampler.sample(start, iterations=n, tune=tune, skip_initial_state_check=True)
    return sampler, list(states)[-1]


def test_a_move_used_again_on_another_density_forgets_the_first() -> None:
    move = bnn.HMC(step_size=0.2, n_steps=5)
    _, state = steps(SKEWED, move, 10)
    narrow = CorrelatedGaussian.of(3, condition=1.0, seed=0)
    move.step_size = 1e4  # all is rejected, so that what the move holds is what it began with
    sampler, state = steps(narrow, move, 1, start=state.coords)
    assert sampler.acceptance_fraction.max() == 0
    np.testing.assert_allclose(move._cache[1].log_prob, narrow(state.coords), rtol=1e-12)
    np.testing.assert_allclose(move._cache[1].grad, narrow.value_and_grad(state.coords)[1], rtol=1e-12)


def test_leapfrog_is_reversible_and_of_second_order() -> None:
    rng = np.random.default_rng(1)
    x, p = rng.standard_normal((2, 5, 3))
    units = Diagonal(np.array([1.0, 0.5, 2.0]))
    start = Phase(x, *SKEWED.value_and_grad(x), p)
    end = leapfrog(SKEWED, start, 0.1, 10, units)
    back = leapfrog(SKEWED, Phase(end.x, end.log_prob, end.grad, -end.p), 0.1, 10, units)
    np.testing.assert_allclose(back.x, x, atol=1e-12)
    np.testing.assert_allclose(-back.p, p, atol=1e-12)
    errors = [np.abs(leapfrog(SKEWED, start, 1 / n, n, Diagonal(1.0)).energy - start.energy) for n in (50, 100)]
    assert 3.5 < errors[0].sum() / errors[1].sum() < 4.5


def test_warm_up_meets_its_target_and_is_then_frozen() -> None:
    density = CorrelatedGaussian.of(10, condition=100.0, seed=4)
    start = density.mean + np.zeros((4, 16, 10))
    for target in (0.6, 0.8, 0.95):
        draws = bnn.sample(
            density, moves=bnn.HMC(target_acceptance=target), start=start, n_draws=400, n_warmup=400, progress=False
        )
        assert abs(draws.acceptance.mean() - target) < 0.04
    move = bnn.HMC()
    steps(density, move, 50, tune=True)
    tried = move.step_size
    move.freeze()
    assert move.step_size == move._steps.average != tried
    kept = move.step_size, move.n_steps
    steps(density, move, 20)
    assert (move.step_size, move.n_steps) == kept


def test_scales_are_found() -> None:
    """On normals of unequal width the metric is their covariance."""
    widths = np.array([0.01, 1.0, 30.0])
    cov = np.outer(widths, widths) * np.array([[1, 0.5, 0], [0.5, 1, -0.7], [0, -0.7, 1]])
    density = CorrelatedGaussian(np.zeros(3), cov)
    move = bnn.HMC(step_size=0.01)
    _, state = steps(density, move, 300, tune=True, start=widths * np.random.default_rng(0).standard_normal((8, 3)))
    for n in (300, 300):
        move.end_window()
        _, state = steps(density, move, n, tune=True, start=state.coords)
    move.end_window()
    np.testing.assert_allclose(
        move.scale @ move.scale.T / np.outer(widths, widths), cov / np.outer(widths, widths), atol=0.2
    )


def test_trajectories_are_as_long_as_walkers_wander() -> None:
    """Beyond P = 32 the scales are (var x / var g)^¼, and of a Gaussian both variances are known."""
    density = CorrelatedGaussian.of(40, condition=100.0, seed=5)
    scale = (density.variance / np.diag(density.precision)) ** 0.25
    wander = np.sqrt(np.mean(density.variance / scale**2))
    assert wander > 1.3
    move = bnn.HMC(step_size=0.3, n_steps=8, scale=scale)
    exact = np.random.default_rng(0).multivariate_normal(density.mean, density.covariance, 8)
    steps(density, move, 400, tune=True, start=exact)
    move.end_window()
    assert abs(move.length / (1.2 * wander) - 1) < 0.1
    move = bnn.HMC(step_size=0.3)
    steps(CorrelatedGaussian.of(3, condition=100.0, seed=5), move, 400, tune=True)
    move.end_window()
    # with correlations learned, all directions are as wide as their scale; what they remember asks for a little more
    assert abs(move.length / (1.2 * move.stretch) - 1) < 0.1
    assert 1 <= move.stretch < 1.3
    move.freeze()
    assert move.n_steps == round(move.length / move.step_size)


def test_a_trajectory_that_loses_its_energy_is_counted() -> None:
    move = bnn.HMC(step_size=1e4, n_steps=10)
    sampler, _ = steps(SKEWED, move, 10)
    assert move.n_divergent > 70
    assert sampler.acceptance_fraction.max() == 0


@pytest.mark.parametrize("n_warmup", [3, 20, 100])
def test_a_move_that_is_hardly_chosen_keeps_what_it_has(n_warmup: int) -> None:
    start = SKEWED.mean + np.random.default_rng(0).standard_normal((2, 8, 3))
    moves = [(bnn.HMC(step_size=0.3, n_steps=4), 0.02), ("stretch", 0.98)]
    draws = bnn.sample(
        SKEWED, moves=moves, n_warmup=n_warmup, n_draws=20, n_walkers=8, n_ensembles=2, start=start, progress=False
    )
    assert np.all(np.isfinite(draws.theta))


def test_an_ensemble_draws_with_the_step_size_that_warm_up_settled_on() -> None:
    from bayesnn.sampling.ensemble import EnsembleTask, advance, begin

    start = np.random.default_rng(0).standard_normal((8, 3))
    task = EnsembleTask(SKEWED, [(bnn.HMC(), 1.0)], n_warmup=60)
    first = begin(task, start, np.random.SeedSequence(1))
    warm, drawn = (bnn.HMC() for _ in range(2))
    warm.restore(advance((task, first, 60)).state.moves[0])
    drawn.restore(advance((task, first, 70)).state.moves[0])
    assert drawn.step_size == drawn._steps.average != warm.step_size
    assert 8 < drawn._steps.count <= 12  # the last window of warm-up but for short steps, and not one more
    assert drawn._moments.count == 0
