"""Moves of a network without its output weights: exact, the same bit for bit after a restart, and where they apply."""

import emcee
import numpy as np
import pytest
from scipy import stats

import bayesnn as bnn
from bayesnn.errors import SettingError
from bayesnn.sampling.ensemble import EnsembleTask, advance, begin
from bayesnn.sampling.moves.named import weighted_moves
from bayesnn.sampling.moves.tuned import TunedMove
from tests.problems.densities import LogGammas
from tests.sampling.test_exactness import moments_agree

INNER = [bnn.HMC, bnn.MAMS, bnn.WalkHMC]
RNG = np.random.default_rng(4)
DATA = bnn.Dataset(np.linspace(-2, 2, 9), np.tanh(np.linspace(-2, 2, 9)) + 0.3 * RNG.standard_normal(9))
SIGMA = 0.4
ONE_UNIT = bnn.Posterior(
    bnn.MLP((1, 1, 1)),
    bnn.Gaussian(sigma=SIGMA),
    prior={"W1": bnn.Normal(2, 0.4), "b1": bnn.Normal(0, 0.5), "W2": bnn.Normal(0.5, 1), "b2": bnn.Normal(0, 1)},
    data=DATA,
)
LEARNED = bnn.Posterior(
    bnn.MLP((1, 4, 1)), bnn.Gaussian(sigma=bnn.HalfNormal(1)), prior={"*": bnn.Normal(0, 1)}, data=DATA
)


def exact_moments() -> tuple[np.ndarray, np.ndarray]:
    """Means and variances of (W1, b1, W2, b2): a grid over W1 and b1, y ~ N(Φ μ, σ² I + Φ T⁻¹ Φᵀ) at each."""
    x, y = DATA.X[:, 0], DATA.y.reshape(-1)
    mu, T = np.array([0.5, 0.0]), np.eye(2)
    W1, b1 = np.meshgrid(np.linspace(-0.5, 4.5, 121), np.linspace(-3, 3, 121))
    logs, means, seconds = [], [], []
    for weight, bias in zip(W1.ravel(), b1.ravel(), strict=True):
        phi = np.column_stack([np.tanh(weight * x + bias), np.ones(len(x))])
        C = SIGMA**2 * np.eye(len(x)) + phi @ phi.T
        prior = stats.norm.logpdf(weight, 2, 0.4) + stats.norm.logpdf(bias, 0, 0.5)
        residual = y - phi @ mu
        logs.append(prior - 0.5 * residual @ np.linalg.solve(C, residual) - 0.5 * np.linalg.slogdet(C)[1])
        covariance = np.linalg.inv(phi.T @ phi / SIGMA**2 + T)
        m = covariance @ (phi.T @ y / SIGMA**2 + T @ mu)
        means.append([weight, bias, *m])
        seconds.append([weight**2, bias**2, *(m**2 + np.diag(covariance))])
    p = np.exp(np.array(logs) - max(logs))
    mean, second = (p @ np.array(values) / p.sum() for values in (means, seconds))
    return mean, second - mean**2


@pytest.mark.parametrize("kind", INNER)
def test_all_weights_against_quadrature(kind) -> None:
    settings = {"n_draws": 300, "n_warmup": 100, "progress": False, "executor": bnn.Joblib(1)}
    draws = bnn.sample(ONE_UNIT, moves=bnn.Collapsed(kind()), start=np.array([2.0, 0.0, 0.7, 0.0]), **settings)
    moments_agree(draws.theta, *exact_moments(), least_ess=2000)
    np.testing.assert_allclose(draws.log_prob, ONE_UNIT(draws.theta), rtol=1e-9)
    assert draws.interacting == (kind is bnn.WalkHMC)
    assert draws.kernels[0].startswith(f"collapsed {kind.name}, step")


