"""Images of weight vectors: the same function, the same prior, and as many as are counted."""

import math

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.evidence.laplace import laplace
from bayesnn.nn.units.named import UNITS

RNG = np.random.default_rng(0)
X = RNG.standard_normal((5, 2))
NETWORKS = {
    **{name: bnn.MLP((2, 3, 4, 2), activation=name) for name in UNITS},
    "low rank": bnn.MLP((3, 4, 3, 2), rank=(2, 3, 1)),
    "low rank pieces": bnn.MLP((2, 3, 4, 2), activation=bnn.units.Maxout(3), rank=2),
    "radial after tanh": bnn.MLP((2, 3, 4, 2), activation=["tanh", "radial"]),
    "low rank after even units": bnn.MLP((2, 3, 4, 2), activation="absolute", rank=(None, 2, 2)),
}


@pytest.mark.parametrize("net", NETWORKS.values(), ids=NETWORKS)
def test_images_are_the_same_function(net: bnn.MLP) -> None:
    inputs = RNG.standard_normal((5, net.widths[0]))
    theta = RNG.standard_normal((4, 2, net.n_params))
    images = [net.image(theta, RNG) for _ in range(20)]
    assert any(not np.array_equal(image, theta) for image in images)
    for image in images:
        assert image.shape == theta.shape
        np.testing.assert_allclose(net.forward(image, inputs)[0], net.forward(theta, inputs)[0], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(np.sort(np.abs(image)), np.sort(np.abs(theta)))  # any even prior keeps its density


@pytest.mark.parametrize(
    ("settings", "number"),
    [
        ({"activation": "tanh"}, 2 * 4),
        ({"activation": "identity"}, 2 * 4),
        ({"activation": "absolute"}, 2 * 4),
        ({"activation": "relu"}, 2),
        ({"activation": "sigmoid"}, 2),
        ({"activation": "prelu"}, 2),
        ({"activation": "radial"}, 2),
        ({"activation": bnn.units.Maxout(1)}, 2 * 4),
        ({"activation": bnn.units.Maxout(2)}, 2 * 4),
        ({"activation": bnn.units.Maxout(3)}, 2 * 36),
        ({"activation": "relu", "rank": 2}, 2 * 8),
        ({"activation": "relu", "rank": 1}, 2 * 2),
        ({"activation": bnn.units.Maxout(2), "rank": 1}, 2 * 4 * 2),
    ],
)
def test_there_are_as_many_images_as_are_counted(settings, number: int) -> None:
    net = bnn.MLP((2, 2, 1), **settings)
    theta = RNG.standard_normal(net.n_params)
    images = {tuple(net.image(theta, RNG)) for _ in range(30 * number)}
    assert len(images) == number
    assert net.log_symmetries == pytest.approx(math.log(number))


def test_layers_multiply() -> None:
    assert bnn.MLP((1, 3, 4, 1), activation=["tanh", "relu"]).log_symmetries == pytest.approx(math.log(6 * 8 * 24))
    assert bnn.MLP((3, 1)).log_symmetries == 0.0


@pytest.mark.parametrize("depth", range(5))
def test_one_seed_gives_one_image(depth: int) -> None:
    net = bnn.MLP((2, *(3, 3, 3, 3)[:depth], 2))
    theta = RNG.standard_normal(net.n_params)
    again = net.image(theta, np.random.default_rng(1))
    np.testing.assert_array_equal(again, net.image(theta, np.random.default_rng(1)))
    assert (depth == 0) == np.array_equal(again, theta)


def test_permuted_and_flipped_units_give_the_same_function() -> None:
    net = bnn.MLP((1, 3, 1))
    theta, inputs = RNG.standard_normal(net.n_params), RNG.standard_normal((5, 1))
    w1, b1, w2, b2 = theta[:3], theta[3:6], theta[6:9], theta[9:]
    order, sign = [2, 0, 1], np.array([1, -1, 1])
    image = np.concatenate([(sign * w1)[order], (sign * b1)[order], (sign * w2)[order], b2])
    np.testing.assert_allclose(net.forward(image, inputs)[0], net.forward(theta, inputs)[0], rtol=1e-13)


def test_laplace_counts_the_images_of_other_units(hubble) -> None:
    for activation, prior in {"softplus": {}, "radial": {"width1": bnn.LogNormal(1)}}.items():
        net = bnn.MLP((1, 2, 1), activation=activation)
        post = bnn.Posterior(net, bnn.Gaussian(), prior={"*": bnn.Normal(0, 1), **prior}, data=hubble)
        assert laplace(post, n_starts=2).notes[1] == "symmetry term ln(mirror images) = 0.693"
