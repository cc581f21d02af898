"""Criteria against closed forms, and what must be refused."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from scipy import stats

import bayesnn as bnn
from bayesnn.errors import BayesnnError, EvidenceError, SettingError
from tests.problems.exact_draws import as_draws, exact_draws

NORMAL = bnn.Normal(0, 1)


def polynomial(degree: int, data: bnn.Dataset, scale: float = 1.0) -> bnn.Posterior:
    prior = {"w": bnn.Normal(0, scale)}
    return bnn.Posterior(bnn.LinearModel(bnn.polynomial(degree)), bnn.Gaussian(), prior=prior, data=data)


def correlated(n: int = 12) -> bnn.Dataset:
    x = np.linspace(-1, 1, n)
    cov = 0.04 * np.exp(-3 * np.abs(x[:, None] - x)) + 0.01 * np.diag(1 + x**2)
    return bnn.Dataset(x, 1 + x + np.random.default_rng(3).multivariate_normal(np.zeros(n), cov), cov=cov)


def even(n: int = 25) -> bnn.Dataset:
    """A parabola without rows that stand out."""
    x = np.linspace(-1, 1, n)
    return bnn.Dataset(x, 1 + x - x**2 + np.random.default_rng(2).normal(0, 0.3, n), yerr=np.linspace(0.2, 0.4, n))


def straight() -> bnn.Dataset:
    x = np.linspace(-1, 1, 40)
    return bnn.Dataset(x, 1 + x + np.random.default_rng(2).normal(0, 0.3, 40), yerr=0.3)


def leave_one_out(post: bnn.Posterior) -> np.ndarray:
    """ln p(y_n | others) of y ~ N(0, K), from K⁻¹ (Sundararajan & Keerthi 2001): no θ, no refit."""
    data, w = post.data, post.prior.priors["w"]
    design = np.vander(data.X[:, 0], post.n_params, increasing=True)
    noise = np.diag(data.yerr**2) if data.cov is None else data.cov
    precision = np.linalg.inv(noise + design @ design.T * float(w.scale) ** 2)
    sd = 1 / np.sqrt(np.diag(precision))
    return stats.norm(data.y - precision @ data.y * sd**2, sd).logpdf(data.y)


@pytest.fixture(scope="module")
def draws():
    return exact_draws(polynomial(2, even()), n=16_000)


@pytest.mark.parametrize("noise", ["yerr", "cov"])
def test_loo_is_leave_one_out(noise: str) -> None:
    post = polynomial(1, straight() if noise == "yerr" else correlated())
    truth, draws = leave_one_out(post), exact_draws(post)
    found = bnn.criteria.loo(draws)
    assert found.value == pytest.approx(truth.sum(), abs=0.01)
    np.testing.assert_allclose(found.pointwise, truth, atol=0.01)
    assert found.error == pytest.approx(np.sqrt(truth.size * truth.var()), abs=0.01)
    lppd = np.log(np.mean(np.exp(post.pointwise_log_likelihood(draws.flat)), axis=0))
    assert found.n_effective == pytest.approx(np.sum(lppd - truth), abs=0.02)
    assert found.warnings == ()
    assert np.all(found.pareto_k < 0.7)
    refits = bnn.criteria.k_fold(post, cv=len(truth))
    np.testing.assert_allclose(refits.pointwise, truth, rtol=1e-9)
    assert refits.monte_carlo_error == 0


def test_loo_of_a_sampled_posterior(hubble) -> None:
    post = polynomial(1, hubble)
    found = bnn.criteria.loo(bnn.sample(post, n_draws=800, n_warmup=100, progress=False))
    assert found.value == pytest.approx(leave_one_out(post).sum(), abs=5 * found.monte_carlo_error)
    assert found.monte_carlo_error < 0.03


def test_the_monte_carlo_error_of_loo_is_honest() -> None:
    post = polynomial(2, even())
    truth = leave_one_out(post).sum()
    runs = [bnn.criteria.loo(exact_draws(post, n=960, seed=seed), unconverged="warn") for seed in range(25)]
    z = [(run.value - truth) / run.monte_carlo_error for run in runs]
    assert 0.5 < np.sqrt(np.mean(np.square(z))) < 1.7
    sticky = exact_draws(post, n=8000)
    sticky = as_draws(post, np.repeat(sticky.theta[:, :, ::4], 4, axis=2))  # each draw four times over
    errors = [bnn.criteria.loo(d, unconverged="warn").monte_carlo_error for d in (sticky, exact_draws(post, n=8000))]
    ratio = errors[0] / errors[1]
    assert 1.6 < ratio < 2.4


def test_folds_predict_rows_that_they_have_not_seen(hubble) -> None:
    """A second fold of every third row, by hand; refits by draws agree with refits in closed form."""
    post = polynomial(1, hubble)
    exact = bnn.criteria.k_fold(post, cv=5)
    assert exact.pointwise.shape == (31,)
    drawn = bnn.criteria.k_fold(post, cv=5, fit=partial(exact_draws, n=16_000))
    np.testing.assert_allclose(drawn.pointwise, exact.pointwise, atol=0.03)
    assert not np.array_equal(drawn.pointwise, exact.pointwise)

    class EveryThird:
        def get_n_splits(self, X=None):
            return 3

        def split(self, X):
            rows = np.arange(len(X))
            return [(rows[rows % 3 != k], rows[rows % 3 == k][::-1]) for k in range(3)]  # in any order

    found = bnn.criteria.k_fold(post, cv=EveryThird()).pointwise
    training = bnn.exact_posterior(post.take(np.arange(31) % 3 != 1))
    design = np.column_stack([np.ones(10), hubble.X[1::3, 0]])
    sd = np.sqrt(np.sum(design @ training.covariance * design, axis=1) + hubble.yerr[1::3] ** 2)
    truth = stats.norm(design @ training.mean, sd).logpdf(hubble.y[1::3])
    np.testing.assert_allclose(found[1::3], truth, rtol=1e-8)


def test_folds_of_correlated_rows_condition_on_the_training_rows() -> None:
    post = polynomial(1, correlated())
    exact = bnn.criteria.k_fold(post, cv=4)
    drawn = bnn.criteria.k_fold(post, cv=4, fit=partial(exact_draws, n=16_000))
    np.testing.assert_allclose(drawn.pointwise, exact.pointwise, atol=0.03)


def test_one_seed_one_result_and_folds_go_to_an_executor(hubble) -> None:
    from concurrent.futures import ThreadPoolExecutor

    post = polynomial(1, hubble)
    once = bnn.criteria.k_fold(post, cv=5, rng=1)
    with ThreadPoolExecutor(2) as pool:
        again = bnn.criteria.k_fold(post, cv=5, rng=1, executor=pool)
    np.testing.assert_array_equal(once.pointwise, again.pointwise)
    assert not np.array_equal(once.pointwise, bnn.criteria.k_fold(post, cv=5, rng=2).pointwise)


def test_waic_and_dic_of_a_normal_mean_in_closed_form() -> None:
    """Posterior N(m, s²), t = s/σ, d = (y − m)/σ: Var[ln p(y | μ)] = t⁴/2 + d² t², and p_D = N t²."""
    y, sigma = np.random.default_rng(5).normal(1.0, 0.5, 20), 0.5
    mean = bnn.LinearModel(bnn.polynomial(0))
    post = bnn.Posterior(mean, bnn.Gaussian(), prior={"w": NORMAL}, data=bnn.Dataset(np.zeros(20), y, yerr=sigma))
    exact = bnn.conjugate.normal_mean(y, NORMAL, sigma=sigma).posterior
    m, t = float(exact.loc), float(exact.scale) / sigma
    draws, d = exact_draws(post, n=64_000), (y - m) / sigma
    variance = t**4 / 2 + d**2 * t**2
    lppd = stats.norm(m, np.hypot(sigma, exact.scale)).logpdf(y)
    waic, dic = bnn.criteria.waic(draws), bnn.criteria.dic(draws)
    np.testing.assert_allclose(waic.pointwise, lppd - variance, atol=6e-3)
    assert waic.n_effective == pytest.approx(variance.sum(), rel=0.01)
    assert waic.error == pytest.approx(np.sqrt(20 * np.var(lppd - variance)), rel=0.01)
    at_mean = stats.norm(m, sigma).logpdf(y).sum()
    assert dic.n_effective == pytest.approx(20 * t**2, rel=0.02)
    assert dic.value == pytest.approx(at_mean - 20 * t**2, abs=0.02)
    assert dic.deviance == -2 * dic.value
    assert abs(dic.value - (at_mean - 20 * t**2)) < 5 * dic.monte_carlo_error
    assert (waic.warnings, dic.warnings) == ((), ())


def test_all_criteria_count_the_parameters_that_wide_priors_leave_free(hubble) -> None:
    post = polynomial(2, hubble, scale=100.0)
    draws, best = exact_draws(post, n=32_000), bnn.maximum_likelihood(post)
    effective = [bnn.criteria.waic(draws).n_effective, bnn.criteria.dic(draws).n_effective]
    np.testing.assert_allclose(effective, 3, atol=0.8)  # WAIC's weighs rows by their residuals
    assert bnn.criteria.dic(draws).n_effective == pytest.approx(3, abs=0.05)
    assert bnn.criteria.aic(best).n_effective == 3
    assert bnn.criteria.dic(draws).value == pytest.approx(bnn.criteria.aic(best).value, abs=0.05)


def test_aic_aicc_and_bic_are_their_definitions() -> None:
    x = np.linspace(0, 1, 9)
    y = 1 + 2 * x + np.random.default_rng(0).normal(0, 0.3, 9)
    line = bnn.LinearModel(bnn.polynomial(1))
    noisy = bnn.Gaussian(sigma=bnn.HalfNormal(1))
    best = bnn.maximum_likelihood(bnn.Posterior(line, noisy, prior={"w": bnn.Flat()}, data=bnn.Dataset(x, y)))
    design = np.column_stack([np.ones(9), x])
    variance = np.mean((y - design @ np.linalg.lstsq(design, y)[0]) ** 2)
    deviance = 9 * np.log(2 * np.pi * variance) + 9  # with the maximum-likelihood σ, the third parameter
    assert bnn.criteria.aic(best).deviance == pytest.approx(deviance + 2 * 3)
    assert bnn.criteria.aicc(best).deviance == pytest.approx(deviance + 2 * 3 * 9 / (9 - 3 - 1))
    assert bnn.criteria.bic(best).deviance == pytest.approx(deviance + 3 * np.log(9))
    for criterion, printed in ((bnn.criteria.aic, best.aic), (bnn.criteria.bic, best.bic)):
        found = criterion(best)
        assert found.deviance == pytest.approx(printed)
        assert found.pointwise is None
        assert np.isnan(found.error)


def test_bic_nears_the_evidence_of_a_unit_information_prior() -> None:
    """With w ~ N(ŵ, N (ΦᵀΦ)⁻¹ σ²), ln p(y) = −½ BIC − (P/2) ln(1 + 1/N) (Kass & Wasserman 1995)."""
    x = np.linspace(-1, 1, 50)
    data = bnn.Dataset(x, 1 + x + np.random.default_rng(1).normal(0, 0.2, 50), yerr=0.2)
    design = np.column_stack([np.ones(50), x])
    free = bnn.Posterior(bnn.LinearModel(bnn.polynomial(1)), bnn.Gaussian(), prior={"w": bnn.Flat()}, data=data)
    best = bnn.maximum_likelihood(free)
    unit = bnn.MultivariateNormal(best.theta, 50 * 0.04 * np.linalg.inv(design.T @ design))
    post = bnn.Posterior(bnn.LinearModel(bnn.polynomial(1)), bnn.Gaussian(), prior={"w": unit}, data=data)
    assert bnn.criteria.bic(best).value - np.log(51 / 50) == pytest.approx(bnn.log_evidence(post).log_z, abs=1e-6)


def test_a_row_on_which_the_posterior_hangs_is_named() -> None:
    x = np.array([-0.2, -0.1, 0.0, 0.1, 20.0, 0.2])
    y = np.array([0.1, -0.2, 0.3, 0.0, 3.0, -0.1])
    post = polynomial(1, bnn.Dataset(x, y, yerr=[0.3, 0.3, 0.3, 0.3, 0.01, 0.3]), scale=3.0)
    found = bnn.criteria.loo(exact_draws(post, n=8000))
    assert list(np.flatnonzero(found.pareto_k > 0.7)) == [4]
    (warning,) = found.warnings
    assert "Pareto k̂ above 0.70 at row 4 (" in warning
    assert "use k_fold" in warning
    assert abs(found.value - leave_one_out(post).sum()) > 1
    assert bnn.criteria.k_fold(post, cv=6).value == pytest.approx(leave_one_out(post).sum())
    (warning,) = bnn.criteria.waic(exact_draws(post, n=8000)).warnings
    assert "above 0.4 at" in warning


@pytest.mark.parametrize("n_stuck", [4, 8, 31])
def test_walkers_that_never_move_are_a_sentence(hubble, n_stuck: int) -> None:
    """Equal draws in the tail of the weights: no NaN, whether a few or all of it are one value."""
    draws = exact_draws(polynomial(1, hubble), n=3200)
    theta = draws.theta.reshape(32, -1, 2).copy()
    theta[:n_stuck] = theta[0, :1] + 3.0
    stuck = as_draws(draws.posterior, theta.reshape(draws.theta.shape))
    found = bnn.criteria.loo(stuck, unconverged="warn")
    assert np.isfinite(found.value)
    assert "Pareto k̂ above" in found.warnings[-1]
    with pytest.raises(EvidenceError, match="expected draws that have converged"):
        bnn.criteria.loo(stuck)


def test_fewer_draws_lower_the_limit_of_k(hubble) -> None:
    """1 − 1 / log10(S), Vehtari et al. (2024): 0.57 for 200 draws."""
    post = polynomial(0, bnn.Dataset(np.zeros(3), [0.0, 0.1, 3.0], yerr=1.0), scale=10.0)
    limits = set()
    for seed in range(20):
        for warning in bnn.criteria.loo(exact_draws(post, n=192, seed=seed), unconverged="warn").warnings:
            limits |= {warning.split()[3]} if "Pareto" in warning else set()
    assert limits
    assert all(0.5 <= float(limit) < 0.58 for limit in limits)


def test_a_row_that_no_parameter_moves_needs_no_weights() -> None:
    data = bnn.Dataset([0.0, 1.0, 2.0, 3.0], [0.4, 1.0, 2.2, 2.9], yerr=0.5)
    slope = bnn.FunctionModel(lambda x, a: a * x)
    post = bnn.Posterior(slope, bnn.Gaussian(), prior={"a": NORMAL}, data=data)
    theta = np.random.default_rng(0).normal(1.0, 0.1, (4, 8, 200, 1))
    found = bnn.criteria.loo(as_draws(post, theta))
    assert found.pointwise[0] == pytest.approx(stats.norm(0, 0.5).logpdf(0.4))
    assert found.pareto_k[0] == -np.inf
    assert found.warnings == ()


def test_differences_are_paired_by_row(draws) -> None:
    cubic = bnn.criteria.loo(exact_draws(polynomial(3, even()), n=16_000))
    parabola = bnn.criteria.loo(draws)
    value, error = cubic.minus(parabola)
    each = cubic.pointwise - parabola.pointwise
    assert value == pytest.approx(cubic.value - parabola.value)
    assert error == pytest.approx(np.sqrt(25) * each.std())
    assert error < 0.3 * np.hypot(cubic.error, parabola.error)
    assert cubic.minus(cubic) == (0, 0)
    with pytest.raises(EvidenceError, match="got waic as well"):
        cubic.minus(bnn.criteria.waic(draws))
    with pytest.raises(EvidenceError, match="got 25 and 20"):
        cubic.minus(bnn.criteria.loo(exact_draws(polynomial(1, even(20)), n=16_000)))


DRAWN = ("loo", "waic", "dic")


@pytest.mark.parametrize("name", DRAWN)
def test_draws_that_say_nothing_are_refused(name: str, hubble, draws) -> None:
    criterion = getattr(bnn.criteria, name)
    drifting = as_draws(draws.posterior, draws.theta[:, :, :50] + 0.2 * np.arange(4.0)[:, None, None, None])
    with pytest.raises(EvidenceError, match=rf"{name}: expected draws that have converged, got: NOT CONVERGED: nested"):
        criterion(drifting)
    assert criterion(drifting, unconverged="warn").warnings[0].startswith("NOT CONVERGED")
    with pytest.raises(SettingError, match="'refuse' or 'warn', got 'ignore'"):
        criterion(drifting, unconverged="ignore")
    with pytest.raises(EvidenceError, match="know their posterior"):
        criterion(replace(draws, posterior=None))
    holes = np.where(np.arange(draws.log_likelihood.size) == 7, -np.inf, draws.log_likelihood.ravel())
    with pytest.raises(EvidenceError, match="finite log likelihoods, got 1 draws without"):
        criterion(replace(draws, log_likelihood=holes.reshape(draws.log_likelihood.shape)))
    constant = bnn.FunctionModel(lambda x, a: 0 * a * x)
    post = bnn.Posterior(constant, bnn.Gaussian(), prior={"a": NORMAL}, data=hubble)
    with pytest.raises(EvidenceError, match="expected a likelihood that depends on the parameters"):
        criterion(as_draws(post, np.random.default_rng(0).standard_normal((4, 8, 100, 1))))


@pytest.mark.parametrize("name", ["loo", "waic"])
def test_rows_are_needed_and_enough_draws(name: str, hubble, draws) -> None:
    criterion = getattr(bnn.criteria, name)
    coin = bnn.FunctionPosterior(lambda p: 7 * np.log(p) + 3 * np.log(1 - p), {"p": bnn.Beta(2, 2)})
    theta = np.random.default_rng(0).standard_normal((4, 8, 100, 1))
    with pytest.raises(EvidenceError, match="got a function"):
        criterion(as_draws(coin, theta))
    with pytest.raises(EvidenceError, match="at least 100 draws, got 64"):
        criterion(as_draws(draws.posterior, draws.theta[:, :, :2]))


def test_estimates_that_have_no_aic(hubble, network) -> None:
    flat = polynomial(1, hubble)
    with pytest.raises(EvidenceError, match="aic: expected a maximum-likelihood estimate, got one by maximum a post"):
        bnn.criteria.aic(bnn.maximum_a_posteriori(flat))
    with pytest.raises(EvidenceError, match="bic: expected an estimate that has converged"):
        bnn.criteria.bic(replace(bnn.maximum_likelihood(flat), converged=False))
    with pytest.raises(EvidenceError, match="more than 4 values of y for 3 parameters, got 4"):
        bnn.criteria.aicc(bnn.maximum_likelihood(polynomial(2, hubble).take(slice(4))))
    coin = bnn.FunctionPosterior(lambda p: 7 * np.log(p) + 3 * np.log(1 - p), {"p": bnn.Beta(2, 2)})
    best = bnn.maximum_likelihood(coin)
    assert bnn.criteria.aic(best).value == pytest.approx(7 * np.log(0.7) + 3 * np.log(0.3) - 1)
    for criterion in (bnn.criteria.bic, bnn.criteria.aicc):
        with pytest.raises(EvidenceError, match="rows can be counted"):
            criterion(best)
    with pytest.raises(EvidenceError, match="the data do not determine"):
        bnn.criteria.aic(bnn.maximum_likelihood(polynomial(4, hubble.take(slice(3)))))
    twice = bnn.FunctionPosterior(lambda a, b: -((a + b - 1) ** 2), {"a": NORMAL, "b": NORMAL})
    with pytest.raises(EvidenceError, match="not negative definite"):
        bnn.criteria.aic(bnn.maximum_likelihood(twice))
    post = network(1, 2, 1)
    theta = np.random.default_rng(0).standard_normal((4, 8, 100, post.n_params))
    with pytest.raises(EvidenceError, match="the mean of their weights is no network"):
        bnn.criteria.dic(as_draws(post, theta))


def test_folds_that_cannot_be(hubble) -> None:
    from sklearn.model_selection import ShuffleSplit

    post = polynomial(1, hubble)
    for cv in (1, 32, 2.5, "five", True, None):
        with pytest.raises(SettingError, match="expected cv from 2 to 31 folds"):
            bnn.criteria.k_fold(post, cv=cv)
    with pytest.raises(SettingError, match="hold each row out once"):
        bnn.criteria.k_fold(post, cv=ShuffleSplit(3, random_state=0))
    coin = bnn.FunctionPosterior(lambda p: 7 * np.log(p), {"p": bnn.Beta(2, 2)})
    with pytest.raises(BayesnnError, match="got a function"):
        bnn.criteria.k_fold(coin)
    few = partial(exact_draws, n=160)
    with pytest.raises(EvidenceError, match="k_fold: expected draws that have converged"):
        bnn.criteria.k_fold(post, cv=2, fit=few)
    assert "draws of 2 of 2 folds" in bnn.criteria.k_fold(post, cv=2, fit=few, unconverged="warn").warnings[0]
