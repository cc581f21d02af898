"""Dropout: masks against thinned networks written out, their mean, and what is refused."""

import itertools

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.errors import ModelError, SettingError
from bayesnn.nn.dropout import Dropout

RNG = np.random.default_rng(0)
X = RNG.standard_normal((5, 2))
NETWORKS = {
    "shallow": bnn.MLP((2, 4, 2)),
    "deep": bnn.MLP((2, 3, 4, 2), activation=["relu", "tanh"]),
    "pieces": bnn.MLP((2, 3, 4, 1), activation=bnn.units.Maxout(3)),
    "slopes": bnn.MLP((2, 3, 4, 1), activation="prelu"),
    "low rank": bnn.MLP((3, 4, 4, 2), rank=2),
    "radial first": bnn.MLP((2, 3, 4, 2), activation=["radial", "tanh"]),
}


def hidden_units(net: bnn.MLP, mask: np.ndarray) -> list[np.ndarray]:
    """The factor of each hidden unit, read off the weights that leave it."""
    factors, first = [], 0
    for name, shape in net.blocks.items():
        size = int(np.prod(shape))
        block = mask[first : first + size].reshape(shape[0], -1)
        if name in Dropout(net, 0.5).blocks:
            np.testing.assert_array_equal(block, block[:, :1] + 0 * block)
            factors.append(block[:, 0])
        else:
            np.testing.assert_array_equal(block, 1)
        first += size
    return factors


@pytest.mark.parametrize("net", NETWORKS.values(), ids=NETWORKS)
def test_masked_weights_are_the_network_with_units_left_out(net: bnn.MLP) -> None:
    theta, inputs = RNG.standard_normal(net.n_params), RNG.standard_normal((5, net.widths[0]))
    for mask in Dropout(net, 0.4).masks(RNG, 5):
        factors = hidden_units(net, mask)
        assert [len(factor) for factor in factors] == list(net.widths[1:-1])
        h, first = np.vstack([inputs.T, np.ones(len(inputs))]), 0
        for layer, factor in zip(net.layers, [*factors, None], strict=True):
            h, _ = layer.forward(theta[first : first + layer.n_params], h)
            first += layer.n_params
            if factor is not None:
                h[:-1] *= factor[:, None]
        np.testing.assert_allclose(net.forward(theta * mask, inputs)[0], h.T, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("widths", [(2, 4, 2), (2, 2, 3, 1)])
@pytest.mark.parametrize("rate", [0.2, 0.5])
def test_the_mean_over_all_masks_of_a_linear_network_is_the_whole_network(widths, rate: float) -> None:
    net = bnn.MLP(widths, activation="identity")
    theta, n_units = RNG.standard_normal(net.n_params), sum(widths[1:-1])
    masks = np.unique(Dropout(net, rate).masks(RNG, 5000), axis=0)
    assert len(masks) == 2**n_units
    n_kept = np.array([sum(np.count_nonzero(f) for f in hidden_units(net, mask)) for mask in masks])
    chance = (1 - rate) ** n_kept * rate ** (n_units - n_kept)
    assert chance.sum() == pytest.approx(1)
    mean = np.tensordot(chance, net.forward(theta * masks, X)[0], axes=1)
    np.testing.assert_allclose(mean, net.forward(theta, X)[0], rtol=1e-10)


@pytest.mark.parametrize("rate", [0.1, 0.7])
def test_units_are_left_out_at_that_rate_and_independently(rate: float) -> None:
    net, n = bnn.MLP((1, 3, 2, 1)), 3000
    units = np.array([np.concatenate(hidden_units(net, mask)) for mask in Dropout(net, rate).masks(RNG, n)])
    np.testing.assert_array_equal(np.unique(units), [0, 1 / (1 - rate)])
    np.testing.assert_allclose(np.mean(units == 0, axis=0), rate, atol=5 * np.sqrt(rate * (1 - rate) / n))
    np.testing.assert_allclose(units.mean(axis=0), 1, atol=5 * np.sqrt(rate / (1 - rate) / n))
    for i, j in itertools.combinations(range(5), 2):
        assert abs(np.corrcoef(units[:, i], units[:, j])[0, 1]) < 5 / np.sqrt(n)


def test_one_seed_gives_the_same_masks_and_rate_0_none() -> None:
    dropout = Dropout(bnn.MLP((1, 8, 1)), 0.3)
    first, again = (dropout.masks(np.random.default_rng(4), 3) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert len(np.unique(first, axis=0)) == 3
    np.testing.assert_array_equal(Dropout(bnn.MLP((1, 8, 1)), 0).masks(RNG, 3), 1)


@pytest.mark.parametrize("rate", [1, 1.5, -0.1, np.nan, np.inf, "0.2", None, [0.1]])
def test_a_rate_is_a_probability_below_one(rate) -> None:
    with pytest.raises(SettingError, match=r"expected a probability in \[0, 1\)"):
        Dropout(bnn.MLP((1, 2, 1)), rate)


@pytest.mark.parametrize(
    ("model", "match"),
    [
        (bnn.MLP((1, 1)), "MLP with hidden units"),
        (bnn.LinearModel(bnn.polynomial(degree=1)), "MLP with hidden units"),
        (bnn.MLP((1, 3, 3, 1), activation=["tanh", "radial"]), "got radial units in layer 2; put them first"),
    ],
)
def test_only_weighted_hidden_units_can_be_left_out(model, match: str) -> None:
    with pytest.raises(ModelError, match=match):
        Dropout(model, 0.2)