def test_log_densities_of_draws_are_those_of_the_posterior_where_units_are_many_and_noise_is_little() -> None:
    x = np.linspace(-2, 2, 200)
    data = bnn.Dataset(x, np.sin(3 * x) + 0.05 * RNG.standard_normal(200))
    post = bnn.Posterior(
        bnn.MLP((1, 16, 1)), bnn.Gaussian(sigma=bnn.HalfNormal(1)), prior={"*": bnn.Normal(0, 1)}, data=data
    )
    sizes = {"n_draws": 20, "n_warmup": 60, "n_walkers": 8, "n_ensembles": 1}
    draws = bnn.sample(post, **sizes, moves="collapsed", progress=False, executor=bnn.Joblib(1))
    np.testing.assert_allclose(draws.log_prob, post(draws.theta), rtol=1e-12, atol=1e-4)
    assert draws.acceptance.mean() > 0.6


def test_it_agrees_with_moves_of_all_weights_on_a_network_with_learned_noise() -> None:
    """Means and spreads of what is identified: the log posterior, ln σ and f."""
    found = []
    for moves in ("mams", "collapsed", [("collapsed", 0.5), ("hmc", 0.5)]):
        settings = {"n_draws": 200, "n_warmup": 60, "n_ensembles": 2, "progress": False, "executor": bnn.Joblib(1)}
        draws = bnn.sample(LEARNED, moves=moves, **settings)
        f = LEARNED.outputs(draws.theta, DATA.X[::4])[..., 0]
        x = np.concatenate([f, draws.theta[..., -1:], draws.log_prob[..., None]], axis=-1)
        x = np.concatenate([x, (x - x.mean(axis=(0, 1, 2))) ** 2], axis=-1).reshape(64, 500, -1)
        batches = x.reshape(32, 4, 50, -1).mean(axis=2).reshape(128, -1)
        found.append((batches.mean(axis=0), batches.var(axis=0, ddof=1) / len(batches)))
    for mean, variance in found[1:]:
        assert np.abs((mean - found[0][0]) / np.sqrt(variance + found[0][1])).max() < 5


def chain(move, posterior=LEARNED, n_walkers=6):
    sampler = emcee.EnsembleSampler(n_walkers, posterior.n_params, posterior, vectorize=True, moves=move)
    sampler.random_state = np.random.RandomState(3).get_state()
    return sampler


def test_in_a_plain_emcee_sampler() -> None:
    """Walkers that have not moved keep their output weights too."""
    sampler = chain(bnn.Collapsed(bnn.MAMS(step_size=0.8, n_steps=4)))
    start = RNG.standard_normal((6, LEARNED.n_params))
    state = sampler.run_mcmc(start, 30, skip_initial_state_check=True)
    assert 0.05 < sampler.acceptance_fraction.mean() < 0.97
    np.testing.assert_allclose(state.log_prob, LEARNED(state.coords), rtol=1e-10)
    steps = np.diff(sampler.get_chain(), axis=0)
    stayed = np.all(steps == 0, axis=-1)
    assert stayed.any()
    assert np.all(steps[~stayed] != 0)


@pytest.mark.parametrize("kind", INNER)
@pytest.mark.parametrize("stop", [7, 30, 55])
def test_an_ensemble_that_goes_on_elsewhere_is_the_same_bit_for_bit(kind, stop) -> None:
    task = EnsembleTask(LEARNED, [(bnn.Collapsed(kind()), 0.7), (bnn.HMC(), 0.3)], 40, "mixed")
    assert isinstance(task.moves[0][0], TunedMove)
    first = begin(task, RNG.standard_normal((5, LEARNED.n_params)), np.random.SeedSequence(1))
    whole = advance((task, first, 60))
    part = advance((task, first, stop))
    rest = advance((task, part.state, 60))
    assert whole.error is part.error is rest.error is None
    np.testing.assert_array_equal(whole.state.coords, rest.state.coords)
    np.testing.assert_array_equal(whole.log_prob, np.concatenate([part.log_prob, rest.log_prob], axis=1))
    assert whole.state.n_evaluations == rest.state.n_evaluations


