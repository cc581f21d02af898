"""Any log likelihood as a posterior: conjugate truths, gradients, and functions that misbehave."""

import numpy as np
import pytest
from scipy import stats

import bayesnn as bnn
from bayesnn.errors import ModelError, PriorError
from tests.sampling.test_exactness import moments_agree

COUNTS = np.array([3, 5, 4, 1, 6, 2])


def poisson(rate):
    return np.sum(COUNTS * np.log(rate) - rate)


def test_a_poisson_rate_is_its_conjugate_gamma() -> None:
    """Gamma(2, rate 1) and 6 counts of sum 21: Gamma(23, rate 7)."""
    post = bnn.FunctionPosterior(poisson, {"rate": bnn.Gamma(2, 1.0)})
    best = bnn.maximum_a_posteriori(post)
    assert best.values["rate"] == pytest.approx(22 / 7, rel=1e-8)
    assert best.standard_errors["rate"] == pytest.approx(np.sqrt(22) / 7, rel=1e-4)
    assert bnn.maximum_likelihood(post).values["rate"] == pytest.approx(3.5, rel=1e-8)
    truth = stats.gamma(23, scale=1 / 7)
    draws = bnn.sample(post, n_draws=1500, progress=False)
    theta = draws.values["rate"][..., None]
    moments_agree(theta, np.array([truth.mean()]), np.array([truth.var()]), least_ess=2000)


@pytest.mark.parametrize("vectorized", [False, True])
def test_a_singular_covariance_has_no_density(vectorized: bool) -> None:
    def log_likelihood(a):
        return -np.linalg.solve(np.asarray(a)[..., None, None] * np.eye(1), np.ones((1, 1)))[..., 0, 0]

    post = bnn.FunctionPosterior(log_likelihood, {"a": bnn.Normal(0, 1)}, vectorized=vectorized)
    np.testing.assert_array_equal(post.log_likelihood([[1.0], [0.0], [2.0]]), [-1.0, -np.inf, -0.5])


def quadratic(center, width):
    return -0.5 * np.sum((center - np.arange(3.0)) ** 2, axis=-1) / width**2 - 3 * np.log(width)


def slopes(center, width):
    delta = center - np.arange(3.0)
    by_width = np.sum(delta**2, axis=-1) / width**3 - 3 / width
    return {"center": -delta / np.asarray(width)[..., None] ** 2, "width": by_width}


def opaque(center, width):
    """The same, with nothing to be learned from a complex step."""
    return float(quadratic(np.real(center), np.real(width)))


PRIOR = {"center": bnn.Normal(0, "tau", shape=(3,)), "width": (0.5, 4.0), "tau": bnn.HalfCauchy(1)}


@pytest.mark.parametrize("vectorized", [True, False])
def test_given_and_differenced_gradients_agree_with_arrays_intervals_and_hierarchy(vectorized: bool) -> None:
    given = bnn.FunctionPosterior(quadratic, PRIOR, grad=slopes, vectorized=vectorized)
    differenced = bnn.FunctionPosterior(opaque, PRIOR)
    assert not differenced.has_gradient
    assert given.names == ("center[0]", "center[1]", "center[2]", "width", "tau")
    theta = given.sample_prior(np.random.default_rng(0), 7)
    value, grad = given.value_and_grad(theta)
    np.testing.assert_allclose(value, differenced(theta), rtol=1e-13)
    np.testing.assert_allclose(grad, differenced.value_and_grad(theta)[1], rtol=1e-6, atol=1e-6)
    direction, h = np.random.default_rng(1).standard_normal(theta.shape), 1e-6
    numeric = (given(theta + h * direction) - given(theta - h * direction)) / (2 * h)
    np.testing.assert_allclose(np.sum(grad * direction, axis=-1), numeric, rtol=1e-6, atol=1e-7)


def test_moves_are_chosen_by_what_is_there() -> None:
    with_gradient = bnn.FunctionPosterior(quadratic, PRIOR, grad=slopes, vectorized=True)
    settings = {"n_draws": 20, "n_warmup": 20, "n_ensembles": 2, "progress": False}
    assert "mams" in bnn.sample(with_gradient, **settings).kernels[0]
    assert "mams" in bnn.sample(bnn.FunctionPosterior(quadratic, PRIOR), **settings).kernels[0]  # it is analytic
    rough = bnn.FunctionPosterior(lambda a, b, c: -abs(a) - b**2 - c**2, dict.fromkeys("abc", bnn.Normal()))
    assert not rough.has_gradient
    draws = bnn.sample(rough, **settings)
    assert draws.interacting
    assert "StretchMove" in draws.kernels[0]


@pytest.mark.parametrize("vectorized", [False, True])
def test_an_analytic_function_is_differentiated_by_complex_step(vectorized: bool) -> None:
    post = bnn.FunctionPosterior(quadratic, PRIOR, vectorized=vectorized)
    given = bnn.FunctionPosterior(quadratic, PRIOR, grad=slopes, vectorized=True)
    theta = given.sample_prior(np.random.default_rng(1), 5)
    np.testing.assert_allclose(post.value_and_grad(theta)[1], given.value_and_grad(theta)[1], rtol=1e-12)


def test_a_function_that_writes_into_its_arguments_harms_nobody() -> None:
    def rude(center):
        value = -0.5 * np.sum(center**2)
        center[:] = np.nan
        return value

    post = bnn.FunctionPosterior(rude, {"center": bnn.Normal(0, 1, shape=(3,))})
    theta = np.ones((2, 3))
    np.testing.assert_allclose(post.log_likelihood(theta), -1.5)
    np.testing.assert_array_equal(theta, 1.0)


