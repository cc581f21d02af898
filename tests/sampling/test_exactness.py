"""Every move against every problem: means and second moments within 5 standard errors, gated on ESS."""

import numpy as np
import pytest
from arviz_stats.base.array import array_stats

import bayesnn as bnn
from tests.problems.densities import PROBLEMS

CROSSED = [
    (move, problem)
    for move in ("hmc", "stretch", "walk", "de")
    for problem, density in PROBLEMS.items()
    if move == "hmc" or density.n_params <= 10  # emcee's own moves are for low dimension
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


@pytest.mark.parametrize(("move", "problem"), CROSSED)
def test_a_move_samples_the_problem(move: str, problem: str) -> None:
    density = PROBLEMS[problem]
    start = density.mean + 0.5 * np.random.default_rng(0).standard_normal((4, 16, density.n_params))
    n_draws = 1500 if move == "hmc" else 4000
    draws = bnn.sample(density, moves=move, n_draws=n_draws, n_walkers=16, start=start, progress=False)
    moments_agree(draws.theta, density.mean, density.variance, least_ess=800)


def test_a_network_without_hidden_layer_is_the_conjugate_model() -> None:
    """Mean and covariance of three inputs' weights and a bias against the closed form."""
    rng = np.random.default_rng(3)
    X = rng.standard_normal((12, 3)) @ np.array([[1.0, 0.8, 0.0], [0.0, 0.6, 0.3], [0.0, 0.0, 0.9]])
    data = bnn.Dataset(X, X @ [1.0, -2.0, 0.5] + rng.standard_normal(12), yerr=rng.uniform(0.5, 2.0, 12))
    posterior = bnn.Posterior(bnn.MLP((3, 1)), bnn.Gaussian(), prior={"*": bnn.Normal(0.3, 1.5)}, data=data)
    exact = bnn.exact_posterior(posterior)
    draws = bnn.sample(posterior, n_draws=1500, progress=False)
    moments_agree(draws.theta, exact.mean, np.diag(exact.covariance), least_ess=5000)
    delta = draws.theta - exact.mean
    pairs = np.triu_indices(posterior.n_params, 1)
    moments_agree(delta[..., pairs[0]] * delta[..., pairs[1]], exact.covariance[pairs], None, least_ess=5000)
