"""Curves: exact derivatives, functions that misbehave, and a nonlinear posterior."""

import warnings

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.errors import ModelError

X = np.linspace(0.1, 3, 12)
DATA = bnn.Dataset(X, 2 * np.exp(-1.5 * X) + 0.5, yerr=0.05)
PRIOR = {"a": bnn.Normal(1, 2), "b": bnn.HalfNormal(3), "c": (-1, 2)}


def decay(x, a, b, c):
    return a * np.exp(-b * x) + c


def slopes(x, a, b, c):
    e = np.exp(-b * x)
    return np.stack([e, -a * x * e, np.ones_like(x)], axis=1)


def posterior(function, **options) -> bnn.Posterior:
    return bnn.Posterior(bnn.FunctionModel(function, **options), bnn.Gaussian(), prior=PRIOR, data=DATA)


def test_complex_step_is_exact() -> None:
    theta = np.array([1.3, 0.7, -0.2])
    got = bnn.FunctionModel(decay).jacobian(theta, X[:, None])
    np.testing.assert_allclose(got, slopes(X, *theta), rtol=1e-15, atol=1e-17)


@pytest.mark.parametrize("options", [{}, {"jac": slopes}])
def test_gradient_through_likelihood_prior_and_bijectors(options) -> None:
    post = posterior(decay, **options)
    theta, direction = np.random.default_rng(0).standard_normal((2, 5, 3))
    h = 1e-6
    numeric = (post(theta + h * direction) - post(theta - h * direction)) / (2 * h)
    np.testing.assert_allclose(np.sum(post.value_and_grad(theta)[1] * direction, axis=-1), numeric, rtol=1e-6)


@pytest.mark.parametrize("part", [np.abs, lambda v: np.maximum(v.real, 0.0), lambda v: float(v) if v == v.real else v])
def test_a_function_that_is_not_analytic_is_said_to_be_differenced(part) -> None:
    def kinked(x, a, b, c):
        return part(a) * np.exp(-b * x) + c

    model = bnn.FunctionModel(kinked)
    theta = np.array([1.3, 0.7, -0.2])
    with pytest.warns(UserWarning, match="central differences"):
        got = model.jacobian(theta, X[:, None])
    np.testing.assert_allclose(got, slopes(X, *theta), rtol=1e-7, atol=1e-9)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.jacobian(theta, X[:, None])  # said once


def test_writing_into_x_harms_nobody() -> None:
    def rude(x, a, b, c):
        x *= -b
        return a * np.exp(x) + c

    theta = np.array([[0.5, 0.1, 0.2]])
    with pytest.warns(UserWarning, match="central differences"):  # a complex number does not fit into x
        got = posterior(rude).value_and_grad(theta)
    value, grad = posterior(decay).value_and_grad(theta)
    np.testing.assert_array_equal(got[0], value)
    np.testing.assert_allclose(got[1], grad, rtol=1e-6)
    np.testing.assert_array_equal(DATA.X[:, 0], X)


@pytest.mark.parametrize(
    "bad", [lambda x, a, b, c: x[:3], lambda x, a, b, c: x + 1j, lambda x, a, b, c: np.outer(x, x)]
)
def test_functions_that_return_something_else(bad) -> None:
    with pytest.raises(ModelError, match="one a row"):
        posterior(bad)(np.zeros(3))


def test_no_parameters_and_a_wrong_jacobian() -> None:
    with pytest.raises(ModelError, match="no parameters"):
        bnn.FunctionModel(lambda x: x)
    with pytest.raises(ModelError, match="jac: expected shape"):
        posterior(decay, jac=lambda x, a, b, c: np.ones(3)).value_and_grad(np.zeros(3))


def test_a_curve_is_estimated_sampled_and_predicted() -> None:
    post = posterior(decay)
    best = bnn.maximum_likelihood(post, n_starts=3)
    assert best.converged
    np.testing.assert_allclose([best.values[n] for n in "abc"], [2, 1.5, 0.5], rtol=1e-6)
    draws = bnn.sample(post, n_draws=200, n_warmup=150, n_walkers=4, progress=False)
    diagnosis = bnn.diagnose(draws)
    assert diagnosis.ok, diagnosis
    inside = abs(draws.values["b"].mean() - 1.5) / draws.values["b"].std()
    assert inside < 1  # noiseless data: the truth is near the middle


THETA = np.array([[3.0, 2.0], [3.1, 2.1], [2.9, 2.2], [3.0, -1.0]])


def curve_posterior(function, y=None, **options) -> bnn.Posterior:
    x = np.linspace(0, 10, 30)
    model = bnn.FunctionModel(function, **options)
    prior = dict.fromkeys(model.names, bnn.Normal(0, 10))
    return bnn.Posterior(model, bnn.Gaussian(), prior=prior, data=bnn.Dataset(x, x if y is None else y(x), yerr=0.3))


@pytest.mark.parametrize(
    "function",
    [
        lambda x, a, b: a + (x * b - (x * b).mean()),
        lambda x, a, b: np.zeros(len(x)) if np.any(b <= 0) else a * np.exp(-x / b),
        lambda x, a, b: a * np.cumsum(x) / b,
    ],
    ids=["a mean over rows", "a guard", "a running sum"],
)
def test_walkers_are_told_apart_whatever_the_function_does(function) -> None:
    post = curve_posterior(function)
    together, each = post.value_and_grad(THETA), [post.value_and_grad(theta) for theta in THETA]
    np.testing.assert_allclose(together[0], [value for value, _ in each], rtol=1e-12)
    np.testing.assert_allclose(together[1], [grad for _, grad in each], rtol=1e-10)


def test_a_vectorized_function_gives_what_the_plain_one_does() -> None:
    def decay(x, a, b):
        return a * np.exp(-x / b**2)

    plain, vectorized = curve_posterior(decay), curve_posterior(decay, vectorized=True)
    for one, other in zip(plain.value_and_grad(THETA), vectorized.value_and_grad(THETA), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (lambda x, a, b: a + (x * b - np.mean(x * b)), "mixes them"),
        (lambda x, a, b: np.zeros(len(x)), "got float64 of shape"),
    ],
    ids=["a mean over walkers", "one row for all"],
)
def test_a_function_that_is_not_vectorized_is_refused_where_it_says_so(function, reason: str) -> None:
    with pytest.raises(ModelError, match=reason):
        curve_posterior(function, vectorized=True).log_likelihood(THETA)


def test_a_branch_that_is_met_on_the_way_does_not_spoil_the_derivative() -> None:
    """A symmetric logarithm by np.abs: analytic at the first start, not where the estimate lies."""

    def symlog(x, a, b):
        s = a + b * x
        return np.where(s > 0, np.log1p(np.where(s > 0, s, 0)), -np.log1p(np.abs(s)))

    noise = 0.3 * np.random.default_rng(0).standard_normal(30)
    found = []
    for start in ([1.0, 1.0], [-2.0, 1.0]):
        with pytest.warns(UserWarning, match="not analytic"):
            found.append(bnn.maximum_likelihood(curve_posterior(symlog, lambda x: symlog(x, -3, 1) + noise), start))
    for name in "ab":
        assert found[0].values[name] == pytest.approx(found[1].values[name], rel=1e-6)
        assert found[0].standard_errors[name] == pytest.approx(found[1].standard_errors[name], rel=1e-4)
