"""Networks as formulas: layers against their definitions, counts, initialization, and what is refused."""

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.errors import ModelError
from bayesnn.nn.units.named import UNITS

RNG = np.random.default_rng(0)
X = RNG.standard_normal((7, 3))


def pack(net: bnn.MLP, **blocks: object) -> np.ndarray:
    """θ from values by block."""
    assert list(net.blocks) == list(blocks)
    return np.concatenate([np.broadcast_to(blocks[name], shape).ravel() for name, shape in net.blocks.items()])


def random_blocks(net: bnn.MLP) -> dict[str, np.ndarray]:
    return {name: RNG.standard_normal(shape) for name, shape in net.blocks.items()}


def outputs(net: bnn.MLP, **blocks: object) -> np.ndarray:
    return net.forward(pack(net, **blocks), X)[0]


def test_the_textbook_network() -> None:
    net = bnn.MLP((3, 4, 5, 2), activation=["tanh", "relu"])
    assert net.activations == ("tanh", "relu")
    p = random_blocks(net)
    h = np.tanh(X @ p["W1"] + p["b1"])
    h = np.maximum(h @ p["W2"] + p["b2"], 0)
    np.testing.assert_allclose(outputs(net, **p), h @ p["W3"] + p["b3"], rtol=1e-12)


def test_the_main_network_keeps_its_blocks() -> None:
    net = bnn.MLP((1, 16, 1), activation="tanh")
    assert list(net.blocks.items()) == [("W1", (1, 16)), ("b1", (16,)), ("W2", (16, 1)), ("b2", (1,))]
    assert (net.n_params, net.width, net.n_layers, net.is_linear) == (49, 17, 2, False)
    theta = net.initialize(np.random.default_rng(3), 2000)
    for block, scale in ((slice(16), np.sqrt(2 / 17)), (slice(16, 32), 1.0), (slice(32, 48), np.sqrt(2 / 17))):
        np.testing.assert_allclose(theta[:, block].std(axis=0), scale, rtol=0.1)
    np.testing.assert_array_equal(theta[:, 48], 0)


def test_maxout_of_one_piece_is_linear_and_of_mirrored_pieces_absolute() -> None:
    linear, one = bnn.MLP((3, 4, 2), activation="identity"), bnn.MLP((3, 4, 2), activation=bnn.units.Maxout(1))
    theta = RNG.standard_normal((5, linear.n_params))
    np.testing.assert_array_equal(one.forward(theta, X)[0], linear.forward(theta, X)[0])
    absolute, two = bnn.MLP((3, 4, 2), activation="absolute"), bnn.MLP((3, 4, 2), activation=bnn.units.Maxout(2))
    p = random_blocks(absolute)
    mirrored = {**p, "W1": np.stack([p["W1"], -p["W1"]], axis=1), "b1": np.stack([p["b1"], -p["b1"]])}
    np.testing.assert_allclose(outputs(two, **mirrored), outputs(absolute, **p), rtol=1e-13)


def test_radial_units_against_the_formula() -> None:
    net = bnn.MLP((3, 5, 2), activation=bnn.units.Radial())
    p = random_blocks(net)
    distance = np.linalg.norm(X[:, None, :] - p["center1"].T, axis=-1)
    h = np.exp(-0.5 * (distance / p["width1"]) ** 2)
    np.testing.assert_allclose(outputs(net, **p), h @ p["W2"] + p["b2"], rtol=1e-12)


@pytest.mark.parametrize(("slope", "same"), [(0.0, "relu"), (1.0, "identity"), (-1.0, "absolute")])
def test_parametric_slopes(slope: float, same: str) -> None:
    other, net = bnn.MLP((3, 4, 2), activation=same), bnn.MLP((3, 4, 2), activation="prelu")
    p = random_blocks(other)
    with_slope = {"W1": p["W1"], "b1": p["b1"], "slope1": slope, "W2": p["W2"], "b2": p["b2"]}
    np.testing.assert_allclose(outputs(net, **with_slope), outputs(other, **p), rtol=1e-13)


@pytest.mark.parametrize("activation", ["tanh", bnn.units.Maxout(2)])
def test_low_rank_weights_are_a_product(activation) -> None:
    full = bnn.MLP((3, 4, 2), activation=activation)
    thin = bnn.MLP((3, 4, 2), activation=activation, rank=3)
    p = random_blocks(thin)
    W = np.tensordot(p["V1"], p["U1"], axes=(1, -1))
    product = outputs(full, W1=W, b1=p["b1"], W2=p["W2"], b2=p["b2"])
    np.testing.assert_allclose(outputs(thin, **p), product, rtol=1e-12)


