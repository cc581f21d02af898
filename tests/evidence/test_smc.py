"""Annealed SMC: small runs are unbiased and honest, one seed gives one result, and weights do what they say."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy.special import logsumexp

import bayesnn as bnn
from bayesnn.evidence.smc import Annealing, anneal, smc
from bayesnn.evidence.weights import agreed, longest_step, systematic

QUADRATIC = bnn.Posterior(
    bnn.LinearModel(bnn.polynomial(2)),
    bnn.Gaussian(),
    prior={"w": bnn.Normal([0.3, 0.5, -0.2], [1.5, 0.6, 0.4])},
    data=bnn.load_dataset("hz").standardize(),
)
TRUTH = bnn.log_evidence(QUADRATIC, method="exact").log_z


def test_small_runs_have_the_right_mean() -> None:
    """The mean of Z, not of ln Z, is the evidence; 5σ on a fixed seed."""
    seeds = np.random.SeedSequence(3).spawn(40)
    ratios = np.exp([anneal(Annealing(QUADRATIC, seed, 20, 10)).log_z - TRUTH for seed in seeds])
    assert abs(ratios.mean() - 1) < 5 * ratios.std() / np.sqrt(40) < 0.5


def test_stated_errors_of_small_runs_are_honest() -> None:
    found = [smc(QUADRATIC, n_particles=100, n_repeats=8, rng=seed) for seed in range(15)]
    z = np.array([(evidence.log_z - TRUTH) / evidence.error for evidence in found])
    assert np.sum(np.abs(z) < 2) >= 12
    assert 0.5 < np.sqrt(np.mean(z**2)) < 1.6


def test_one_seed_one_result() -> None:
    with ThreadPoolExecutor(2) as pool:
        runs = [smc(QUADRATIC, n_particles=100, n_repeats=4, rng=7, executor=how) for how in (None, pool)]
    assert runs[0] == runs[1]
    assert runs[0].log_z != smc(QUADRATIC, n_particles=100, n_repeats=4, rng=8).log_z


def test_more_particles_less_error() -> None:
    small, large = (smc(QUADRATIC, n_particles=n, n_repeats=16, rng=1).error for n in (100, 900))
    assert 1.8 < small / large < 5  # three times, as the root says


def test_particles_that_hardly_move_are_told_of() -> None:
    """Metropolis steps in 30 dimensions, where the likelihood has no gradient."""

    def log_likelihood(x):
        return -20 * np.sum(np.abs(x), axis=-1)

    post = bnn.FunctionPosterior(log_likelihood, {"x": bnn.Normal(0, 1, shape=(30,))}, vectorized=True)
    evidence = smc(post, n_particles=100, n_repeats=4)
    assert "hardly move" in evidence.notes[-1]
    assert len(smc(QUADRATIC, n_particles=200, n_repeats=4).notes) == 1


@pytest.mark.parametrize("share", [0.3, 0.8])
def test_the_longest_step_leaves_that_share(share: float) -> None:
    log_l = -50 * np.random.default_rng(1).standard_normal(400) ** 2
    step = longest_step(log_l, 1.0, share)
    size = np.exp(2 * logsumexp(step * log_l) - logsumexp(2 * step * log_l))
    assert size == pytest.approx(share * 400, rel=1e-6)
    assert longest_step(1e-3 * log_l, 1.0, share) == 1.0
    dead = np.concatenate([log_l, np.full(100, -np.inf)])
    assert longest_step(dead, 1.0, share) == pytest.approx(step)
    assert longest_step(np.array([0.0, -1e300]), 1.0, 0.8) > 0


def test_systematic_resampling_follows_the_weights() -> None:
    rng = np.random.default_rng(0)
    log_weights = np.log(rng.dirichlet(np.ones(9))) + 700
    log_weights[4] = -np.inf
    share = np.exp(log_weights - logsumexp(log_weights))
    counts = np.array([np.bincount(systematic(log_weights, 50, rng), minlength=9) for _ in range(2000)])
    assert np.all(np.abs(counts - 50 * share) < 1)
    assert np.all(np.abs(counts.mean(axis=0) - 50 * share) < 5 * 0.5 / np.sqrt(2000))


def test_the_error_of_a_few_repeats_covers_as_it_should() -> None:
    """Normal scatter: within two stated errors as often as Student's t says of a wider interval, 95 % or more."""
    scatter = 0.01 * np.random.default_rng(2).standard_normal((4000, 8))
    pairs = np.array([agreed(row) for row in scatter])
    covered = np.mean(np.abs(pairs[:, 0]) < 2 * pairs[:, 1])
    assert 0.94 < covered < 0.965
    big = agreed(np.log([1.0, 3.0, 1.0, 3.0]))[0]
    assert big == pytest.approx(np.log(2))
