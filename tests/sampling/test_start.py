"""Where walkers begin: networks trained side by side, scales beside them, means before noise; others at optima, the
first half of them where draws of the prior are annealed, too."""

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.diagnostics.convergence import convergence
from bayesnn.likelihoods.heteroscedastic_gaussian import HeteroscedasticGaussian
from bayesnn.posterior.rows import DataRows
from bayesnn.sampling.deep_ensemble import _climb, _missed, deep_ensemble
from bayesnn.sampling.start import default_start

RNG = np.random.default_rng(5)
X = RNG.uniform(-1, 1, (60, 2))
MEAN = 3 * np.sin(2 * X[:, 0]) * X[:, 1]
Y = MEAN + 0.05 * RNG.standard_normal(60)
SCALED = {"W1": bnn.Normal(0, "tau"), "tau": bnn.HalfCauchy(1), "W2": bnn.Normal(0, 1), "b*": bnn.Normal(0, 1)}


def posterior(likelihood, *widths: int, prior=None) -> bnn.Posterior:
    net = bnn.MLP((2, *widths), activation="tanh")
    return bnn.Posterior(net, likelihood, prior=prior or {"*": bnn.Normal(0, 1)}, data=bnn.Dataset(X, Y))


def test_walkers_of_a_network_begin_apart_and_those_of_a_line_at_its_one_mode() -> None:
    sizes = {"n_ensembles": 2, "n_walkers": 3, "spread": 0.0, "executor": None}
    network = default_start(posterior(bnn.Gaussian(sigma=0.1), 4, 1), np.random.default_rng(0), **sizes)
    line = default_start(posterior(bnn.Gaussian(sigma=0.1), 1), np.random.default_rng(0), **sizes)
    assert network.shape[:2] == line.shape[:2] == (2, 3)
    assert len(np.unique(network.reshape(6, -1), axis=0)) == 6
    np.testing.assert_allclose(line[:, :2], np.broadcast_to(line[:1, :1], (2, 2, 3)), atol=1e-4)


def two_modes(*, has_gradient: bool) -> bnn.FunctionPosterior:
    """Four fifths at −8, a fifth at 8, under a prior that is wider."""

    def log_likelihood(x):
        left, right = (np.log(w) - 0.5 * np.sum((x - at) ** 2, axis=-1) for w, at in ((0.8, -8.0), (0.2, 8.0)))
        return np.log(np.exp(left) + np.exp(right) + 1e-300) if has_gradient else np.logaddexp(left, right)

    post = bnn.FunctionPosterior(log_likelihood, {"x": bnn.Normal(0, 20, shape=(2,))}, vectorized=True)
    assert post.has_gradient is has_gradient
    return post


@pytest.mark.parametrize("has_gradient", [True, False])
def test_walkers_of_one_ensemble_begin_in_both_modes(has_gradient: bool) -> None:
    """Four looks each: of twelve ensembles an eighth, or so, sees one mode alone."""
    sizes = {"n_ensembles": 12, "n_walkers": 8, "spread": 0.0, "executor": None}
    start = default_start(two_modes(has_gradient=has_gradient), np.random.default_rng(0), **sizes)[:, :4]
    np.testing.assert_allclose(np.abs(start), 8, atol=0.2 if has_gradient else 1.5)  # a nat or so
    assert np.sum(np.ptp(start[..., 0], axis=1) > 14) >= 7


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("has_gradient", [True, False])
def test_modes_are_weighed(has_gradient: bool, seed: int) -> None:
    """All by default: found by starts, weighed by jumps; a walker's mean of six in ten thousand draws, to 5 sd."""
    draws = bnn.sample(two_modes(has_gradient=has_gradient), rng=seed, progress=False)
    found = bnn.diagnose(draws)
    assert found.ok, found
    left = draws.values["x"][..., 0] < 0
    error = convergence(left[..., None].astype(float)).mcse_mean[0]
    assert error < 0.02
    assert abs(np.mean(left) - 0.8) < 5 * error


def test_without_slopes_a_mode_on_a_floor_is_found_and_scales_of_priors_stay() -> None:
    """A likelihood with outliers is flat far away; τ is a draw of its prior."""

    def log_likelihood(x, tau):
        return np.logaddexp(-0.5 * (x - 3) ** 2, -12.0) + 0.0 * np.abs(tau)

    prior = {"x": bnn.Normal(0, "tau"), "tau": bnn.HalfNormal(5)}
    post = bnn.FunctionPosterior(log_likelihood, prior, vectorized=True)
    assert not post.has_gradient
    sizes = {"n_ensembles": 8, "n_walkers": 4, "spread": 0.0, "executor": None}
    values = post.unpack(default_start(post, np.random.default_rng(0), **sizes))
    assert np.mean(np.abs(values["x"] - 3) < 2) > 0.6
    assert len(np.unique(values["tau"])) == 32
    assert 2 < np.median(values["tau"]) < 9


