"""The law that every prior family keeps; adding a family tests it."""

import itertools

import numpy as np
import pytest
from scipy.integrate import quad

import bayesnn as bnn
from bayesnn.distributions import supports
from bayesnn.errors import PriorError

FAMILIES = [
    bnn.Normal(0.5, 2.0),
    bnn.HalfNormal(1.5),
    bnn.Uniform(-1.0, 3.0),
    bnn.Laplace(0.5, 0.7),
    bnn.StudentT(7.0, 0.5, 2.0),
    bnn.Cauchy(0.5, 2.0),
    bnn.HalfCauchy(1.5),
    bnn.HalfStudentT(7.0, 1.5),
    bnn.LogNormal(0.6, 1.5),
    bnn.Gamma(2.5, 0.8),
    bnn.InverseGamma(6.0, 3.0),
    bnn.Beta(2.0, 3.5),
    bnn.Exponential(1.7),
    bnn.ElasticNet(0.7, 1.3),
]
SUPPORTS = [supports.Real(), supports.Positive(), supports.Interval(-1.0, 3.0)]


def name(value: object) -> str:
    return type(value).__name__


def expectation(prior, function) -> float:
    """E[function(x)] by quadrature on the real line, through the bijector."""
    support = prior.support

    def integrand(u: float) -> float:
        at = np.array([u])
        x = support.from_real(at)
        return float((np.exp(prior.log_prob(x) + support.log_det(at)) * function(x))[0])

    ends = (-np.inf, -5, 0, 5, np.inf) if isinstance(support, supports.Real) else (-35, -5, 0, 5, 35)
    return sum(quad(integrand, low, high, limit=200)[0] for low, high in itertools.pairwise(ends))


@pytest.mark.parametrize("prior", FAMILIES, ids=name)
def test_it_integrates_to_one_over_its_support(prior) -> None:
    assert expectation(prior, np.ones_like) == pytest.approx(1, abs=1e-7)


@pytest.mark.parametrize("prior", FAMILIES, ids=name)
def test_its_gradient_is_its_slope(prior) -> None:
    x, h = prior.support.from_real(np.linspace(-2, 2, 9)), 1e-6
    numeric = (prior.log_prob(x + h) - prior.log_prob(x - h)) / (2 * h)
    np.testing.assert_allclose(prior.grad_log_prob(x), numeric, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("prior", FAMILIES, ids=name)
def test_its_slope_by_each_parameter_is_found_by_complex_step(prior) -> None:
    """What a hierarchy relies on: log_prob is analytic in its parameters."""
    if isinstance(prior, bnn.Uniform):
        return  # its ends are numbers
    x = prior.support.from_real(np.linspace(-2, 2.1, 9))
    for parameter, value in prior.parameters().items():
        h = 1e-6

        def at(shift, parameter=parameter, value=value):
            return prior.bind({parameter: value + shift}).log_prob(x)

        np.testing.assert_allclose(at(1e-30j).imag / 1e-30, (at(h) - at(-h)).real / (2 * h), rtol=1e-6, atol=1e-8)


def softly(x):
    """Bounded, so that it has moments under any law."""
    return x / (1 + np.abs(x))


@pytest.mark.parametrize("prior", FAMILIES, ids=name)
def test_its_draws_follow_it(prior) -> None:
    draws = prior.sample(np.random.default_rng(0), (200_000,))
    assert np.all(prior.support.contains(draws))
    for function in (softly, lambda x: softly(x) ** 2, lambda x: softly(x / 5) ** 2):
        values = function(draws)
        assert abs(values.mean() - expectation(prior, function)) < 5 * values.std() / np.sqrt(len(values))


@pytest.mark.parametrize("support", SUPPORTS, ids=name)
def test_a_bijector_is_inverted_and_has_its_log_det(support) -> None:
    u, h = np.linspace(-3, 3, 13), 1e-6
    x = support.from_real(u)
    assert np.all(support.contains(x))
    np.testing.assert_allclose(support.to_real(x), u, atol=1e-12)
    slope = (support.from_real(u + h) - support.from_real(u - h)) / (2 * h)
    np.testing.assert_allclose(support.log_det(u), np.log(slope), atol=1e-8)
    np.testing.assert_allclose(support.pullback(u, np.ones_like(u)), slope, rtol=1e-7)
    numeric = (support.log_det(u + h) - support.log_det(u - h)) / (2 * h)
    np.testing.assert_allclose(support.grad_log_det(u), numeric, atol=1e-8)


@pytest.mark.parametrize(
    "make",
    [
        lambda: bnn.Normal(0, 0),
        lambda: bnn.Normal(0, -1),
        lambda: bnn.Normal(np.nan, 1),
        lambda: bnn.Normal(0, np.inf),
        lambda: bnn.Normal(0, ["a", "b"]),
        lambda: bnn.HalfNormal(-1),
        lambda: bnn.ElasticNet(0, 1),
        lambda: bnn.ElasticNet(1, -1),
        lambda: bnn.Uniform(2, 1),
        lambda: bnn.Uniform(0, np.inf),
        lambda: bnn.Flat().sample(np.random.default_rng(0)),
    ],
)
def test_bad_parameters_are_refused(make) -> None:
    with pytest.raises(PriorError, match="expected"):
        make()
