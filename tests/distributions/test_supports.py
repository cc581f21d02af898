"""The law that every chart keeps: inverse, log-det, pullback, lift, and free leading axes."""

import numpy as np
import pytest

from bayesnn.distributions.joint_supports import Ordered, Simplex
from bayesnn.distributions.supports import Above, Below, Interval, Positive, Real, between

SIZE = 4
SUPPORTS = [
    Real(),
    Positive(),
    Above(-2.0),
    Below(1.5),
    Interval(-1.0, 3.0),
    Ordered(),
    Ordered(Positive()),
    Ordered(Below(1.5)),
    Ordered(Interval(-1.0, 3.0)),
    Simplex(),
]
H = 1e-6


@pytest.fixture(params=SUPPORTS, ids=str)
def support(request):
    return request.param


@pytest.fixture
def u(support):
    """Vectors, with leading axes (3, 2)."""
    return np.random.default_rng(0).standard_normal((3, 2, *support.free_shape((SIZE,))))


def jacobian(function, u):
    """d function / du (..., U) of one vector."""
    return np.stack([(function(u + H * e) - function(u - H * e)) / (2 * H) for e in np.eye(len(u))], axis=-1)


def test_it_is_inverted(support, u) -> None:
    x = support.from_real(u)
    assert x.shape == (3, 2, SIZE)
    assert np.all(support.contains(x))
    np.testing.assert_allclose(support.to_real(x), u, atol=1e-12)


def test_its_log_det_is_that_of_the_jacobian(support, u) -> None:
    """Of the values that are free: all but the last on a simplex."""
    total = support.log_det(u).reshape(3, 2, -1).sum(axis=-1)
    for index in np.ndindex(3, 2):
        slope = jacobian(support.from_real, u[index])[: u.shape[-1]]
        assert total[index] == pytest.approx(np.linalg.slogdet(slope)[1], abs=1e-7)
        slope = jacobian(lambda v: np.sum(support.log_det(v)), u[index])
        np.testing.assert_allclose(support.grad_log_det(u)[index], slope, atol=1e-8)


def test_its_pullback_is_the_jacobian_transposed_and_lift_its_inverse(support, u) -> None:
    rng = np.random.default_rng(1)
    grad = rng.standard_normal((3, 2, SIZE))
    pulled = support.pullback(u, grad)
    for index in np.ndindex(3, 2):
        np.testing.assert_allclose(pulled[index], jacobian(support.from_real, u[index]).T @ grad[index], atol=1e-7)
    grad_u = rng.standard_normal(u.shape)
    np.testing.assert_allclose(support.pullback(u, support.lift(u, grad_u)), grad_u, atol=1e-11)


def test_leading_axes_are_free_and_arguments_are_left_alone(support, u) -> None:
    before, grad = u.copy(), np.ones((3, 2, SIZE))
    whole = (support.from_real(u), support.log_det(u), support.grad_log_det(u), support.pullback(u, grad))
    for index in np.ndindex(3, 2):
        one = u[index]
        alone = (support.from_real(one), support.log_det(one), support.grad_log_det(one))
        for together, single in zip(whole, (*alone, support.pullback(one, grad[index])), strict=True):
            np.testing.assert_allclose(together[index], single, atol=1e-12)
    np.testing.assert_array_equal(u, before)


@pytest.mark.parametrize("increasing", SUPPORTS[:5], ids=str)
def test_elementwise_charts_keep_the_order(increasing) -> None:
    assert np.all(np.diff(increasing.from_real(np.linspace(-3, 3, 9))) > 0)


def test_what_is_not_inside() -> None:
    assert not np.any(Above(-2.0).contains(np.array([-2.0, -3.0, np.nan, np.inf])))
    assert not np.any(Below(1.5).contains(np.array([1.5, 2.0, np.nan, -np.inf])))
    assert not np.any(Ordered().contains(np.array([[1.0, 0.0], [1.0, 1.0], [0.0, np.nan]])))
    assert not Ordered(Positive()).contains(np.array([-1.0, 1.0]))
    assert not np.any(Simplex().contains(np.array([[0.5, 0.6], [1.0, 0.0], [1.5, -0.5], [np.nan, 0.5]])))
    assert not Simplex().contains(np.array(-1.0))


def test_the_center_of_a_simplex_is_zero_and_ends_choose_the_support() -> None:
    np.testing.assert_allclose(Simplex().from_real(np.zeros(4)), np.full(5, 0.2), rtol=1e-14)
    assert between(-np.inf, np.inf) == Real()
    assert between(0.0, np.inf) == Positive()
    assert between(2.0, np.inf) == Above(2.0)
    assert between(-np.inf, 2.0) == Below(2.0)
    assert between(0.0, 2.0) == Interval(0.0, 2.0)