def test_evaluations_are_counted() -> None:
    move = bnn.Collapsed(bnn.HMC(n_steps=1))
    task = EnsembleTask(LEARNED, [(move, 1.0)], 0, "mixed")
    first = begin(task, RNG.standard_normal((5, LEARNED.n_params)), np.random.SeedSequence(1))
    # where walkers begin: a gradient and a value; then, of each step, one gradient and the value at its end
    assert advance((task, first, 10)).state.n_evaluations == first.n_evaluations + 5 * (2 + 10 * 2)


def test_auto_takes_it_where_it_can_and_pays() -> None:
    assert isinstance(weighted_moves("auto", LEARNED)[0][0], bnn.Collapsed)
    for n_inputs, chosen in ((3, bnn.Collapsed), (6, bnn.MAMS)):  # the more inputs, the less is integrated out
        table = bnn.Dataset(np.tile(DATA.X, n_inputs), DATA.y)
        post = bnn.Posterior(
            bnn.MLP((n_inputs, 8, 1)), bnn.Gaussian(sigma=1.0), prior={"*": bnn.Normal(0, 1)}, data=table
        )
        assert isinstance(weighted_moves("auto", post)[0][0], chosen)
    wide = bnn.Posterior(bnn.MLP((1, 50, 1)), bnn.Gaussian(sigma=1.0), prior={"*": bnn.Normal(0, 1)}, data=DATA)
    assert isinstance(weighted_moves("auto", wide)[0][0], bnn.MAMS)
    priors = {"W1": 1.0, "b*": bnn.Normal(0, 1), "W2": bnn.Normal(0, 1)}  # one hidden parameter, which cannot turn
    least = bnn.Posterior(bnn.MLP((1, 1, 1)), bnn.Gaussian(sigma=0.3), prior=priors, data=DATA)
    assert isinstance(weighted_moves("auto", least)[0][0], bnn.MAMS)
    vague = {"*": bnn.Normal(0, 1), "W2": bnn.Normal(0, 1e5)}  # lost to rounding beside what data say
    known = bnn.Posterior(bnn.MLP((1, 4, 1)), bnn.Gaussian(sigma=0.1), prior=vague, data=DATA)
    assert isinstance(weighted_moves("auto", known)[0][0], bnn.MAMS)
    classes = bnn.Posterior(
        bnn.MLP((1, 3, 1)), bnn.Bernoulli(), prior={"*": bnn.Normal(0, 1)}, data=bnn.Dataset(DATA.X, DATA.y > 0)
    )
    assert isinstance(weighted_moves("auto", classes)[0][0], bnn.MAMS)


@pytest.mark.parametrize(
    "density",
    [
        LogGammas(np.ones(3)),
        bnn.Posterior(bnn.MLP((1, 3, 1)), bnn.Gaussian(sigma=1.0), prior={"*": bnn.Laplace(0, 1)}, data=DATA),
    ],
)
def test_what_has_no_normal_output_weights_is_refused(density) -> None:
    with pytest.raises(SettingError, match="Collapsed: expected the posterior of a network"):
        bnn.sample(density, moves="collapsed", start=np.ones(density.n_params), n_draws=5, progress=False)


def test_what_it_moves_by_is_a_move_along_gradients() -> None:
    with pytest.raises(SettingError, match="Collapsed: expected a move along gradients"):
        bnn.Collapsed("hmc")


@pytest.mark.parametrize("activation", ["softplus", "relu"])
def test_one_hidden_unit_has_no_twin_and_is_sampled_by_defaults(activation: str) -> None:
    """Its units are those of all parameters, of which those that move are a part."""
    prior, data = {"*": bnn.Normal(0, 1)}, bnn.load_dataset("hz").standardize()
    post = bnn.Posterior(bnn.MLP((1, 1, 1), activation=activation), bnn.Gaussian(), prior=prior, data=data)
    draws = bnn.sample(post, n_draws=50, n_warmup=50, n_walkers=16, progress=False)
    assert "collapsed" in draws.kernels[0]
    assert np.all(np.isfinite(draws.theta))