@pytest.mark.parametrize("bad", [lambda a: np.zeros(3), lambda a: 1j, lambda a: "high", lambda a: None])
def test_functions_that_return_no_real_number(bad) -> None:
    post = bnn.FunctionPosterior(bad, {"a": bnn.Normal(0, 1)})
    with pytest.raises(ModelError, match="expected a real number"):
        post(np.zeros(1))


@pytest.mark.parametrize(
    "bad",
    [
        lambda center, width: None,
        lambda center, width: {"center": None, "width": 0.0},
        lambda center, width: {"center": np.zeros(2), "width": 0.0},
        lambda center, width: {"center": np.zeros((3, 1)), "width": 0.0},
        lambda center, width: {"center": np.zeros(3), "width": np.zeros(3)},
        lambda center, width: {"center": np.zeros(3), "width": 1j},
        lambda center, width: {"center": np.zeros(3)},
        lambda center, width: np.zeros(4),
    ],
)
def test_gradients_of_the_wrong_shape_or_kind(bad) -> None:
    post = bnn.FunctionPosterior(quadratic, PRIOR, grad=bad)
    with pytest.raises(ModelError, match=r"grad(, by '(center|width)')?: expected (real numbers of sh|a derivative)"):
        post.value_and_grad(np.zeros(5))


def test_a_transposed_gradient_is_refused() -> None:
    def transposed(center, width):
        return {name: slope.T for name, slope in slopes(center, width).items()}

    post = bnn.FunctionPosterior(quadratic, PRIOR, grad=transposed, vectorized=True)
    with pytest.raises(ModelError, match=r"by 'center': expected real numbers of shape \(7, 3\), got .* \(3, 7\)"):
        post.value_and_grad(np.zeros((7, 5)))


def test_a_gradient_that_is_nan_does_not_blame_the_prior() -> None:
    prior = {"a": bnn.Normal(0, 1), "b": bnn.Normal(0, 1)}
    post = bnn.FunctionPosterior(lambda a, b: -a * a - b * b, prior, grad=lambda a, b: {"a": np.nan, "b": -2 * b})
    with pytest.raises(ModelError, match=r"expected numbers where the log density is finite, got NaN by a; correct"):
        bnn.sample(post, progress=False)


def test_a_gradient_that_is_nan_on_the_way_uphill_does_not_lose_the_walkers() -> None:
    """Beyond 1.5, uphill of draws of the prior, the slope is NaN; the density goes on."""
    post = bnn.FunctionPosterior(
        lambda a: -0.5 * (a - 4) ** 2, {"a": bnn.Normal(0, 1)}, grad=lambda a: {"a": 4 - a if a < 1.5 else np.nan}
    )
    draws = bnn.sample(post, n_draws=10, n_warmup=10, n_walkers=4, progress=False)
    assert np.all(np.isfinite(draws.theta))


def test_fixed_arguments_defaults_and_priors_that_do_not_fit() -> None:
    def line(a, b, c=3.0):
        return -((a - b * c) ** 2)

    post = bnn.FunctionPosterior(line, {"a": bnn.Normal(0, 1), "b": 2.0})
    assert post.names == ("a",)
    assert float(post.log_likelihood([6.0])) == 0.0
    with pytest.raises(PriorError, match="argument 'b'"):
        bnn.FunctionPosterior(line, {"a": bnn.Normal(0, 1)})
    for alone in (bnn.Normal(0, 1), None):
        with pytest.raises(PriorError, match="prior: expected a distribution for each argument, by name, got"):
            bnn.FunctionPosterior(line, alone)
    with pytest.raises(PriorError, match="prior 'd'"):
        bnn.FunctionPosterior(line, {"a": bnn.Normal(0, 1), "b": 1.0, "d": bnn.Normal(0, 1)})


def test_a_gradient_that_fails_elsewhere_is_found_out_at_the_estimate() -> None:
    """|m| is analytic at all draws of this prior, and not where the likelihood is largest."""
    data = np.random.default_rng(0).normal(-2, 1, 50)

    def log_likelihood(m):
        return -0.5 * np.sum(np.where(m > 0, (data - m) ** 2, (data + np.abs(m)) ** 2))

    opt = bnn.maximum_likelihood(bnn.FunctionPosterior(log_likelihood, {"m": bnn.Normal(2, 0.1)}), [0.5])
    assert opt.converged
    assert opt.values["m"] == pytest.approx(data.mean(), rel=1e-6)
    assert opt.standard_errors["m"] == pytest.approx(1 / np.sqrt(50), rel=1e-4)


def test_a_whole_number_is_the_length_of_a_vector() -> None:
    post = bnn.FunctionPosterior(lambda a: 0.0, {"a": bnn.Normal(0, 1, shape=3)})
    assert post.names == ("a[0]", "a[1]", "a[2]")
    for bad in ("three", (2, 0.5)):
        with pytest.raises(bnn.errors.PriorError, match="expected shape= of whole numbers"):
            bnn.FunctionPosterior(lambda a: 0.0, {"a": bnn.Normal(0, 1, shape=bad)})


def test_arrays_of_a_user_are_left_alone() -> None:
    """Of a function that returns its argument, and of a gradient that is always the same array."""
    slope = np.ones(3)
    post = bnn.FunctionPosterior(lambda x: x, {"x": bnn.Normal(0, 1)}, grad=lambda x: {"x": slope}, vectorized=True)
    theta = np.array([[0.5], [1.0], [2.0]])
    for _ in range(2):
        value, grad = post.value_and_grad(theta)
        np.testing.assert_allclose(value, post.log_prob(theta))
        np.testing.assert_allclose(grad, 1 - theta)
    np.testing.assert_array_equal(theta[:, 0], [0.5, 1.0, 2.0])
    np.testing.assert_array_equal(slope, 1)
