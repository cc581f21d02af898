"""The law that every prior family keeps; adding a family tests it."""

import numpy as np
import pytest
from scipy.integrate import quad

import bayesnn as bnn
from bayesnn.distributions import supports
from bayesnn.errors import PriorError

FAMILIES = [bnn.Normal(0.5, 2.0), bnn.HalfNormal(1.5), bnn.Uniform(-1.0, 3.0)]
SUPPORTS = [supports.Real(), supports.Positive(), supports.Interval(-1.0, 3.0)]


def name(value: object) -> str:
    return type(value).__name__


@pytest.mark.parametrize("prior", FAMILIES, ids=name)
def test_it_integrates_to_one_over_its_support(prior) -> None:
    support = prior.support

    def density(u: float) -> float:
        at = np.array([u])
        return float(np.exp(prior.log_prob(support.from_real(at)) + support.log_det(at))[0])

    low, high = (-40, 40) if isinstance(support, supports.Real) else (-35, 35)
    assert quad(density, low, high, points=[-1, 0, 1], limit=400)[0] == pytest.approx(1, abs=1e-7)


@pytest.mark.parametrize("prior", FAMILIES, ids=name)
def test_its_gradient_is_its_slope(prior) -> None:
    x, h = prior.support.from_real(np.linspace(-2, 2, 9)), 1e-6
    numeric = (prior.log_prob(x + h) - prior.log_prob(x - h)) / (2 * h)
    np.testing.assert_allclose(prior.grad_log_prob(x), numeric, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("prior", FAMILIES, ids=name)
def test_its_draws_have_its_moments(prior) -> None:
    draws = prior.sample(np.random.default_rng(0), (200_000,))
    assert np.all(prior.support.contains(draws))
    low, high = np.clip(prior.support.from_real(np.array([-35.0, 35.0])), -40, 40)
    for power in (1, 2):
        truth = quad(lambda x, k=power: x**k * np.exp(prior.log_prob(np.array(x))), low, high, points=[0, 1])[0]
        values = draws**power
        assert abs(values.mean() - truth) < 5 * values.std() / np.sqrt(len(values))


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
        lambda: bnn.Uniform(2, 1),
        lambda: bnn.Uniform(0, np.inf),
        lambda: bnn.Flat().sample(np.random.default_rng(0)),
    ],
)
def test_bad_parameters_are_refused(make) -> None:
    with pytest.raises(PriorError, match="expected"):
        make()