def test_without_slopes_the_start_is_uphill_too() -> None:
    """Three parameters of scales from 0.01 to 100, to a tenth of their widths."""
    widths = np.array([0.01, 1.0, 100.0])

    def log_likelihood(x):
        return -0.5 * np.sum(((x - 2 * widths) / widths) ** 2, axis=-1) - np.where(x[..., 0] > 0.05, 1.0, 0.0)

    post = bnn.FunctionPosterior(log_likelihood, {"x": bnn.Normal(0, 100 * widths, shape=(3,))}, vectorized=True)
    sizes = {"n_ensembles": 2, "n_walkers": 8, "spread": 0.0, "executor": None}
    start = default_start(post, np.random.default_rng(0), **sizes)[:, :4]
    np.testing.assert_allclose(start / widths, 2.0, atol=0.1)


def test_one_seed_gives_one_ensemble() -> None:
    post = posterior(bnn.Gaussian(sigma=0.1), 4, 1)
    first, again, other = (deep_ensemble(post, np.random.default_rng(seed), 2) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first, again)
    assert not np.any(first == other)


@pytest.mark.parametrize(
    ("likelihood", "n_outputs"), [(bnn.HeteroscedasticGaussian(), 2), (bnn.Gaussian(sigma=bnn.HalfNormal(1)), 1)]
)
def test_every_network_has_learned_the_means(likelihood, n_outputs) -> None:
    """No member explains by noise what the mean should: each is within a sixth of the sd of y."""
    post = posterior(likelihood, 16, n_outputs, prior=SCALED)
    means = post.outputs(deep_ensemble(post, np.random.default_rng(0), 8), X)[..., 0]
    assert np.all(np.sqrt(np.mean((means - MEAN) ** 2, axis=-1)) < Y.std() / 6)


def test_scales_of_priors_are_at_their_modes_given_the_weights() -> None:
    """τ of n weights N(0, τ²) under HalfCauchy(1): d/d ln τ of [−n ln τ − Σ w² / 2 τ² − ln(1 + τ²) + ln τ] = 0."""
    post = posterior(bnn.Gaussian(sigma=0.1), 8, 1, prior=SCALED)
    values = post.unpack(deep_ensemble(post, np.random.default_rng(0), 4))
    tau, w = values["tau"], values["W1"].reshape(4, -1)
    slope = -w.shape[1] + np.sum(w**2, axis=1) / tau**2 - 2 * tau**2 / (1 + tau**2) + 1
    np.testing.assert_allclose(slope, 0, atol=0.05)


def test_known_noise_and_weights_alone_are_climbed_too() -> None:
    post = posterior(bnn.Gaussian(sigma=0.1), 8, 1)
    start = post.sample_prior(np.random.default_rng(0), 8)
    assert post(deep_ensemble(post, np.random.default_rng(0), 8)).min() > post(start).max()


class Cliff:
    """A density that rises to an edge, beyond which there is none."""

    n_params = 2

    def __call__(self, theta):
        return np.where(theta[..., 0] < 1, theta[..., 0], np.nan)

    def value_and_grad(self, theta):
        return self(theta), np.where(theta < 1, 1.0, np.nan)


def test_a_member_that_falls_is_put_back_and_what_is_held_stays() -> None:
    start = np.array([[0.9, 0.5], [-9.0, 0.5]])
    end = _climb(Cliff(), start, np.array([False, True]), n_steps=50, rate=0.1)
    np.testing.assert_array_equal(end[:, 1], 0.5)
    np.testing.assert_array_equal(end[0], start[0])
    assert -9 < end[1, 0] < 1


class Downhill:
    """A density whose slope points the wrong way."""

    n_params = 2

    def __call__(self, theta):
        return -np.sum(theta, axis=-1)

    def value_and_grad(self, theta):
        return self(theta), np.ones_like(theta)


def test_a_member_that_ends_lower_is_put_back() -> None:
    start = np.zeros((3, 2))
    np.testing.assert_array_equal(_climb(Downhill(), start, np.zeros(2, dtype=bool), n_steps=5, rate=0.1), start)


def test_noise_is_held_while_means_are_trained() -> None:
    """Where ln sd is that of `held`, the density is that of a Gaussian with this sd, up to a constant."""
    sd = 0.1
    likelihood, rows = HeteroscedasticGaussian().means_first(sd), DataRows(X, Y[:, None])
    outputs = np.stack([RNG.standard_normal((2, 60)), np.full((2, 60), np.log(sd))], axis=-1)
    known = bnn.Gaussian(sigma=sd)
    other = DataRows(X, Y[:, None], np.full((60, 1), sd))
    gap = likelihood.log_prob(outputs, rows, {}) - known.log_prob(outputs[..., :1], other, {})
    assert gap[0] == pytest.approx(gap[1])
    _, slope, _ = likelihood.grad_outputs(outputs, rows, {})
    np.testing.assert_allclose(slope[..., :1], known.grad_outputs(outputs[..., :1], other, {})[1])
    np.testing.assert_array_equal(slope[..., 1], 0)


