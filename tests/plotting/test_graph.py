"""The picture of a graph shows every node and every number, and no two nodes in one place."""

import itertools

import matplotlib as mpl
import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.errors import ModelError, SettingError
from bayesnn.plotting.layered import layered

mpl.use("Agg")
W, X, B, Y = bnn.graph.variables("w x b y")
LOSS = (bnn.graph.tanh(W * X + B) - Y) ** 2 / 2
POINT = {"w": 0.8, "x": 1.5, "b": -0.3, "y": 1.0}


def texts(figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts]


def test_nodes_and_edges_are_all_there() -> None:
    figure = bnn.plot.graph(LOSS, title="squared loss")
    assert sorted(texts(figure)) == sorted([*"wxby", "2", "×", "+", "tanh", "−", "^", "÷", *"121212"])
    arrows = [patch for patch in figure.axes[0].patches if isinstance(patch, mpl.patches.FancyArrowPatch)]
    assert len(arrows) == 11
    assert figure.get_suptitle() == "squared loss"


def test_both_passes_are_written_beside_the_nodes() -> None:
    shown = texts(bnn.plot.graph(LOSS, at=POINT))
    value, grad = LOSS.value_and_grad(**POINT)
    for number in (value, *grad.values(), *POINT.values()):
        assert f"{number:.3g}".replace("-", "−") in shown
    assert len(shown) == len(texts(bnn.plot.graph(LOSS))) + 2 * (LOSS.n_nodes - 1)


@pytest.mark.parametrize("f", [X, LOSS, LOSS.derivative(W), (X * X) ** Y - W / X, bnn.graph.variable("y") * 0 + 3])
def test_any_graph_can_be_drawn(f) -> None:
    bnn.plot.graph(f, at=POINT).canvas.draw()


def test_layers_run_from_parents_to_children_with_room_for_each() -> None:
    parents = {"x": (), "y": (), "a": ("x", "y"), "b": ("a",), "c": ("b", "x"), "d": ("c", "c")}
    layout = layered(parents)
    assert [set(layer) & set(parents) for layer in layout.layers] == [{"x", "y"}, {"a"}, {"b"}, {"c"}, {"d"}]
    level = {place: i for i, layer in enumerate(layout.layers) for place in layer}
    assert len(layout.routes) == 7
    for (parent, child, _), route in layout.routes.items():
        assert (route[0], route[-1]) == (parent, child)
        assert all(level[b] - level[a] == 1 for a, b in itertools.pairwise(route))
    for layer in layout.layers:
        assert np.all(np.diff([layout.height[place] for place in layer]) >= 1 - 1e-12)


def test_a_leaf_stands_just_before_its_first_child() -> None:
    layout = layered({"x": (), "a": ("x",), "b": ("a",), "late": (), "c": ("b", "late")})
    assert [set(layer) for layer in layout.layers] == [{"x"}, {"a"}, {"b", "late"}, {"c"}]


def test_a_crossing_that_can_be_avoided_is_avoided() -> None:
    layout = layered({"a": (), "b": (), "c": (), "B": ("b",), "C": ("c",), "A": ("a",), "f": ("A", "B", "C")})
    order = [[place.lower() for place in layer] for layer in layout.layers[:2]]
    assert order[0] == order[1]


@pytest.mark.parametrize(
    ("act", "error", "match"),
    [
        (lambda: bnn.plot.graph("x"), SettingError, "expected a node"),
        (lambda: bnn.plot.graph(sum(X**n for n in range(2, 120))), SettingError, "at most 200 nodes, got 354"),
        (lambda: bnn.plot.graph(LOSS, at={**POINT, "x": [1.0, 2.0]}), SettingError, "one number"),
        (lambda: bnn.plot.graph(LOSS, at={"x": 1.0}), ModelError, "give w, b, y too"),
    ],
)
def test_one_clear_error(act, error, match: str) -> None:
    with pytest.raises(error, match=match):
        act()
