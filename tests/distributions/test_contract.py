"""The law that every elementwise prior family keeps; adding a family tests it."""

import itertools

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

import bayesnn as bnn
from bayesnn.distributions import supports
from bayesnn.distributions.coerce import as_prior
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
SCIPY = [
    stats.norm(0.5, 2.0),
    stats.gamma(2.5, scale=0.8),
    stats.truncnorm(-1.0, 2.0, loc=0.5),
    stats.uniform(-1.0, 4.0),
    stats.expon(2.0, 1.7),
    stats.weibull_max(2.5, loc=1.0),
]
ELEMENTWISE = FAMILIES + [as_prior(frozen, block="a") for frozen in SCIPY]


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


@pytest.mark.parametrize("prior", ELEMENTWISE, ids=name)
def test_it_integrates_to_one_over_its_support(prior) -> None:
    assert expectation(prior, np.ones_like) == pytest.approx(1, abs=1e-7)


@pytest.mark.parametrize("prior", ELEMENTWISE, ids=name)
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


@pytest.mark.parametrize("prior", [prior for prior in FAMILIES if prior.kink is not None], ids=name)
def test_its_kink_is_all_that_breaks_its_slope(prior) -> None:
    """What MAP relies on: ln p + weight |x − center| is as steep on the left of the center as on its right."""
    center, weight = prior.kink
    h = 1e-5
    left, middle, right = (prior.log_prob(center + step) + weight * abs(step) for step in (-h, 0.0, h))
    assert middle - left == pytest.approx(right - middle, abs=1e-9)
    assert prior.log_prob(np.array(center + h)) < prior.log_prob(np.array(center))


def softly(x):
    """Bounded, so that it has moments under any law."""
    return x / (1 + np.abs(x))


@pytest.mark.parametrize("prior", ELEMENTWISE, ids=name)
def test_its_draws_follow_it(prior) -> None:
    draws = prior.sample(np.random.default_rng(0), (200_000,))
    assert np.all(prior.support.contains(draws))
    for function in (softly, lambda x: softly(x) ** 2, lambda x: softly(x / 5) ** 2):
        values = function(draws)
        assert abs(values.mean() - expectation(prior, function)) < 5 * values.std() / np.sqrt(len(values))


@pytest.mark.parametrize(
    ("frozen", "native"),
    [
        (stats.norm(0.5, 2.0), bnn.Normal(0.5, 2.0)),
        (stats.norm(1e3, 1e-2), bnn.Normal(1e3, 1e-2)),
        (stats.gamma(2.5, scale=0.8), bnn.Gamma(2.5, 0.8)),
        (stats.gamma(4000.0, scale=0.01), bnn.Gamma(4000.0, 0.01)),
        (stats.beta(2.0, 3.5), bnn.Beta(2.0, 3.5)),
        (stats.cauchy(0.5, 2.0), bnn.Cauchy(0.5, 2.0)),
        (stats.t(7.0, 0.5, 2.0), bnn.StudentT(7.0, 0.5, 2.0)),
        (stats.uniform(-1.0, 4.0), bnn.Uniform(-1.0, 3.0)),
        (stats.halfcauchy(scale=1.5), bnn.HalfCauchy(1.5)),
        (stats.expon(scale=0.3), bnn.Exponential(0.3)),
    ],
)
def test_a_frozen_scipy_distribution_is_the_native_family(frozen, native) -> None:
    taken = as_prior(frozen, block="a")
    assert taken.support == native.support
    assert taken.is_proper
    x = native.sample(np.random.default_rng(0), (20, 3))
    np.testing.assert_allclose(taken.log_prob(x), native.log_prob(x), rtol=1e-10, atol=1e-12)
    slope = native.grad_log_prob(x)
    digits = 8 if frozen.dist.name == "gamma" and frozen.args == (4000.0,) else 10  # its logpdf is rounded itself
    np.testing.assert_allclose(taken.grad_log_prob(x), slope, rtol=10**-digits, atol=10**-digits * np.std(slope))
    assert taken.sample(np.random.default_rng(0), (4, 3)).shape == (4, 3)


@pytest.mark.parametrize(
    ("flat", "support"),
    [
        (bnn.Flat(), supports.Real()),
        (bnn.Flat(low=0), supports.Positive()),
        (bnn.Flat(low=-2), supports.Above(-2.0)),
        (bnn.Flat(high=0.0), supports.Below(0.0)),
        (bnn.Flat(1, 4), supports.Interval(1.0, 4.0)),
    ],
)
def test_flat_is_one_on_its_support_and_nothing_outside(flat, support) -> None:
    assert flat.support == support
    assert not flat.is_proper
    x = np.array([-3.0, -1.0, 0.5, 2.0, 5.0])
    np.testing.assert_array_equal(np.exp(flat.log_prob(x)), support.contains(x))
    np.testing.assert_array_equal(flat.grad_log_prob(x), 0.0)


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
        lambda: bnn.Uniform("a", 1),
        lambda: bnn.Uniform(0, "b"),
        lambda: bnn.Uniform(0, np.inf),
        lambda: bnn.Flat().sample(np.random.default_rng(0)),
        lambda: bnn.Flat((3,)),
        lambda: bnn.Flat("tau"),
        lambda: bnn.Flat(2, 1),
        lambda: bnn.Flat(low=np.nan),
        lambda: bnn.Flat(low=None),
        lambda: bnn.Flat(np.inf),
        lambda: as_prior(stats.poisson(3), block="a"),
        lambda: as_prior(stats.norm, block="a"),
        lambda: as_prior(stats.norm(0, -1), block="a"),
        lambda: as_prior(stats.uniform([0, 1], 1), block="a"),
        lambda: as_prior(stats.wishart(3, np.eye(2)), block="a"),
    ],
)
def test_bad_parameters_are_refused(make) -> None:
    with pytest.raises(PriorError, match="expected"):
        make()


@pytest.mark.parametrize(("a", "b"), [(0.01, 0.01), (1.0, 0.02), (0.02, 1.0)])
def test_draws_of_a_beta_prior_have_a_place_on_the_real_line(a: float, b: float) -> None:
    """Those that round to an end would be infinite there."""
    prior = bnn.Beta(a, b)
    x = prior.sample(np.random.default_rng(0), (2000,))
    assert np.all((x > 0) & (x < 1))
    assert np.all(np.isfinite(prior.support.to_real(x)))
    assert np.all(np.isfinite(prior.log_prob(x)))
