"""Annealed SMC: small runs are unbiased and honest, one seed gives one result, and weights do what they say."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import multivariate_normal, norm

import bayesnn as bnn
from bayesnn.errors import EvidenceError
from bayesnn.evidence.pilot import pilot
from bayesnn.evidence.smc import Annealing, anneal, smc
from bayesnn.evidence.weights import agreed
from bayesnn.sampling.kernels import Rungs
from bayesnn.sampling.resampling import longest_step, systematic

QUADRATIC = bnn.Posterior(
    bnn.LinearModel(bnn.polynomial(2)),
    bnn.Gaussian(),
    prior={"w": bnn.Normal([0.3, 0.5, -0.2], [1.5, 0.6, 0.4])},
    data=bnn.load_dataset("hz").standardize(),
)
TRUTH = bnn.log_evidence(QUADRATIC, method="exact").log_z


def gaussian(n: int, correlation: float) -> tuple[bnn.FunctionPosterior, float]:
    """x ~ N(0, I), L = N(x; 0.5, C) with sd 0.2 and one correlation: Z = N(0.5; 0, C + I)."""
    covariance = 0.04 * ((1 - correlation) * np.eye(n) + correlation)
    precision, constant = np.linalg.inv(covariance), -0.5 * np.linalg.slogdet(2 * np.pi * covariance)[1]
    post = bnn.FunctionPosterior(
        lambda x: constant - 0.5 * np.sum((x - 0.5) @ precision * (x - 0.5), axis=-1),
        {"x": bnn.Normal(0, 1, shape=(n,))},
        grad=lambda x: {"x": (0.5 - x) @ precision},
        vectorized=True,
    )
    return post, float(multivariate_normal(np.full(n, 0.5), covariance + np.eye(n)).logpdf(np.zeros(n)))


def ratios(post, truth: float, *, n_chains: int, n_runs: int, seed: int = 3) -> np.ndarray:
    """Z / truth of small runs, a few of them behind each of 5 pilots."""
    found = []
    for child in np.random.SeedSequence(seed).spawn(5):
        first, second = child.spawn(2)
        rungs = pilot(post, first, n_chains=n_chains, n_states=10, share=0.8).rungs
        found += list(anneal(Annealing(post, rungs, second, n_runs // 5, n_chains, 10)).log_z - truth)
    return np.exp(found)


def test_runs_of_few_particles_have_the_right_mean(hubble) -> None:
    """The mean of Z, not of ln Z, is the evidence: polynomials and Gaussians; 4σ on fixed seeds.

    Ten chains that choose their own temperatures and moves find 10 to 17 % too much.
    """
    found = [
        ratios(*gaussian(n, correlation), n_chains=10, n_runs=120) for n, correlation in ((1, 0), (3, 0.9), (8, 0))
    ]
    for degree in range(5):
        line = bnn.LinearModel(bnn.polynomial(degree))
        post = bnn.Posterior(line, bnn.Gaussian(), prior={"w": bnn.Normal(0, 1)}, data=hubble)
        found.append(ratios(post, bnn.log_evidence(post, method="exact").log_z, n_chains=10, n_runs=120))
    for own in found:
        assert abs(own.mean() - 1) < 4 * own.std() / np.sqrt(len(own)) < 0.3
    everything = np.concatenate(found)
    assert abs(everything.mean() - 1) < 4 * everything.std() / np.sqrt(len(everything)) < 0.07


@pytest.mark.parametrize("kind", ["gradient", "random walk"])
def test_any_rungs_have_the_right_mean(kind: str) -> None:
    """Powers and moves that nobody has tuned cost precision, and bring no bias: two rungs, and steps too long."""
    if kind == "gradient":
        post, truth, scale = QUADRATIC, TRUTH, np.full((3, 3), 0.1)
    else:
        post = bnn.FunctionPosterior(lambda x: -2 * np.abs(x), {"x": bnn.Normal(0, 1)}, vectorized=True)
        truth, scale = np.log(2) + 2 + norm.logcdf(-2), np.full((3, 1, 1), 3.0)
    rungs = Rungs(np.array([0.05, 0.3, 1.0]), np.full(3, 1.2), scale)
    found = np.exp(anneal(Annealing(post, rungs, np.random.SeedSequence(8), 200, 40, 3)).log_z - truth)
    assert abs(found.mean() - 1) < 4 * found.std() / np.sqrt(200) < 0.3


def test_weighted_particles_are_draws_of_the_posterior() -> None:
    """Mean and variance of a Gaussian, by runs that are weighted with their own Z, from a last step that matters."""
    post, _ = gaussian(2, 0.5)
    rungs = Rungs(np.array([0.1, 0.4, 1.0]), np.full(3, 0.7), np.full((3, 2), 0.2))
    runs = anneal(Annealing(post, rungs, np.random.SeedSequence(4), 100, 40, 5))
    weights = np.exp(runs.log_weights - runs.log_weights.max())
    moments = np.stack([runs.theta[..., 0], runs.theta[..., 0] ** 2])
    covariance = np.linalg.inv(np.linalg.inv(0.04 * np.array([[1, 0.5], [0.5, 1]])) + np.eye(2))
    mean = (np.eye(2) - covariance) @ np.full(2, 0.5)
    truth = np.array([mean[0], mean[0] ** 2 + covariance[0, 0]])
    residual = np.sum(weights * (moments - truth[:, None, None]), axis=2)  # of each run
    assert np.all(np.abs(residual.mean(axis=1)) < 4 * residual.std(axis=1) / 10)
    assert np.all(residual.std(axis=1) / 10 < 0.02 * weights.sum(axis=1).mean())


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
    small, large = (smc(QUADRATIC, n_particles=n, n_repeats=40, rng=1).error for n in (100, 900))
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
    scatter = 0.01 * np.random.default_rng(2).standard_normal((1500, 8))
    pairs = np.array([agreed(row) for row in scatter])
    covered = np.mean(np.abs(pairs[:, 0]) < 2 * pairs[:, 1])
    assert 0.935 < covered < 0.97
    big = agreed(np.log([1.0, 3.0, 1.0, 3.0]))[0]
    assert big == pytest.approx(np.log(2))


def test_repeats_that_meet_no_likelihood() -> None:
    """They count as Z = 0, and where nearly all do a sentence says so: L = exp(−x) below x = 0.05 of a unit box."""

    def log_likelihood(x):
        return np.where(x < 0.05, -x, -np.inf)

    post, truth = bnn.FunctionPosterior(log_likelihood, {"x": bnn.Uniform(0, 1)}, vectorized=True), 1 - np.exp(-0.05)
    rungs = Rungs(np.ones(1), np.ones(1), np.full((1, 1, 1), 0.1))
    found = np.exp(anneal(Annealing(post, rungs, np.random.SeedSequence(1), 400, 5, 2)).log_z)
    assert np.count_nonzero(found == 0) > 150
    assert abs(found.mean() - truth) < 4 * found.std() / 20 < truth / 2
    with pytest.raises(EvidenceError, match="that the data allow in several repeats, got none in all but 1 of 4"):
        smc(post, n_particles=20, n_repeats=4, n_states=2, rng=55)
