"""A computational graph, with the forward and the backward pass written beside its nodes."""

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesnn.errors import SettingError
from bayesnn.nn.graph import Node
from bayesnn.nn.graph.passes import in_order
from bayesnn.plotting.canvas import COLORS, canvas
from bayesnn.plotting.layered import Layout, Place, layered

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MOST = 200
_VALUE, _SLOPE = COLORS[0], COLORS[1]
_ORDERED = ("-", "/", "**")
_SIGNS = {"-": "−", "*": "×", "/": "÷", "**": "^"}
_HALF, _GAP, _RISE = 0.27, 0.75, 1.2
"""Half the height of a node, the gap between columns, and the distance of rows, in units of the axis."""
_PORT = 0.12
_HALO = {"facecolor": "white", "edgecolor": "none", "pad": 0.6, "alpha": 0.85}
_SMALL: dict[str, Any] = {"fontsize": 7, "color": "0.45", "ha": "center", "va": "center", "bbox": _HALO}


def graph(f: Node, *, at: Mapping[str, float] | None = None, title: str = "") -> "Figure":
    """The graph of f from its variables, left, to f, right; operands of −, ÷ and ^ are numbered.

    With values `at` of the variables, each node u carries its value above and ∂f/∂u below.

    Raises
    ------
    SettingError : not a node, more nodes than can be read, arrays as values.
    ModelError : a variable without a value.
    """
    if not isinstance(f, Node):
        raise SettingError(f"plot.graph: expected a node of a graph, got {f!r}; make one with graph.variables")
    if f.n_nodes > _MOST:
        raise SettingError(f"plot.graph: expected at most {_MOST} nodes, got {f.n_nodes}; draw a part of it")
    if at is not None and any(np.ndim(value) for value in at.values()):
        raise SettingError("plot.graph: expected one number for each variable, got an array; choose one point")
    nodes = in_order(f)
    layout = layered({node: node.parents for node in nodes})
    half: dict[Place, float] = {node: max(_HALF, 0.075 * len(_label(node)) + 0.12) for node in nodes}
    spot = _spots(layout, half)
    figure, axis = _sheet(np.array(list(spot.values())), margin=max(half.values()), title=title)
    for node in nodes:
        routes = [layout.routes[parent, node, i] for i, parent in enumerate(node.parents)]
        ports = _ports([spot[route[-2]][1] for route in routes])
        for i, (route, port) in enumerate(zip(routes, ports, strict=True)):
            stations = np.array([spot[place] for place in route])
            stations[0, 0] += half[route[0]]
            stations[-1] += (-half[node], port)
            _draw_edge(axis, stations)
            if node.operation is not None and node.operation.name in _ORDERED and len(routes) == 2:
                axis.text(*(stations[-1] + (-0.22, 1.3 * port)), str(i + 1), **_SMALL)
        _draw_node(axis, spot[node], half[node], node, is_output=node is f)
    if at is not None:
        _annotate(axis, spot, f, at)
    return figure


def _spots(layout: Layout, half: Mapping[Place, float]) -> dict[Place, tuple[float, float]]:
    """Centers of nodes and stations: columns as wide as their widest node."""
    widest = [max(half.get(place, 0.0) for place in layer) for layer in layout.layers]
    columns = np.cumsum([0.0, *(a + b + _GAP for a, b in pairwise(widest))])
    return {
        place: (float(x), -_RISE * layout.height[place])
        for x, layer in zip(columns, layout.layers, strict=True)
        for place in layer
    }


def _ports(origins: list[float]) -> list[float]:
    """Where edges from these heights enter a node, relative to its center: two of them apart, without crossing."""
    if len(origins) < 2:
        return [0.0] * len(origins)
    return [_PORT, -_PORT] if origins[0] >= origins[1] else [-_PORT, _PORT]


def _label(node: Node) -> str:
    if node.operation is not None:
        return _SIGNS.get(node.operation.name, node.operation.name)
    return node.label if node.constant is None else f"{node.constant:.4g}".replace("-", "−")


def _sheet(spots: np.ndarray, *, margin: float, title: str) -> tuple["Figure", Any]:
    """Axes without a frame, in which one unit is 0.8 inches."""
    border = np.array([margin + 0.1, 0.75])
    low, high = spots.min(axis=0) - border, spots.max(axis=0) + border
    width, rows = high - low
    figure, axes = canvas(size=(max(3.5, 0.8 * width), 0.8 * rows + 0.6))
    axis = axes[0, 0]
    axis.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), aspect="equal")
    figure.suptitle(title)
    axis.set_axis_off()
    return figure, axis


def _draw_node(axis: Any, spot: tuple[float, float], half: float, node: Node, *, is_output: bool) -> None:
    from matplotlib.patches import FancyBboxPatch

    leaf = "#E3F0F8" if node.is_variable else "#EEEEEE"
    rounding = f"round,pad=0,rounding_size={_HALF if node.operation or node.is_variable else 0.06}"
    box = FancyBboxPatch((spot[0] - half, spot[1] - _HALF), 2 * half, 2 * _HALF, boxstyle=rounding)
    box.set(fc="white" if node.operation else leaf, ec="0.2", lw=2.2 if is_output else 1.1, zorder=3)
    axis.add_patch(box)
    axis.text(*spot, _label(node), ha="center", va="center_baseline", fontsize=11, zorder=4)


def _draw_edge(axis: Any, stations: np.ndarray) -> None:
    """A smooth arrow through the stations, level at its ends, that rises and falls only as they do."""
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path

    rises = np.diff(stations[:, 1]) / np.diff(stations[:, 0])
    before, after = rises[:-1], rises[1:]
    same_way = before * after > 0
    inner = np.where(same_way, 2 * before * after / np.where(same_way, before + after, 1.0), 0.0)
    knots = zip(pairwise(stations), pairwise([0.0, *inner, 0.0]), strict=True)
    points, codes = [tuple(stations[0])], [Path.MOVETO]
    for ((x0, y0), (x1, y1)), (rise0, rise1) in knots:
        reach = (x1 - x0) / 2
        points += [(x0 + reach, y0 + reach * rise0), (x1 - reach, y1 - reach * rise1), (x1, y1)]
        codes += [Path.CURVE4] * 3
    axis.add_patch(FancyArrowPatch(path=Path(points, codes), arrowstyle="-|>", mutation_scale=10, lw=1.1, color="0.45"))


def _annotate(axis: Any, spot: Mapping[Any, tuple[float, float]], f: Node, at: Mapping[str, float]) -> None:
    """Values above, slopes below, and what the colors say."""
    from matplotlib.lines import Line2D

    values, slopes = f.backprop(**at)
    for node, slope in slopes.items():
        x, y = spot[node]
        for rise, number, color in ((0.16, values[node], _VALUE), (-0.16, slope, _SLOPE)):
            height = y + np.sign(rise) * _HALF + rise
            text = f"{number:.3g}".replace("-", "−")
            axis.text(x, height, text, color=color, fontsize=8.5, ha="center", va="center", bbox=_HALO, zorder=5)
    keys = [Line2D([], [], ls="none", marker="s", ms=4, color=color) for color in (_VALUE, _SLOPE)]
    axis.figure.legend(
        keys,
        ["value u, forward pass", "slope ∂f/∂u, backward pass"],
        loc="outside lower center",
        ncols=2,
        frameon=False,
        labelcolor="linecolor",
        fontsize=9,
    )
