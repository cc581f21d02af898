"""Error bars against closed forms: information, sandwich, bootstrap, profile, Laplace."""

import numpy as np
import pytest
from scipy import stats

import bayesnn as bnn
from bayesnn.errors import SettingError

RNG = np.random.default_rng(3)
N = 60
X = RNG.uniform(-1, 2, N)
Y = 1.0 - 2.0 * X + 0.3 * (1 + np.abs(X)) * RNG.standard_normal(N)
DESIGN = np.column_stack([np.ones(N), X])
INVERSE = np.linalg.inv(DESIGN.T @ DESIGN)
W = INVERSE @ DESIGN.T @ Y
RESIDUAL = Y - DESIGN @ W
LINE = bnn.LinearModel(bnn.polynomial(degree=1))


UNKNOWN = bnn.HalfNormal(1)


def line(sigma=UNKNOWN, **errors) -> bnn.Posterior:
    return bnn.Posterior(LINE, bnn.Gaussian(sigma=sigma), prior={"w": bnn.Flat()}, data=bnn.Dataset(X, Y, **errors))


def decay(**options) -> bnn.Posterior:
    x = np.linspace(0.0, 3.0, 12)
    y = 2 * np.exp(-1.3 * x) + 0.2 * np.random.default_rng(1).standard_normal(12)
    model = bnn.FunctionModel(lambda x, a, b: a * np.exp(-b * x))
    return bnn.Posterior(
        model, bnn.Gaussian(**options), prior={"a": bnn.Flat(), "b": bnn.Flat()}, data=bnn.Dataset(x, y)
    )


def test_unknown_noise_enters_by_the_unbiased_residual_variance() -> None:
    opt = bnn.maximum_likelihood(line())
    s2 = RESIDUAL @ RESIDUAL / (N - 2)
    np.testing.assert_allclose(opt.values["sigma"], np.sqrt(np.mean(RESIDUAL**2)), rtol=1e-10)
    np.testing.assert_allclose(opt.covariance[:2, :2], s2 * INVERSE, rtol=1e-9)
    np.testing.assert_allclose(opt.standard_errors["sigma"], opt.values["sigma"] / np.sqrt(2 * (N - 2)), rtol=1e-9)


def test_the_observed_information_divides_by_n() -> None:
    observed = bnn.uncertainty(bnn.maximum_likelihood(line()), "observed")
    np.testing.assert_allclose(observed.covariance[:2, :2], np.mean(RESIDUAL**2) * INVERSE, rtol=1e-6)


def test_known_noise_is_taken_at_its_word() -> None:
    for kind in ("auto", "expected", "observed"):
        found = bnn.uncertainty(bnn.maximum_likelihood(line(sigma=0.4)), kind)
        np.testing.assert_allclose(found.covariance, 0.16 * INVERSE, rtol=1e-6)


def test_correlated_errors_whiten_the_information() -> None:
    cov = 0.1 * np.eye(N) + 0.05
    post = bnn.Posterior(LINE, bnn.Gaussian(), prior={"w": bnn.Flat()}, data=bnn.Dataset(X, Y, cov=cov))
    opt = bnn.maximum_likelihood(post)
    exact = np.linalg.inv(DESIGN.T @ np.linalg.solve(cov, DESIGN))
    np.testing.assert_allclose(opt.covariance, exact, rtol=1e-8)
    np.testing.assert_allclose(opt.theta, exact @ DESIGN.T @ np.linalg.solve(cov, Y), rtol=1e-8)


def test_the_sandwich_is_whites() -> None:
    """HC0: (XᵀX)⁻¹ Xᵀ diag(r²) X (XᵀX)⁻¹."""
    robust = bnn.uncertainty(bnn.maximum_likelihood(line()), "sandwich")
    white = INVERSE @ (DESIGN.T * RESIDUAL**2) @ DESIGN @ INVERSE
    np.testing.assert_allclose(robust.covariance[:2, :2], white, rtol=1e-6)