def test_full_rank_factors_are_any_weights() -> None:
    line, factors = bnn.MLP((3, 4)), bnn.MLP((3, 4), rank=3)
    p = random_blocks(line)
    u, s, vt = np.linalg.svd(p["W1"], full_matrices=False)
    np.testing.assert_allclose(outputs(factors, V1=u * s, U1=vt.T, b1=p["b1"]), outputs(line, **p), rtol=1e-12)
    assert line.is_linear
    assert not factors.is_linear


@pytest.mark.parametrize(
    ("settings", "counts"),
    [
        ({}, (8 * 50 + 50, 50 * 20 + 20)),
        ({"activation": "prelu"}, (8 * 50 + 100, 50 * 20 + 40)),
        ({"activation": bnn.units.Maxout(3)}, (3 * (8 * 50 + 50), 3 * (50 * 20 + 20))),
        ({"activation": "radial"}, (8 * 50 + 50, 50 * 20 + 20)),
        ({"rank": 4}, ((8 + 50) * 4 + 50, (50 + 20) * 4 + 20)),
        ({"activation": "maxout", "rank": 4}, ((8 + 100) * 4 + 100, (50 + 40) * 4 + 40)),
    ],
)
def test_parameters_are_counted_and_summed_up(settings, counts) -> None:
    net = bnn.MLP((8, 50, 20, 1), **settings)
    total = sum(counts) + 21
    assert net.n_params == sum(int(np.prod(shape)) for shape in net.blocks.values()) == total
    assert net.initialize(RNG, 2).shape == (2, total)
    lines = net.summary().splitlines()
    assert [line.split()[-1] for line in lines] == ["parameters", *(f"{n:,}" for n in (*counts, 21, total))]
    for name, shape in net.blocks.items():
        assert f"{name} {shape}" in net.summary()


def test_numbers_kept_for_a_row_are_the_sums() -> None:
    assert bnn.MLP((3, 4, 5, 2)).width == 11
    assert bnn.MLP((3, 4, 5, 2), activation=bnn.units.Maxout(3)).width == 12 + 15 + 2
    assert bnn.MLP((3, 4, 5, 2), rank=2).width == (2 + 4) + (2 + 5) + 2


@pytest.mark.parametrize(("name", "low", "high"), [("relu", 0.7, 1.4), ("identity", 0.7, 1.4), ("absolute", 0.7, 1.4)])
def test_initialization_keeps_the_size_of_signals(name: str, low: float, high: float) -> None:
    net = bnn.MLP((50, 40, 60, 50), activation=name)
    out, _ = net.forward(net.initialize(RNG, 200), RNG.standard_normal((20, 50)))
    assert low < out.var() < high


@pytest.mark.parametrize(("scheme", "variance"), [("glorot", 2 / 400), ("he", 2 / 100), ("lecun", 1 / 100)])
def test_initialization_by_name(scheme: str, variance: float) -> None:
    for settings in ({}, {"rank": 10}, {"activation": bnn.units.Maxout(2)}):
        net = bnn.MLP((100, 300, 1), initialization=scheme, **settings)
        theta = net.initialize(RNG, 1)[0]
        blocks = dict(
            zip(net.blocks, np.split(theta, np.cumsum([np.prod(s) for s in net.blocks.values()])), strict=False)
        )
        W = blocks["V1"].reshape(100, 10) @ blocks["U1"].reshape(300, 10).T if "rank" in settings else blocks["W1"]
        assert W.var() == pytest.approx(variance, rel=0.15)
        assert blocks["b1"].var() == pytest.approx(1 / 100, rel=0.3)
        assert not np.any(blocks["b2"])


def test_units_of_their_own_begin_where_they_should() -> None:
    net = bnn.MLP((4, 6, 5, 1), activation=["radial", "prelu"])
    theta = net.initialize(RNG, 3)
    np.testing.assert_array_equal(theta[:, 24:30], 2.0)
    np.testing.assert_array_equal(theta[:, 65:70], 0.25)