@pytest.mark.parametrize("noise", [0.03, 0.8])
def test_noise_to_hold_is_what_new_rows_show(noise) -> None:
    """What the networks miss their own rows by would be less than half of it where there is much noise."""
    x = np.random.default_rng(3).uniform(-1, 1, (60, 4))
    y = x @ [1.0, 1.0, -1.0, 0.5] + noise * np.random.default_rng(4).standard_normal(60)
    prior = {"*": bnn.Normal(0, 1)}
    post = bnn.Posterior(bnn.MLP((4, 16, 16, 2)), bnn.HeteroscedasticGaussian(), prior=prior, data=bnn.Dataset(x, y))
    start = post.model.initialize(np.random.default_rng(5), 6)
    nothing = np.zeros(post.n_params, dtype=bool)
    held = _missed(post, post.likelihood, start, nothing, np.random.default_rng(6))
    assert 0.7 * noise < held <= max(2.5 * noise, 0.1)


def test_too_few_rows_to_leave_one_out_have_noise_too() -> None:
    data = bnn.Dataset([0.0, 1.0, 2.0], [0.0, 2.0, 1.0])
    post = bnn.Posterior(bnn.MLP((1, 2, 2)), bnn.HeteroscedasticGaussian(), prior={"*": bnn.Normal(0, 1)}, data=data)
    assert np.all(np.isfinite(deep_ensemble(post, np.random.default_rng(0), 3)))


def test_walkers_that_are_spread_share_their_optimum_and_others_have_their_own(network) -> None:
    sizes = {"n_ensembles": 2, "n_walkers": 3, "executor": None}
    apart, close = (
        default_start(network(1, 4, 1), np.random.default_rng(0), spread=spread, **sizes) for spread in (0.0, 1e-9)
    )
    assert np.ptp(close, axis=1).max() < 1e-6
    assert np.all(np.ptp(close, axis=0).max(axis=-1) > 0.1)
    assert np.all(np.ptp(apart, axis=1).max(axis=-1) > 0.1)


def _half_known(value: float):
    """ln p of three standard normals, `value` with a gradient of NaN beyond 5."""

    class HalfKnown:
        n_params = 3

        def __call__(self, theta):
            return self.value_and_grad(theta)[0]

        def value_and_grad(self, theta):
            outside = theta[..., 0] > 5
            return np.where(outside, value, -0.5 * np.sum(theta**2, axis=-1)), np.where(
                outside[..., None], np.nan, -theta
            )

    return HalfKnown()


@pytest.mark.parametrize("moves", ["hmc", "mams", "walk-hmc"])
@pytest.mark.parametrize("value", [np.nan, -np.inf])
def test_a_walker_that_starts_where_nothing_is_known_does_not_take_others_along(moves, value) -> None:
    start = np.random.default_rng(0).standard_normal((16, 3))
    start[3, 0] = 6.0
    with np.errstate(all="ignore"):
        draws = bnn.sample(_half_known(value), start=start, moves=moves, n_draws=100, n_warmup=60, progress=False)
        assert not bnn.diagnose(draws).ok
    others = np.delete(draws.theta, 3, axis=1)
    assert np.all(np.abs(others.mean(axis=(0, 1, 2))) < 0.2)
    assert np.all(np.delete(draws.acceptance, 3, axis=1) > 0.5)


def test_a_likelihood_that_is_zero_on_most_of_the_prior_has_a_start() -> None:
    beyond = bnn.FunctionPosterior(
        lambda a, b: np.log(a - 1.5) - b * b if a > 1.5 else -np.inf, {"a": bnn.Normal(0, 1), "b": bnn.Normal(0, 1)}
    )
    draws = bnn.sample(beyond, n_draws=5, n_warmup=5, n_walkers=4, progress=False)
    assert np.all(draws.values["a"] > 1.5)


def test_a_walker_outside_comes_in_where_there_is_a_slope() -> None:
    """ln p is −inf at its start; the move takes it to where it is finite, as emcee's own do."""

    class Inside:
        n_params = 3

        def __call__(self, theta):
            return self.value_and_grad(theta)[0]

        def value_and_grad(self, theta):
            return np.where(theta[..., 0] > 3, -np.inf, -0.5 * np.sum(theta**2, axis=-1)), -theta

    start = np.random.default_rng(0).uniform(-1, 1, (16, 3))
    start[3, 0] = 4.0
    with np.errstate(all="ignore"):
        draws = bnn.sample(Inside(), start=start, moves="hmc", n_draws=100, n_warmup=60, progress=False)
    assert np.all(np.isfinite(draws.log_prob))