def test_the_sandwich_of_known_errors_weighs_rows_by_them() -> None:
    errors = np.where(X > 0.5, 0.2, 0.6)
    robust = bnn.uncertainty(bnn.maximum_likelihood(line(sigma=None, yerr=errors)), "sandwich")
    weighted = DESIGN / errors[:, None]
    bread = np.linalg.inv(weighted.T @ weighted)
    r = (Y - DESIGN @ bread @ weighted.T @ (Y / errors)) / errors
    np.testing.assert_allclose(robust.covariance, bread @ (weighted.T * r**2) @ weighted @ bread, rtol=1e-6)


def test_expected_and_observed_information_agree_for_a_logit() -> None:
    """The logit is the canonical link: observed = expected = Σ p (1 − p) φ φᵀ."""
    labels = (RNG.uniform(size=N) < 1 / (1 + np.exp(-0.5 - X))).astype(float)
    post = bnn.Posterior(LINE, bnn.Bernoulli(), prior={"w": bnn.Flat()}, data=bnn.Dataset(X, labels))
    opt = bnn.maximum_likelihood(post)
    p = 1 / (1 + np.exp(-DESIGN @ opt.theta))
    exact = np.linalg.inv((DESIGN.T * (p * (1 - p))) @ DESIGN)
    for kind in ("auto", "expected", "observed"):
        np.testing.assert_allclose(bnn.uncertainty(opt, kind).covariance, exact, rtol=1e-6)
    white = exact @ (DESIGN.T * np.square(labels - p)) @ DESIGN @ exact
    np.testing.assert_allclose(bnn.uncertainty(opt, "sandwich").covariance, white, rtol=1e-6)


def test_expected_information_of_a_robust_line() -> None:
    """Student's t, known scale: (df + 1) / ((df + 3) scale²) in place of 1 / σ²; the prior adds its precision."""
    likelihood = bnn.likelihoods.StudentT(df=4.0, scale=0.3)
    post = bnn.Posterior(LINE, likelihood, prior={"w": bnn.Normal(0, 2)}, data=bnn.Dataset(X, Y))
    opt = bnn.maximum_a_posteriori(post)
    exact = np.linalg.inv(5 / (7 * 0.09) * DESIGN.T @ DESIGN + np.eye(2) / 4)
    np.testing.assert_allclose(bnn.uncertainty(opt, "expected").covariance, exact, rtol=1e-6)


def test_the_delta_method_on_a_positive_parameter() -> None:
    """d ln a of a log-scale parameter: the natural error does not depend on the chart."""
    x = np.linspace(0, 3, 20)
    data = bnn.Dataset(x, 2 * np.exp(-x) + 0.05 * np.sin(7 * x), yerr=0.1)
    model = bnn.FunctionModel(lambda x, a, b: a * np.exp(-b * x))
    charts = [{"a": bnn.Flat(), "b": bnn.Flat()}, {"a": bnn.HalfNormal(9), "b": (0.0, 5.0)}]
    errors = [
        bnn.maximum_likelihood(bnn.Posterior(model, bnn.Gaussian(), prior=c, data=data)).standard_errors for c in charts
    ]
    for name in "ab":
        np.testing.assert_allclose(errors[0][name], errors[1][name], rtol=1e-7)


@pytest.mark.parametrize("kind", ["cases", "parametric"])
def test_the_bootstrap_of_a_line(kind: str) -> None:
    opt = bnn.maximum_likelihood(line())
    replicated = bnn.bootstrap(opt, kind=kind, n_replicates=2000, rng=1)
    white = INVERSE @ (DESIGN.T * RESIDUAL**2) @ DESIGN @ INVERSE
    expected = white if kind == "cases" else np.mean(RESIDUAL**2) * INVERSE
    ratio = replicated.standard_errors["w"] / np.sqrt(np.diag(expected))
    np.testing.assert_allclose(ratio, 1, atol=0.08)  # 1.6 % Monte Carlo, and a few per cent of 1 / N
    low, high = replicated.interval(0.9)["w"]
    np.testing.assert_allclose((high - low) / 2, 1.645 * replicated.standard_errors["w"], rtol=0.1)


