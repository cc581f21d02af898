"""Retries of lost trajectories: they leave the density as it is, and come where other steps do not."""

import numpy as np
import pytest
from scipy import stats

import bayesnn as bnn
from bayesnn.sampling.leapfrog import Phase
from bayesnn.sampling.metric import Diagonal
from bayesnn.sampling.retries import N_TRIES, with_retries
from tests.problems.densities import Funnel

FUNNEL, N = Funnel(4, 4.0), 30_000


def exact_draws(rng: np.random.Generator) -> np.ndarray:
    v = FUNNEL.s * rng.standard_normal(N)
    return np.column_stack([v, np.exp(0.5 * v)[:, None] * rng.standard_normal((N, 3))])


@pytest.mark.parametrize("kind", [bnn.HMC, bnn.MAMS])
@pytest.mark.parametrize("step_size", [0.5, 10.0])
def test_walkers_that_are_exact_draws_stay_exact_draws(kind, step_size) -> None:
    """A fifth to a half of them lose their first trajectory: bounds of 5 σ from as many independent walkers."""
    x, move, rng = exact_draws(np.random.default_rng(1)), kind(step_size=step_size, n_steps=3), np.random.RandomState(0)
    moved = np.zeros(N, dtype=bool)
    for _ in range(8):
        here, accepted = move.step(FUNNEL, x, rng)
        x, moved = here.x, moved | accepted
    assert np.mean(moved) > 0.5
    v, z = x[:, 0] / FUNNEL.s, x[:, 1:] * np.exp(-0.5 * x[:, :1])
    chi2 = np.sum(z**2, axis=1)
    p = stats.chi2(3).cdf(chi2)
    for name, found, mean, variance in [
        ("v", v, 0.0, 1.0),
        ("v^2", v**2, 1.0, 2.0),
        ("v < -1", v < -1, stats.norm.cdf(-1), stats.norm.cdf(-1) * stats.norm.cdf(1)),
        ("z", z[:, 0], 0.0, 1.0),
        ("chi2", chi2, 3.0, 6.0),
        ("chi2 by v", (chi2 - 3) * v, 0.0, 6.0),
        ("small chi2", p < 0.1, 0.1, 0.09),
    ]:
        deviation = (np.mean(found) - mean) / np.sqrt(variance / N)
        assert abs(deviation) < 5, name


@pytest.mark.parametrize("kind", [bnn.HMC, bnn.MAMS])
@pytest.mark.parametrize("step_size", [0.5, 2.0, 10.0])
def test_each_end_that_counts_leads_back_to_where_it_came_from(kind, step_size) -> None:
    """With opposite momenta, and the opposite ln of the ratio: what detailed balance is made of.

    In units of each walker's own, which go with it.
    """
    x, move = exact_draws(np.random.default_rng(2)), kind(step_size=step_size)
    begin = Phase(x, *FUNNEL.value_and_grad(x), move.momenta(x.shape, np.random.RandomState(0)))

    units = Diagonal(np.random.default_rng(3).uniform(0.5, 2.0, x.shape))

    def flight(begin, metric):
        return move.trajectory(FUNNEL, begin, 3, metric)

    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        end, gain, lost = with_retries(flight, begin, units, n_tries=N_TRIES)
        first = flight(begin, units)[1]
        counts = np.flatnonzero(gain > -30)
        back, opposite, _ = with_retries(flight, end.take(counts).turned, units.take(counts), n_tries=N_TRIES)
    assert not np.any(first[lost] > -50)
    assert np.sum(first[counts] < -50) > 100  # by a shorter try
    sizes = np.abs(x[counts]).max(axis=1, keepdims=True)
    # some paths are steep, and magnify rounding
    np.testing.assert_allclose(opposite, -gain[counts], rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(back.x / sizes, x[counts] / sizes, atol=1e-3)
