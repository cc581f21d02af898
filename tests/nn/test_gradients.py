"""Backprop of every unit and depth against differences, and the shapes of ensembles."""

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.errors import ModelError
from bayesnn.nn.activations import ACTIVATIONS

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("depth", range(5))
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_gradient_in_a_random_direction(activation: str, depth: int) -> None:
    net = bnn.MLP((3, *(4, 6, 5, 4)[:depth], 2), activation=activation)
    theta = RNG.standard_normal((7, net.n_params)) / np.sqrt(2)
    X, weight = RNG.standard_normal((9, 3)), RNG.standard_normal((9, 2))
    direction = RNG.standard_normal(theta.shape)

    def loss(at):
        return np.sum(net.forward(at, X)[0] * weight, axis=(-2, -1))

    outputs, backprop = net.forward(theta, X)
    grad = backprop(np.broadcast_to(weight, outputs.shape))
    h = 1e-7 if activation in ("relu", "leaky_relu", "absolute", "hard_tanh") else 1e-5
    numeric = (loss(theta + h * direction) - loss(theta - h * direction)) / (2 * h)
    along = np.sum(grad * direction, axis=-1)
    assert np.linalg.norm(along - numeric) < 1e-6 * np.linalg.norm(numeric)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("activation", ACTIVATIONS.values(), ids=ACTIVATIONS)
def test_units_saturate_without_overflow_and_keep_their_dtype(activation, dtype) -> None:
    z = np.array([-1e3, -1.0, 0.0, 1.0, 1e3], dtype=dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        a, backprop = activation.unit(z)
        slope = backprop(np.ones_like(z))
    assert a.dtype == slope.dtype == dtype
    assert np.all(np.isfinite(a))
    assert np.all(np.isfinite(slope))
    if activation.is_odd:
        np.testing.assert_allclose(a, -a[::-1])


def test_leading_axes_are_free() -> None:
    net = bnn.MLP((2, 5, 3, 1), activation=["tanh", "softplus"])
    theta, X = RNG.standard_normal((4, 3, net.n_params)), RNG.standard_normal((6, 2))
    outputs, backprop = net.forward(theta, X)
    grad = backprop(np.ones_like(outputs))
    assert outputs.shape == (4, 3, 6, 1)
    assert grad.shape == theta.shape
    one, back = net.forward(theta[2, 1], X)
    np.testing.assert_allclose(outputs[2, 1], one, rtol=1e-13)
    np.testing.assert_allclose(grad[2, 1], back(np.ones_like(one)), rtol=1e-12, atol=1e-14)


def test_permuted_and_flipped_units_give_the_same_function() -> None:
    net = bnn.MLP((1, 3, 1))
    theta, X = RNG.standard_normal(net.n_params), RNG.standard_normal((5, 1))
    w1, b1, w2, b2 = theta[:3], theta[3:6], theta[6:9], theta[9:]
    order, sign = [2, 0, 1], np.array([1, -1, 1])
    image = np.concatenate([(sign * w1)[order], (sign * b1)[order], (sign * w2)[order], b2])
    np.testing.assert_allclose(net.forward(image, X)[0], net.forward(theta, X)[0], rtol=1e-13)
    assert net.log_symmetries == pytest.approx(np.log(6 * 8))


def test_initialization_keeps_the_variance_of_signals() -> None:
    net = bnn.MLP((50, 50, 50, 50), activation="relu")
    outputs, _ = net.forward(net.initialize(RNG, 200), RNG.standard_normal((20, 50)))
    assert 0.7 < outputs.var() < 1.4


@pytest.mark.parametrize(
    ("widths", "activation"), [((1,), "tanh"), ((1, 0, 1), "tanh"), ((1, 2, 1), "tangent"), ((1, 2, 1), ["tanh"] * 2)]
)
def test_bad_networks(widths, activation) -> None:
    with pytest.raises(ModelError, match="expected"):
        bnn.MLP(widths, activation=activation)
