"""What careless users give: one clear error, or the right answer with a warning, never a silent wrong number."""

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.errors import ModelError, SettingError, StartError

X = np.linspace(0, 3, 12)
Y = 2 * np.exp(-1.3 * X) + 0.05 * np.random.default_rng(0).standard_normal(12)
UNKNOWN = bnn.HalfNormal(1)


def decay(x, a, b):
    return a * np.exp(-b * x)


def curve(function=decay, *, x=X, y=Y, prior=None, sigma=UNKNOWN, likelihood=None) -> bnn.Posterior:
    model = bnn.FunctionModel(function)
    prior = prior or dict.fromkeys(model.names, bnn.Flat())
    return bnn.Posterior(model, likelihood or bnn.Gaussian(sigma=sigma), prior=prior, data=bnn.Dataset(x, y))


def line(x, y, *, prior=None, sigma=UNKNOWN) -> bnn.Posterior:
    model = bnn.LinearModel(bnn.polynomial(degree=1, n_inputs=x.shape[1]))
    return bnn.Posterior(model, bnn.Gaussian(sigma=sigma), prior={"w": prior or bnn.Flat()}, data=bnn.Dataset(x, y))


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (lambda x, a, b: np.ones(3) * a * b, "one a row"),
        (lambda x, a, b: decay(x, a, b) + 1j, "complex"),
        (lambda x, a, b: "hello", "real numbers"),
        (lambda x, a, b: None, "real numbers"),
    ],
    ids=["shape", "complex", "text", "nothing"],
)
def test_a_function_that_returns_something_else(function, reason: str) -> None:
    with pytest.raises(ModelError, match=reason):
        bnn.maximum_likelihood(curve(function))


def test_a_function_that_is_not_defined_anywhere() -> None:
    with pytest.raises(StartError, match="prior that excludes the data"):
        bnn.maximum_likelihood(curve(lambda x, a, b: decay(x, a, b) * np.nan))
    with pytest.raises(StartError, match="prior that excludes the data"):
        bnn.maximum_likelihood(bnn.FunctionPosterior(lambda a: -np.inf, {"a": (0, 1)}))


def test_a_function_that_writes_into_its_arguments_harms_nobody() -> None:
    def writes(x, a, b):
        x *= 2
        np.asarray(a)[...] = 7
        return decay(x / 2, a, b) if np.ndim(a) else a * np.exp(-b * x / 2)

    expected = bnn.maximum_likelihood(curve())
    np.testing.assert_allclose(bnn.maximum_likelihood(curve(writes)).theta, expected.theta, rtol=1e-7)


def test_a_start_outside_the_support() -> None:
    post = curve(prior={"a": (0, 5), "b": bnn.HalfNormal(1)})
    with pytest.raises(StartError, match=r"block 'b'.*-1"):
        post.pack({"a": 1.0, "b": -1.0, "sigma": 1.0})
    with pytest.raises(StartError, match=r"expected shape \(..., 3\)"):
        bnn.maximum_likelihood(post, [1.0, 2.0])


@pytest.mark.parametrize("estimate", [bnn.maximum_likelihood, bnn.maximum_a_posteriori], ids=["MLE", "MAP"])
def test_a_prior_that_excludes_the_data(estimate) -> None:
    opt = estimate(curve(prior={"a": (5, 6), "b": bnn.Normal(0, 3)}, sigma=0.05))
    assert not opt.converged
    assert "a at the end of the range" in opt.message


def test_collinear_columns() -> None:
    twice = np.column_stack([X, 2 * X])
    opt = bnn.maximum_likelihood(line(twice, Y))
    assert not opt.converged
    assert "do not determine w[1], w[2]" in opt.message
    assert np.all(np.isnan(opt.standard_errors["w"]))
    once = bnn.maximum_likelihood(line(X[:, None], Y))
    assert opt.chi2 == pytest.approx(once.chi2)  # the curve itself is right
    with_prior = bnn.maximum_a_posteriori(line(twice, Y, prior=bnn.Normal(0, 1), sigma=0.1))
    assert with_prior.converged
    assert with_prior.values["w"][2] == pytest.approx(2 * with_prior.values["w"][1])