def test_a_bootstrap_keeps_the_errors_of_its_rows() -> None:
    errors = np.where(X > 0.5, 0.1, 1.0)
    opt = bnn.maximum_likelihood(line(sigma=None, yerr=errors))
    replicated = bnn.bootstrap(opt, kind="parametric", n_replicates=1000)
    np.testing.assert_allclose(replicated.covariance, opt.covariance, rtol=0.25, atol=2e-4)


def test_one_seed_one_bootstrap() -> None:
    from concurrent.futures import ThreadPoolExecutor

    opt = bnn.maximum_likelihood(line())
    with ThreadPoolExecutor(2) as pool:
        runs = [bnn.bootstrap(opt, n_replicates=20, rng=5, executor=e).theta for e in (None, pool)]
    np.testing.assert_array_equal(runs[0], runs[1])


@pytest.mark.parametrize("level", [0.5, 0.95])
def test_the_profile_of_a_linear_model_is_students_interval(level: float) -> None:
    post = line()
    wald = bnn.uncertainty(bnn.maximum_likelihood(post)).interval(level)["w"]
    s = np.sqrt(RESIDUAL @ RESIDUAL / (N - 2))
    factor = stats.t.ppf(0.5 + level / 2, N - 2)
    for i in range(2):
        profile = bnn.profile_likelihood(post, f"w[{i}]", level=level)
        exact = W[i] + np.array([-1, 1]) * factor * s * np.sqrt(INVERSE[i, i])
        np.testing.assert_allclose([profile.low, profile.high], exact, rtol=1e-6)
        np.testing.assert_allclose([wald[0][i], wald[1][i]], exact, rtol=1e-6)
        assert not profile.notes


def test_a_profile_is_the_likelihood_ratio_set() -> None:
    """Known noise: at both ends −2 ln L has risen by the quantile of chi-squared, all others refitted by hand."""
    from scipy.optimize import minimize_scalar

    post = decay(sigma=0.2)
    best = bnn.maximum_likelihood(post)
    profile = bnn.profile_likelihood(post, "b", level=0.9)
    for end in (profile.low, profile.high):
        refit = minimize_scalar(
            lambda a, end=end: -float(post.log_likelihood([a, end])), bounds=(0, 9), method="bounded"
        )
        assert 2 * (best.log_likelihood + refit.fun) == pytest.approx(stats.chi2.ppf(0.9, 1), abs=1e-5)
    assert profile.high - profile.estimate > 1.1 * (profile.estimate - profile.low)  # which Wald cannot see


def test_a_profile_of_any_likelihood() -> None:
    """Poisson rate: n ln λ − λ falls by z² / 2 at both ends."""
    post = bnn.FunctionPosterior(lambda rate: 7 * np.log(rate) - rate, {"rate": bnn.Exponential(10)})
    profile = bnn.profile_likelihood(post, "rate", level=0.95)
    for end in (profile.low, profile.high):
        rise = 2 * (7 * np.log(7) - 7 - 7 * np.log(end) + end)
        assert rise == pytest.approx(stats.chi2.ppf(0.95, 1), rel=1e-5)


def test_a_profile_refits_the_other_parameters_of_any_likelihood() -> None:
    """Logistic regression: −2 ln L has risen by z² at both ends, the constant refitted by hand."""
    from scipy.optimize import minimize_scalar

    labels = (np.random.default_rng(4).uniform(size=N) < 1 / (1 + np.exp(0.5 - 1.5 * X))).astype(float)
    post = bnn.Posterior(LINE, bnn.Bernoulli(), prior={"w": bnn.Flat()}, data=bnn.Dataset(X, labels))
    best = bnn.maximum_likelihood(post).log_likelihood
    profile = bnn.profile_likelihood(post, "w[1]", level=0.9)
    for end in (profile.low, profile.high):
        refit = minimize_scalar(lambda a, b=end: -float(post.log_likelihood([a, b])), bounds=(-9, 9), method="bounded")
        assert 2 * (best + refit.fun) == pytest.approx(stats.chi2.ppf(0.9, 1), abs=1e-5)


