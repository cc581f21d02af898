"""Backprop of every unit, depth and kind of weights against differences, and the shapes of ensembles."""

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.nn.units.named import UNITS

RNG = np.random.default_rng(0)
KINKED = ("relu", "leaky_relu", "prelu", "absolute", "hard_tanh", "maxout")
NETWORKS = {
    **{name: {"activation": name} for name in UNITS},
    "three pieces": {"activation": bnn.units.Maxout(3)},
    "low rank": {"rank": 2},
    "low rank pieces": {"activation": "maxout", "rank": 2},
    "one of each": {"activation": ["radial", "maxout", "prelu", "gelu"]},
}


def network(name: str, depth: int, *, hidden: tuple[int, ...] = (4, 6, 5, 4), n_outputs: int = 2) -> bnn.MLP:
    """3 inputs, some outputs, and so many hidden layers of some widths between."""
    settings = dict(NETWORKS[name])
    if name == "one of each":
        settings["activation"] = settings["activation"][:depth]
    return bnn.MLP((3, *hidden[:depth], n_outputs), **settings)


def somewhere(net: bnn.MLP, *leading: int) -> np.ndarray:
    """Weights of the size that they have, and widths away from zero."""
    start = net.initialize(RNG, int(np.prod(leading, dtype=int))).reshape(*leading, -1)
    return start + 0.3 * RNG.standard_normal(start.shape)


def check_gradient(name: str, net: bnn.MLP) -> None:
    """Against differences in a random direction, twice, for nothing may be overwritten."""
    theta = somewhere(net, 7)
    X, weight = RNG.standard_normal((9, 3)), RNG.standard_normal((9, net.widths[-1]))
    direction = RNG.standard_normal(theta.shape)

    def loss(at):
        return np.sum(net.forward(at, X)[0] * weight, axis=(-2, -1))

    outputs, backprop = net.forward(theta, X)
    grad = backprop(np.broadcast_to(weight, outputs.shape))
    np.testing.assert_array_equal(backprop(np.broadcast_to(weight, outputs.shape)), grad)
    h = 1e-7 if set(net.activations) & set(KINKED) or name == "three pieces" else 1e-5
    numeric = (loss(theta + h * direction) - loss(theta - h * direction)) / (2 * h)
    along = np.sum(grad * direction, axis=-1)
    assert np.linalg.norm(along - numeric) < 1e-6 * np.linalg.norm(numeric)


@pytest.mark.parametrize("depth", range(5))
@pytest.mark.parametrize("name", NETWORKS)
def test_gradient_in_a_random_direction(name: str, depth: int) -> None:
    check_gradient(name, network(name, depth))


@pytest.mark.parametrize("depth", range(1, 4))
@pytest.mark.parametrize("name", NETWORKS)
def test_gradient_of_one_output_whose_slope_keeps_its_columns_apart(name: str, depth: int) -> None:
    """Layers that widen, so that it is their inputs that take the columns in."""
    check_gradient(name, network(name, depth, hidden=(8, 18, 40), n_outputs=1))


def test_weights_and_inputs_are_not_rounded_without_a_word() -> None:
    net = bnn.MLP((1, 2, 1))
    with pytest.raises(TypeError, match="same_kind"):
        net.forward(np.ones(net.n_params, dtype=int), np.array([[0.5]]))
    with pytest.raises(TypeError, match="same_kind"):
        net.linearize(np.ones(net.n_params, dtype=int), np.array([[0.5]]))


@pytest.mark.parametrize("name", NETWORKS)
def test_leading_axes_are_free(name: str) -> None:
    net = network(name, 3)
    theta, X = somewhere(net, 4, 3), RNG.standard_normal((6, 3))
    weight = RNG.standard_normal((4, 3, 6, 2))
    outputs, backprop = net.forward(theta, X)
    grad = backprop(weight)
    assert outputs.shape == (4, 3, 6, 2)
    assert grad.shape == theta.shape
    for index in np.ndindex(4, 3):
        one, back = net.forward(theta[index], X)
        np.testing.assert_allclose(outputs[index], one, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(grad[index], back(weight[index]), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_part_of_a_longer_vector_is_as_good_as_a_vector(name: str) -> None:
    net = network(name, 2)
    longer, X = somewhere(net, 5), RNG.standard_normal((6, 3))
    longer = np.concatenate([longer, longer], axis=1)
    outputs, backprop = net.forward(longer[:, : net.n_params], X)
    alone, back = net.forward(longer[:, : net.n_params].copy(), X)
    np.testing.assert_array_equal(outputs, alone)
    np.testing.assert_array_equal(backprop(outputs), back(alone))
    np.testing.assert_array_equal(backprop(outputs), back(alone))  # and once more: nothing was overwritten


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", NETWORKS)
def test_dtype_is_kept_and_nothing_overflows_at_a_thousand(name: str, dtype) -> None:
    net = network(name, 2)
    theta = (1e3 * RNG.choice([-1.0, 0.0, 1.0], size=(4, net.n_params))).astype(dtype)
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        outputs, backprop = net.forward(theta, 1e3 * RNG.standard_normal((5, 3)))
        grad = backprop(np.ones(outputs.shape))
    assert outputs.dtype == grad.dtype == dtype
    assert np.all(np.isfinite(outputs))
    assert np.all(np.isfinite(grad))


def test_float32_agrees_with_float64() -> None:
    net = bnn.MLP((3, 8, 8, 2))
    theta, X = somewhere(net, 6), RNG.standard_normal((9, 3))
    exact, back = net.forward(theta, X)
    rough, rough_back = net.forward(theta.astype(np.float32), X)
    np.testing.assert_allclose(rough, exact, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(rough_back(exact), back(exact), rtol=1e-4, atol=1e-4)
    np.testing.assert_array_equal(rough_back(exact), rough_back(exact.astype(np.float32)))  # throughout


@pytest.mark.parametrize(
    "unit", ["tanh", "relu", "identity", bnn.units.PReLU(), bnn.units.Maxout(2), bnn.units.Radial()]
)
@pytest.mark.parametrize("widths", [(3, 4, 1), (2, 1, 1), (2, 3, 1, 1), (2, 1, 3, 1)])
def test_slopes_below_a_single_sum(widths, unit) -> None:
    """Where they are outer products, for one weight vector and for several."""
    rng, net = np.random.default_rng(5), bnn.MLP(widths, activation=unit)
    theta, X = rng.uniform(0.3, 1.5, (3, net.n_params)), rng.standard_normal((6, widths[0]))
    outputs, backprop = net.forward(theta, X)
    weights, direction, h = rng.standard_normal(outputs.shape), rng.standard_normal(theta.shape), 1e-6
    up, down = (net.forward(theta + sign * h * direction, X)[0] for sign in (1, -1))
    numeric = np.sum(weights * (up - down), axis=(1, 2)) / (2 * h)
    np.testing.assert_allclose(np.sum(backprop(weights) * direction, axis=1), numeric, rtol=1e-5, atol=1e-7)