def test_more_parameters_than_rows() -> None:
    wide = np.random.default_rng(1).standard_normal((4, 7))
    for sigma, reason in ((0.1, "do not determine"), (UNKNOWN, "goes through every point")):
        opt = bnn.maximum_likelihood(line(wide, Y[:4], sigma=sigma))
        assert not opt.converged
        assert reason in opt.message
        assert np.all(np.isnan(opt.standard_errors["w"]))
    assert bnn.maximum_a_posteriori(line(wide, Y[:4], prior=bnn.Normal(0, 1), sigma=0.1)).converged
    few = curve(lambda x, a, b, c: decay(x, a, b) + c, x=X[:2], y=Y[:2], sigma=0.1)
    assert "flat" in bnn.maximum_likelihood(few).message


@pytest.mark.parametrize("level", [0.0, 3.0])
def test_a_constant_target_leaves_no_noise(level: float) -> None:
    opt = bnn.maximum_likelihood(line(X[:, None], np.full(12, level)))
    np.testing.assert_allclose(opt.values["w"], [level, 0], atol=1e-12)
    assert not opt.converged
    assert "no noise is left" in opt.message


@pytest.mark.parametrize("likelihood", ["gaussian", "student"])
@pytest.mark.parametrize("unit", [1e12, 1e-12])
def test_units_do_not_matter(unit: float, likelihood: str) -> None:
    def estimate(scale: float):
        noise = bnn.HalfNormal(scale)
        chosen = bnn.Gaussian(sigma=noise) if likelihood == "gaussian" else bnn.likelihoods.StudentT(df=4, scale=noise)
        return bnn.maximum_likelihood(curve(y=scale * Y, likelihood=chosen))

    plain, scaled = estimate(1.0), estimate(unit)
    assert scaled.converged
    for found, expected in ((scaled.values, plain.values), (scaled.standard_errors, plain.standard_errors)):
        assert found["a"] / unit == pytest.approx(expected["a"], rel=1e-5)
        assert found["b"] == pytest.approx(expected["b"], rel=1e-5)


def test_a_parameter_that_does_nothing() -> None:
    opt = bnn.maximum_likelihood(curve(lambda x, a, b: a * x + 0 * b))
    assert "do not determine b" in opt.message


def test_classes_that_can_be_separated_have_no_estimate() -> None:
    model = bnn.LinearModel(bnn.polynomial(degree=1))
    data = bnn.Dataset(X, (X > 1.5).astype(float))
    flat = bnn.maximum_likelihood(bnn.Posterior(model, bnn.Bernoulli(), prior={"w": bnn.Flat()}, data=data))
    assert not flat.converged
    assert "separated" in flat.message
    post = bnn.Posterior(model, bnn.Bernoulli(), prior={"w": bnn.Normal(0, 3)}, data=data)
    assert bnn.maximum_a_posteriori(post).converged


def test_a_function_that_is_not_analytic_is_told_and_still_fitted() -> None:
    with pytest.warns(UserWarning, match="central differences"):
        opt = bnn.maximum_likelihood(curve(lambda x, a, b: np.abs(a) * np.exp(-b * x)), [1.0, 1.0, 0.0])
    assert opt.converged
    np.testing.assert_allclose(opt.theta, bnn.maximum_likelihood(curve()).theta, rtol=1e-6)


def test_replicates_that_are_left_out_are_told() -> None:
    rng = np.random.default_rng(0)
    x = np.linspace(0, 10, 30)
    data = bnn.Dataset(x, 1 + 2 * x + 0.4 * rng.standard_normal(30), yerr=0.3)
    model = bnn.LinearModel(bnn.polynomial(degree=1))
    post = bnn.Posterior(model, bnn.Gaussian(jitter=bnn.HalfNormal(1)), prior={"w": bnn.Flat()}, data=data)
    with pytest.warns(UserWarning, match="did not converge and are left out"):
        bnn.bootstrap(bnn.maximum_likelihood(post), kind="parametric", n_replicates=40)


def test_no_profile_where_no_noise_is_left() -> None:
    with pytest.raises(SettingError, match="no noise is left"):
        bnn.profile_likelihood(line(X[:, None], 1 + 2 * X), "w[1]")