def test_learned_widths_and_slopes_take_priors_like_any_block() -> None:
    data = bnn.Dataset(X, np.sin(X[:, 0]), yerr=0.1)
    prior = {"*": bnn.Normal(0, 1), "width1": bnn.LogNormal(1), "slope2": (0.0, 0.5)}
    net = bnn.MLP((3, 4, 4, 1), activation=["radial", "prelu"])
    post = bnn.Posterior(net, bnn.Gaussian(), prior=prior, data=data)
    theta = RNG.standard_normal((5, post.n_params))
    values = post.unpack(theta)
    assert np.all(values["width1"] > 0)
    assert np.all((values["slope2"] > 0) & (values["slope2"] < 0.5))
    _, grad = post.value_and_grad(theta)
    h = 1e-6 * RNG.standard_normal(theta.shape)
    np.testing.assert_allclose(post(theta + h) - post(theta - h), 2 * np.sum(grad * h, axis=1), rtol=1e-6)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"widths": (1,)}, "at least two widths"),
        ({"widths": (1, 0, 1)}, "at least two widths, all whole and positive"),
        ({"widths": (1, -3, 1)}, "at least two widths, all whole and positive"),
        ({"widths": (1, 2.5, 1)}, "at least two widths, all whole and positive"),
        ({"widths": "1-2-1"}, "at least two widths, all whole and positive"),
        ({"widths": 3}, "at least two widths, all whole and positive"),
        ({"activation": "tangent"}, "expected a unit .*sigmoid, tanh, .* got 'tangent'"),
        ({"activation": ["tanh", bnn.units.Tanh]}, "expected a unit"),
        ({"activation": ["tanh"]}, "one activation for each of 2 hidden layers, got 1"),
        ({"activation": ["tanh"] * 3}, "one activation for each of 2 hidden layers, got 3"),
        ({"rank": 4}, r"whole number from 1 to 3 for weights of shape \(3, 5\), got 4"),
        ({"rank": 0}, "whole number from 1 to 3"),
        ({"rank": 1.5}, "whole number from 1 to 3"),
        ({"rank": "two"}, "whole number from 1 to 3"),
        ({"rank": [1, 1]}, "one rank for each of 3 layers"),
        ({"rank": [None, 5, None]}, r"whole number from 1 to 4 for weights of shape \(5, 4\), got 5"),
        ({"rank": 2, "activation": "radial"}, "Radial: expected no rank"),
        ({"widths": (3, 2), "rank": 3}, r"whole number from 1 to 2 for weights of shape \(3, 2\), got 3"),
        ({"initialization": "xavier"}, "expected one of auto, glorot, he, lecun, prior, got 'xavier'"),
    ],
)
def test_bad_networks(settings, sentence: str) -> None:
    settings = {"widths": (3, 5, 4, 1), **settings}
    with pytest.raises(ModelError, match=sentence):
        bnn.MLP(settings.pop("widths"), **settings)


@pytest.mark.parametrize("shape", [(7,), (7, 1), (7, 2), (2, 7, 3)])
def test_inputs_that_do_not_fit(shape) -> None:
    net = bnn.MLP((3, 4, 1))
    with pytest.raises(ModelError, match=r"inputs of shape \(N, 3\)"):
        net.forward(np.zeros(net.n_params), np.zeros(shape))
    with pytest.raises(ModelError, match=r"theta of shape \(\.\.\., 21\)"):
        net.forward(np.zeros(20), X)


@pytest.mark.parametrize("unit", [*UNITS.values(), bnn.units.LeakyReLU(0.1), bnn.units.Maxout(4)], ids=repr)
def test_networks_are_values(unit) -> None:
    net, same = (bnn.MLP((2, 3, 1), activation=unit) for _ in range(2))
    assert net == same
    assert hash(net) == hash(same)
    assert net != bnn.MLP((2, 3, 1), activation=bnn.units.LeakyReLU(0.2))
    assert eval(repr(unit), vars(bnn.units)) == unit


@pytest.mark.parametrize("activation", ["tanh", "prelu", "radial", bnn.units.Maxout(2)], ids=str)
def test_rows_linearized_one_by_one_add_up_to_the_backprop(activation) -> None:
    net = bnn.MLP((3, 4, 5, 2), activation=activation)
    rng = np.random.default_rng(0)
    theta, X, grad = net.initialize(rng, 1)[0] + 0.1, rng.standard_normal((7, 3)), rng.standard_normal((7, 2))
    outputs, slopes = net.linearize(theta, X)
    expected, backprop = net.forward(theta, X)
    np.testing.assert_allclose(outputs, expected, rtol=1e-12)
    np.testing.assert_allclose(np.einsum("nk,nkp->p", grad, slopes), backprop(grad), rtol=1e-10, atol=1e-12)