def test_an_open_interval_says_so() -> None:
    """No events: the likelihood never falls toward zero."""
    profile = bnn.profile_likelihood(bnn.FunctionPosterior(lambda rate: -rate, {"rate": bnn.Exponential(10)}), "rate")
    assert profile.low < 1e-6
    assert any("open below" in note for note in profile.notes)
    assert profile.high == pytest.approx(stats.chi2.ppf(0.95, 1) / 2, rel=1e-4)


def test_a_contour_of_a_line_is_its_ellipse() -> None:
    post = line(sigma=0.4)
    region = bnn.contour(post, "w[0]", "w[1]", n_points=9)
    x, y = np.meshgrid(region.x - W[0], region.y - W[1])
    away = np.stack([x, y])
    form = np.einsum("inm,ij,jnm->nm", away, np.linalg.inv(0.16 * INVERSE), away)
    np.testing.assert_allclose(region.confidence, stats.chi2.cdf(form, 2), atol=1e-8)
    reach = 1.2 * np.sqrt(stats.chi2.ppf(0.95, 2) * 0.16 * INVERSE[0, 0])  # a tenth of the width beyond both ends
    np.testing.assert_allclose(region.x[[0, -1]], [W[0] - reach, W[0] + reach], rtol=1e-5)


def test_a_contour_refits_what_it_does_not_show() -> None:
    """Fisher's F for two of three weights under unknown noise."""
    post = bnn.Posterior(
        bnn.LinearModel(bnn.polynomial(degree=2)),
        bnn.Gaussian(sigma=bnn.HalfNormal(1)),
        prior={"w": bnn.Flat()},
        data=bnn.Dataset(X, Y),
    )
    opt = bnn.maximum_likelihood(post)
    region = bnn.contour(post, "w[0]", "w[2]", n_points=5)
    block = np.linalg.inv(opt.covariance[np.ix_([0, 2], [0, 2])])
    away = np.stack(np.meshgrid(region.x - opt.theta[0], region.y - opt.theta[2]))
    form = np.einsum("inm,ij,jnm->nm", away, block, away) / 2
    np.testing.assert_allclose(region.confidence, stats.f.cdf(form, 2, N - 3), atol=1e-6)


def test_laplace_is_exact_for_a_gaussian_posterior() -> None:
    post = bnn.Posterior(LINE, bnn.Gaussian(sigma=0.4), prior={"w": bnn.Normal(0, 1)}, data=bnn.Dataset(X, Y))
    approximate, exact = bnn.laplace_posterior(post), bnn.exact_posterior(post)
    np.testing.assert_allclose(approximate.theta, exact.mean, atol=1e-8)
    np.testing.assert_allclose(approximate.covariance, exact.covariance, rtol=1e-6)
    draws = approximate.sample(0, 100_000)
    np.testing.assert_allclose(np.cov(draws.T), exact.covariance, rtol=0.05, atol=1e-4)


def test_refusals() -> None:
    opt = bnn.maximum_likelihood(line())
    function = bnn.maximum_likelihood(bnn.FunctionPosterior(lambda a: -(a**2), {"a": bnn.Normal()}))
    cases = [
        (lambda: bnn.uncertainty(opt, "jackknife"), "kind"),
        (lambda: bnn.uncertainty(function, "sandwich"), "observed"),
        (lambda: bnn.uncertainty(opt).interval(1.5), "level"),
        (lambda: bnn.bootstrap(opt, kind="jackknife"), "cases"),
        (lambda: bnn.bootstrap(opt, n_replicates=1), "n_replicates"),
        (lambda: bnn.bootstrap(function), "table"),
        (lambda: bnn.profile_likelihood(line(), "c"), "one of"),
        (lambda: bnn.profile_likelihood(line(), "w[0]", level=95), "level"),
        (lambda: bnn.contour(line(), "w[0]", "w[0]"), "two parameters"),
        (lambda: bnn.contour(line(), "w[0]", "w[1]", levels=(68,)), "levels"),
    ]
    for refused, reason in cases:
        with pytest.raises(SettingError, match=reason):
            refused()
