"""The law that every family of vectors keeps; adding a family tests it."""

import numpy as np
import pytest
from scipy import stats

import bayesnn as bnn
from bayesnn.distributions.coerce import as_prior
from bayesnn.errors import PriorError

COV = np.array([[1.0, 0.6], [0.6, 2.0]])
COV3 = np.array([[2.0, 0.6, -0.3], [0.6, 1.0, 0.2], [-0.3, 0.2, 0.5]])
FAMILIES = [
    bnn.MultivariateNormal([0.5, -1.0], COV),
    bnn.Dirichlet([2.0, 3.0, 1.5]),
    bnn.Dirichlet([0.7, 1.0]),
    bnn.Ordered(bnn.Normal(0.5, 2.0), size=2),
    bnn.Ordered(bnn.Gamma(2.5, 0.8), size=2),
    bnn.Ordered((-1.0, 3.0), size=2),
    bnn.Ordered(stats.expon(2.0, 1.7), size=2),
]


def name(prior) -> str:
    return f"{type(prior).__name__}-{type(getattr(prior, 'family', prior)).__name__}"


@pytest.fixture(params=FAMILIES, ids=name)
def prior(request):
    return request.param


def expectation(prior, function):
    """E[function(x)] by the trapezoidal rule on the real plane, through the chart: exponentially accurate."""
    (n_free,) = prior.support.free_shape(prior.shape)
    step = 0.2
    line = np.arange(-40.0, 40.0, step)
    u = np.stack(np.meshgrid(*[line] * n_free, indexing="ij"), axis=-1).reshape(-1, n_free)
    with np.errstate(all="ignore"):
        log_mass = prior.log_prob(prior.support.from_real(u)) + prior.support.log_det(u).reshape(len(u), -1).sum(axis=1)
    held = log_mass > -60
    mass = np.exp(log_mass[held]) * step**n_free
    return np.tensordot(mass, function(prior.support.from_real(u[held])), axes=1)


def moments(x):
    """x_i and x_i x_j, after one."""
    i, j = np.triu_indices(x.shape[-1])
    return np.concatenate([np.ones_like(x[..., :1]), x, x[..., i] * x[..., j]], axis=-1)


def test_it_integrates_to_one_and_its_draws_have_its_moments(prior) -> None:
    truth = expectation(prior, moments)
    assert truth[0] == pytest.approx(1, abs=1e-7)
    draws = prior.sample(np.random.default_rng(0), (100_000, *prior.shape))
    assert np.all(prior.support.contains(draws))
    values = moments(draws)[:, 1:]
    error = values.std(axis=0) / np.sqrt(len(values))
    assert np.all(np.abs(values.mean(axis=0) - truth[1:]) < 5 * error)


def test_its_gradient_is_its_slope_along_the_chart(prior) -> None:
    support, h = prior.support, 1e-6
    u = np.random.default_rng(0).standard_normal((5, *support.free_shape(prior.shape)))
    slope = support.pullback(u, prior.grad_log_prob(support.from_real(u)))
    for k, e in enumerate(np.eye(u.shape[-1])):
        rise = prior.log_prob(support.from_real(u + h * e)) - prior.log_prob(support.from_real(u - h * e))
        np.testing.assert_allclose(slope[:, k], rise / (2 * h), rtol=1e-6, atol=1e-7)


def test_leading_axes_are_free(prior) -> None:
    x = prior.sample(np.random.default_rng(0), (3, 2, *prior.shape))
    assert prior.log_prob(x).shape == (3, 2)
    assert prior.sample(np.random.default_rng(0)).shape == prior.shape
    for index in np.ndindex(3, 2):
        assert prior.log_prob(x)[index] == pytest.approx(float(prior.log_prob(x[index])), rel=1e-12)
        np.testing.assert_allclose(prior.grad_log_prob(x)[index], prior.grad_log_prob(x[index]), rtol=1e-10)


