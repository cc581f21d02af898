"""The first window of warm-up of a network: at a temperature, exactly so, and at no other time."""

import emcee
import numpy as np
import pytest
from scipy.stats import norm

import bayesnn as bnn
from bayesnn.sampling.ensemble import EnsembleTask, advance, begin
from bayesnn.sampling.moves.tuned import Beginning
from bayesnn.sampling.start import default_beginning
from bayesnn.sampling.tempered import Tempered
from tests.problems.densities import PROBLEMS

SKEWED = PROBLEMS["skewed P = 4"]
TEMPERATURE = 2.0
KINDS = [bnn.HMC, bnn.MAMS, bnn.WalkHMC]


def of_temperature(n: int) -> np.ndarray:
    """Exact draws (n, P) of SKEWED^(1/T): exp(x) / T is Gamma of shapes / T."""
    rng = np.random.default_rng(0)
    return np.log(TEMPERATURE * rng.gamma(SKEWED.shapes / TEMPERATURE, size=(n, SKEWED.n_params)))


@pytest.mark.parametrize("kind", KINDS)
def test_a_move_at_a_temperature_leaves_the_tempered_density_as_it_is(kind) -> None:
    """Means and second moments of many walkers, each by what has changed; log densities are those of T = 1."""
    x, move = of_temperature(100_000), kind(step_size=0.5, n_steps=3)
    move.begin_among(Beginning(x, temperature=TEMPERATURE))
    sampler = emcee.EnsembleSampler(len(x), SKEWED.n_params, SKEWED, vectorize=True, moves=move)
    sampler._random = np.random.RandomState(1)
    for state in sampler.sample(x, iterations=4, skip_initial_state_check=True, store=False):
        after = state.coords
    np.testing.assert_array_equal(state.log_prob, SKEWED(after))
    assert np.mean(np.any(after != x, axis=1)) > 0.9
    change = np.hstack([after - x, (after - x.mean(axis=0)) ** 2 - (x - x.mean(axis=0)) ** 2])
    z = change.mean(axis=0) / change.std(axis=0) * np.sqrt(len(x))
    assert np.abs(z).max() < norm.isf(1e-6)


@pytest.mark.parametrize("n_warmup", [0, 7, 60])
def test_it_ends_with_the_first_window(n_warmup) -> None:
    """Also of a move that was hardly ever chosen."""
    moves = [(bnn.MAMS(), 1.0), (bnn.HMC(), 1e-9)]
    task, start = EnsembleTask(SKEWED, moves, n_warmup), SKEWED.mean + np.zeros((8, 4))
    state = begin(task, start, np.random.SeedSequence(1), Beginning(start, temperature=TEMPERATURE))
    assert [float(kept["temperature"]) for kept in state.moves] == [2.0, 2.0]
    for step in range(1, n_warmup + 3):
        state = advance((task, state, step)).state
        hot = 2.0 if step <= min(n_warmup, 10) else 1.0
        assert [float(kept["temperature"]) for kept in state.moves] == [hot, hot]


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_that_is_cut_while_it_is_hot_is_the_same_bit_for_bit(kind) -> None:
    task, start = EnsembleTask(SKEWED, [(kind(), 1.0)], 40), SKEWED.mean + np.random.default_rng(0).normal(size=(8, 4))
    state = begin(task, start, np.random.SeedSequence(1), Beginning(start, temperature=TEMPERATURE))
    whole = advance((task, state, 50)).state
    for step in (3, 10, 11, 50):
        state = advance((task, state, step)).state
    np.testing.assert_array_equal(state.coords, whole.coords)


def test_networks_that_were_trained_are_heated_and_nothing_else_is() -> None:
    X = np.linspace(-1, 1, 12)
    data = bnn.Dataset(X, np.sin(3 * X))
    settings = {"likelihood": bnn.Gaussian(sigma=0.1), "prior": {"*": bnn.Normal(0, 1)}, "data": data}
    network, line = (bnn.Posterior(bnn.MLP(widths), **settings) for widths in ((1, 4, 1), (1, 1)))
    assert default_beginning(network, np.zeros((2, 4, network.n_params))).temperature == 2.0
    assert default_beginning(line, np.zeros((2, 4, line.n_params))).temperature == 1.0


def test_a_tempered_density_is_a_power_with_its_slopes() -> None:
    x, hot = of_temperature(5), Tempered(SKEWED, 4.0)
    value, grad = hot.value_and_grad(x)
    np.testing.assert_array_equal(value, hot(x))
    np.testing.assert_allclose(4 * value, SKEWED(x), rtol=1e-15)
    np.testing.assert_allclose(4 * grad, SKEWED.shapes - np.exp(x), rtol=1e-15)
    assert (hot.n_params, hot.is_rounded) == (4, False)
