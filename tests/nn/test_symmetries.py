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


@pytest.mark.parametrize("activation", ["tanh", "relu", "absolute", "sigmoid"])
@pytest.mark.parametrize("special", ["none", "two equal", "two opposite", "one off", "two off", "all equal"])
def test_images_of_equal_units_and_of_units_that_are_off_are_counted_once(activation: str, special: str) -> None:
    net = bnn.MLP((2, 3, 1), activation=activation)
    W1, b1, W2 = RNG.standard_normal((2, 3)), RNG.standard_normal(3), RNG.standard_normal((3, 1))
    sign = -1 if special == "two opposite" else 1
    out = sign if net.units[0].parity < 0 else 1
    if special in ("two equal", "two opposite", "all equal"):
        for j in range(1, 3 if special == "all equal" else 2):
            W1[:, j], b1[j], W2[j] = sign * W1[:, 0], sign * b1[0], out * W2[0]
    for j in range({"one off": 1, "two off": 2}.get(special, 0)):
        W1[:, j], b1[j], W2[j] = 0.0, 0.0, 0.0
    theta = np.concatenate([W1.ravel(), b1, W2.ravel(), [0.3]])
    images = {tuple(net.image(theta, RNG) + 0.0) for _ in range(1500)}  # + 0.0: no −0
    assert net.log_images(theta) == pytest.approx(math.log(len(images)))


def test_images_of_two_layers_multiply() -> None:
    net = bnn.MLP((1, 3, 4, 1), activation=["tanh", "relu"])
    theta = RNG.standard_normal(net.n_params)
    assert net.log_images(theta) == pytest.approx(net.log_symmetries)
    assert net.log_images(np.zeros(net.n_params)) == pytest.approx(0.0)
    assert bnn.MLP((3, 1)).log_images(np.ones(4)) == 0.0


def test_a_mode_at_zero_has_no_images() -> None:
    """Targets that are zero: two units that are off. ln 8 too much, if all copies were counted."""
    data = bnn.Dataset([-1.0, 0.0, 1.0], [0.0, 0.0, 0.0])
    post = bnn.Posterior(bnn.MLP((1, 2, 1)), bnn.Gaussian(sigma=4.0), prior={"*": bnn.Normal(0, 1)}, data=data)
    assert laplace(post).log_z == pytest.approx(bnn.log_evidence(post, method="quadrature").log_z, abs=0.1)


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
        terms = {"softplus": ["0.693"], "radial": ["0.693", "0.000"]}[activation]  # two equal bumps are their own image
        assert laplace(post, n_starts=2).notes[1].removeprefix("symmetry term ln(mirror images) = ") in terms
