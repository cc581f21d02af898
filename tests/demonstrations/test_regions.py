"""Linear regions against arrangements of lines that can be counted."""

from math import comb

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.errors import ModelError, SettingError

RNG = np.random.default_rng(0)
regions = bnn.demonstrations.linear_regions
FOLDS = [[1, 0, 0, 1, -0.5, -0.5], [1, 0, 0, 1, -0.25, -0.25]]
"""|x − ½|, then |· − ¼|: each halves the plane's squares in both directions."""


def tangents(n: int, radius: float) -> np.ndarray:
    """Weights (2, n) and biases (n,) of lines around a circle, any two of which meet."""
    angle = np.arange(n) * 2 * np.pi / n * 0.97
    return np.concatenate([np.cos(angle), np.sin(angle), np.full(n, -radius)])


@pytest.mark.parametrize("n", [1, 2, 3, 5])
@pytest.mark.parametrize("activation", ["relu", "absolute", "leaky_relu", "prelu"])
def test_lines_in_general_position_cut_the_plane_as_zaslavsky_counts(activation: str, n: int) -> None:
    net = bnn.MLP((2, n, 1), activation=activation)
    slopes = np.full(n if activation == "prelu" else 0, 0.25)
    theta = np.concatenate([tangents(n, 0.2), slopes, np.ones(n + 1)])
    assert regions(net, theta, x1=(-8, 8), x2=(-8, 8), n_points=500).n_regions == 1 + n + comb(n, 2)


@pytest.mark.parametrize("depth", [1, 2])
def test_folds_multiply(depth: int) -> None:
    """A fold in both directions quadruples the squares; as many units in one layer would only add lines."""
    net = bnn.MLP((2, *(2,) * depth, 1), activation="absolute")
    theta = np.concatenate([*FOLDS[:depth], [1, 1, 0]])
    result = regions(net, theta, x1=(0, 1), x2=(0, 1), n_points=100)
    assert result.n_regions == 4**depth
    assert set(np.bincount(result.labels.ravel())) == {100**2 // 4**depth}


def test_a_linear_network_has_one_region() -> None:
    for net in (bnn.MLP((2, 1)), bnn.MLP((2, 3, 1), activation="identity")):
        assert regions(net, RNG.standard_normal(net.n_params), n_points=10).n_regions == 1


def test_units_of_three_pieces() -> None:
    hard = bnn.MLP((2, 2, 1), activation="hard_tanh")
    assert regions(hard, [1, 0, 0, 1, 0, 0, 1, 1, 0], x1=(-3, 3), x2=(-3, 3), n_points=30).n_regions == 9
    pieces = bnn.MLP((2, 1, 1), activation=bnn.units.Maxout(3))  # max(x1, x2, 0)
    assert regions(pieces, [1, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0], n_points=30).n_regions == 3


@pytest.mark.parametrize(
    "settings",
    [
        {"activation": "relu"},
        {"activation": "maxout"},
        {"activation": ["hard_tanh", "prelu"]},
        {"rank": (None, 2, None)},
    ],
    ids=str,
)
def test_the_network_is_linear_in_each_region(settings) -> None:
    net = bnn.MLP((2, 4, 3, 2), **{"activation": "relu", **settings})
    theta = net.initialize(RNG, 1)[0] + 0.3 * RNG.standard_normal(net.n_params)
    result = regions(net, theta, x1=(-2, 2), x2=(-1, 3), n_points=60)
    X = np.stack(np.meshgrid(result.x1, result.x2), axis=-1)
    np.testing.assert_allclose(result.outputs.reshape(-1, 2), net.forward(theta, X.reshape(-1, 2))[0])
    assert 3 < result.n_regions == len(np.unique(result.labels))
    for label in range(result.n_regions):
        inside = result.labels == label
        design = np.column_stack([X[inside], np.ones(inside.sum())])
        plane = np.linalg.lstsq(design, result.outputs[inside])[0]
        np.testing.assert_allclose(design @ plane, result.outputs[inside], atol=1e-9)


def test_neighbors_of_other_slopes_are_in_other_regions() -> None:
    """Where slopes along x1 change within a region of ReLU units, the pattern must have missed a kink."""
    net = bnn.MLP((2, 5, 1), activation="relu")
    theta = RNG.standard_normal(net.n_params)
    result = regions(net, theta, n_points=80)
    f = result.outputs[..., 0]
    bent = np.abs(np.diff(f, 2, axis=1)) > 1e-9
    same = (result.labels[:, :-2] == result.labels[:, 1:-1]) & (result.labels[:, 1:-1] == result.labels[:, 2:])
    assert np.any(bent)
    assert not np.any(bent & same)


@pytest.mark.parametrize(
    ("net", "theta", "settings", "error", "match"),
    [
        (bnn.MLP((1, 2, 1)), np.zeros(7), {}, ModelError, "MLP of two inputs"),
        (bnn.LinearModel(bnn.polynomial(degree=1)), np.zeros(2), {}, ModelError, "MLP of two inputs"),
        (bnn.MLP((2, 2, 1)), np.zeros(9), {}, ModelError, "piecewise linear units .* got Tanh"),
        (bnn.MLP((2, 2, 1), activation="relu"), np.zeros(8), {}, ModelError, "9 finite numbers, got shape"),
        (bnn.MLP((2, 2, 1), activation="relu"), np.full(9, np.nan), {}, ModelError, "9 finite numbers"),
        (bnn.MLP((2, 2, 1), activation="relu"), np.zeros(9), {"x1": (1, -1)}, SettingError, "x1: expected two numbers"),
        (bnn.MLP((2, 2, 1), activation="relu"), np.zeros(9), {"x2": 3}, SettingError, "x2: expected two numbers"),
        (bnn.MLP((2, 2, 1), activation="relu"), np.zeros(9), {"n_points": 0}, SettingError, "n_points"),
    ],
)
def test_one_clear_error(net, theta, settings, error, match: str) -> None:
    with pytest.raises(error, match=match):
        regions(net, theta, **settings)
