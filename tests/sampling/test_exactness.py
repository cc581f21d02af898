"""Every move against every problem: means and second moments within 5 standard errors, gated on ESS."""

import emcee
import numpy as np
import pytest
from arviz_stats.base.array import array_stats
from scipy import stats

import bayesnn as bnn
from tests.problems.densities import PROBLEMS, CorrelatedGaussian

N_DRAWS = {"stretch": 2500, "de": 2500, "walk": 600}
GRADIENT = ("hmc", "mams", "walk-hmc")
CROSSED = [
    (move, problem)
    for move in (*GRADIENT, "stretch", "walk", "de")
    for problem, density in PROBLEMS.items()
    if problem != "two modes P = 2" and (move in GRADIENT or density.n_params <= 10)  # emcee's are for low dimension
]


def moments_agree(theta: np.ndarray, mean: np.ndarray, variance: np.ndarray | None, *, least_ess: float) -> None:
    """Means of x and, if a variance is given, of (x − mean)² of draws (E, W, S, P) against the truth."""
    chains = theta.reshape(-1, *theta.shape[2:])
    second = [] if variance is None else [((chains - mean) ** 2, variance)]
    for x, truth in [(chains, mean), *second]:
        ess = np.array([array_stats.ess(x[..., i], method="mean") for i in range(x.shape[-1])])
        assert ess.min() > least_ess, f"only {ess.min():.0f} effective draws: nothing is shown"
        z = (x.mean(axis=(0, 1)) - truth) / (x.std(axis=(0, 1)) / np.sqrt(ess))
        assert np.abs(z).max() < 5, f"off by {np.abs(z).max():.1f} standard errors"


def sampled(density, moves, *, n_draws: int, n_warmup: int = 200) -> bnn.sampling.draws.Draws:
    """From a start that is wide but not exact."""
    start = density.mean + np.random.default_rng(0).standard_normal((4, 16, density.n_params))
    settings = {"n_draws": n_draws, "n_warmup": n_warmup, "n_walkers": 16, "start": start, "progress": False}
    return bnn.sample(density, moves=moves, **settings)


@pytest.mark.parametrize(("move", "problem"), CROSSED)
def test_a_move_samples_the_problem(move: str, problem: str) -> None:
    density = PROBLEMS[problem]
    draws = sampled(density, move, n_draws=N_DRAWS.get(move, 300))
    moments_agree(draws.theta, density.mean, density.variance, least_ess=400)


@pytest.mark.slow
@pytest.mark.parametrize(("move", "problem"), CROSSED)
def test_a_move_samples_the_problem_at_length(move: str, problem: str) -> None:
    density = PROBLEMS[problem]
    draws = sampled(density, move, n_draws=10_000 if move in GRADIENT else 40_000, n_warmup=500)
    moments_agree(draws.theta, density.mean, density.variance, least_ess=10_000)


@pytest.mark.parametrize("move", GRADIENT)
def test_modes_apart_are_weighed_by_a_mixture_of_moves(move: str) -> None:
    """Differences of walkers carry from mode to mode what gradients explore within them."""
    density = PROBLEMS["two modes P = 2"]
    draws = sampled(density, [(move, 0.4), (emcee.moves.DEMove(gamma0=1.0), 0.6)], n_draws=1200)
    moments_agree(draws.theta, density.mean, density.variance, least_ess=400)


@pytest.mark.parametrize("move", GRADIENT)
def test_correlations_of_a_network_without_hidden_layer(move: str) -> None:
    """Second moments off the diagonal against the closed form."""
    exact = PROBLEMS["network of depth 0"]
    draws = sampled(exact, move, n_draws=300)
    delta = draws.theta - exact.mean
    pairs = np.triu_indices(exact.n_params, 1)
    moments_agree(delta[..., pairs[0]] * delta[..., pairs[1]], exact.covariance[pairs], None, least_ess=2000)


@pytest.mark.parametrize("n_params", [1, 3])
@pytest.mark.parametrize("kind", [bnn.HMC, bnn.MAMS, bnn.WalkHMC])
def test_the_normal_of_emcees_own_tests(kind, n_params: int) -> None:
    """32 walkers x 2000 steps in a plain emcee sampler: acceptance, mean, sd and Kolmogorov-Smirnov as it asks them."""
    if kind is bnn.MAMS and n_params == 1:
        pytest.skip("a unit vector of one component cannot turn")
    density = CorrelatedGaussian(np.zeros(n_params), np.eye(n_params))
    move = kind(step_size=1.5, n_steps=2)
    sampler = emcee.EnsembleSampler(32, n_params, density, vectorize=True, moves=move)
    sampler.random_state = np.random.RandomState(1234).get_state()
    sampler.run_mcmc(np.random.default_rng(1234).standard_normal((32, n_params)), 2000)
    acceptance = sampler.acceptance_fraction
    assert np.all((acceptance < 0.9) & (acceptance > 0.1))
    draws = sampler.get_chain(flat=True)
    assert np.all(np.abs(draws.mean(axis=0)) < 0.08)
    assert np.all(np.abs(draws.std(axis=0) - 1) < 0.05)
    for x in draws.T:
        assert stats.kstest(x, "norm").statistic < 0.05
        assert stats.kstest(x[::100], "uniform").statistic > 0.1  # and its control: this is not a uniform


class Box:
    """Uniform on the unit cube, as in emcee's own tests: nothing but the walls decides."""

    n_params = 3

    def __call__(self, theta):
        return np.where(np.all((theta > 0) & (theta < 1), axis=-1), 0.0, -np.inf)

    def value_and_grad(self, theta):
        return self(theta), np.zeros_like(theta)


@pytest.mark.parametrize("kind", [bnn.HMC, bnn.MAMS, bnn.WalkHMC])
def test_the_box_of_emcees_own_tests(kind) -> None:
    """32 walkers x 2000 steps in a plain emcee sampler: acceptance and Kolmogorov-Smirnov as it asks them."""
    rng = np.random.default_rng(42)
    move = kind(step_size=0.3 if kind is bnn.WalkHMC else 0.1, n_steps=3)
    sampler = emcee.EnsembleSampler(32, 3, Box(), vectorize=True, moves=move)
    sampler.random_state = np.random.RandomState(1234).get_state()
    sampler.run_mcmc(rng.uniform(size=(32, 3)), 2000)
    assert 0.1 < np.mean(sampler.acceptance_fraction) < 0.9
    for column in sampler.get_chain(flat=True, thin=20).T:
        assert stats.kstest(column, "uniform").pvalue > 1e-4
    assert np.all(np.abs(np.var(sampler.get_chain(flat=True), axis=0) - 1 / 12) < 0.003)