@pytest.mark.parametrize(
    "frozen", [stats.multivariate_normal([0.5, -1.0, 2.0], COV3), stats.dirichlet([2.0, 3.0, 1.5, 0.7])]
)
def test_scipy_knows_the_same_densities_and_its_frozen_ones_are_taken(frozen) -> None:
    taken = as_prior(frozen, block="a")
    assert isinstance(taken, bnn.MultivariateNormal | bnn.Dirichlet)
    for x in taken.sample(np.random.default_rng(0), (5, *taken.shape)):
        assert float(taken.log_prob(x)) == pytest.approx(float(frozen.logpdf(x)), rel=1e-12)


def test_order_statistics_of_uniform_numbers_are_beta() -> None:
    draws = bnn.Ordered((0.0, 1.0), size=4).sample(np.random.default_rng(0), (2000, 4))
    for k in range(4):
        assert stats.kstest(draws[:, k], stats.beta(k + 1, 4 - k).cdf).pvalue > 1e-4


def test_an_ordered_density_is_24_times_the_product_and_nothing_out_of_order() -> None:
    prior, x = bnn.Ordered(bnn.Normal(1, 2), size=4), np.array([-1.0, 0.5, 0.7, 3.0])
    assert float(prior.log_prob(x)) == pytest.approx(np.log(24) + stats.norm(1, 2).logpdf(x).sum(), rel=1e-13)
    assert float(prior.log_prob(x[::-1])) == -np.inf
    assert not bnn.Ordered(bnn.Flat(), size=2).is_proper


def test_a_small_concentration_gives_shares_that_stay_above_zero() -> None:
    draws = bnn.Dirichlet([1e-3, 1e-3, 1.0]).sample(np.random.default_rng(0), (1000, 3))
    assert np.all(np.isfinite(bnn.Dirichlet([1.0, 1.0, 1.0]).support.to_real(draws)))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: bnn.MultivariateNormal([0, 0], [[1, 2], [2, 1]]), "positive definite"),
        (lambda: bnn.MultivariateNormal([0, 0], [[1, 1], [1, 1]]), "positive definite"),
        (lambda: bnn.MultivariateNormal([0, 0], [[1, 0.1], [0.2, 1]]), "symmetric"),
        (lambda: bnn.MultivariateNormal([0, 0, 0], np.eye(2)), r"mean: expected shape \(2,\)"),
        (lambda: bnn.MultivariateNormal([0, 0], [1.0, 1.0]), r"expected a matrix \(K, K\)"),
        (lambda: bnn.MultivariateNormal([], np.empty((0, 0))), r"expected a matrix \(K, K\)"),
        (lambda: bnn.MultivariateNormal("mu", np.eye(2)), "elementwise families"),
        (lambda: bnn.MultivariateNormal([0, np.nan], np.eye(2)), "finite"),
        (lambda: bnn.MultivariateNormal(0, np.eye(2), shape=(3,)), r"expected a shape \(..., 2\)"),
        (lambda: bnn.Dirichlet([1, 1], shape=2), r"expected a shape \(..., 2\)"),
        (lambda: bnn.Dirichlet([1, -1]), "positive numbers"),
        (lambda: bnn.Dirichlet([1.0]), "two or more"),
        (lambda: bnn.Dirichlet(1.0), "two or more"),
        (lambda: bnn.Dirichlet("alpha"), "elementwise families"),
        (lambda: bnn.Dirichlet([1, np.inf]), "finite"),
        (lambda: bnn.Ordered(bnn.Normal(0, "tau"), size=2), "elementwise family with numbers"),
        (lambda: bnn.Ordered(bnn.Normal([0, 1], 1), size=2), "elementwise family with numbers"),
        (lambda: bnn.Ordered(bnn.Dirichlet([1, 1]), size=2), "elementwise family with numbers"),
        (lambda: bnn.Ordered(3.0, size=2), "elementwise family with numbers"),
        (lambda: bnn.Ordered("a", size=2), "expected a distribution"),
        (lambda: bnn.Ordered(bnn.Normal(0, 1), size=0), "at least one"),
        (lambda: bnn.Ordered(bnn.Normal(0, 1), size=2.5), "at least one"),
    ],
)
def test_bad_parameters_are_refused(make, message) -> None:
    with pytest.raises(PriorError, match=message):
        make()
