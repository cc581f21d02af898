"""Where to draw the nodes of a directed acyclic graph: in layers, with few crossings (Sugiyama et al. 1981)."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import isotonic_regression

from bayesnn.protocols import FloatArray

_SWEEPS = 12
Place = Hashable


@dataclass(frozen=True)
class Layout:
    """Layer and height of each node, and of each edge (parent, child, operand) the stations it passes."""

    layers: tuple[tuple[Place, ...], ...]
    height: Mapping[Place, float]
    routes: Mapping[tuple[Place, Place, int], tuple[Place, ...]]


def layered(parents: Mapping[Place, Sequence[Place]]) -> Layout:
    """Layers from left to right, parents before children; `parents` lists them so too.

    An edge across several layers gets a station in each, which takes room as a node does.
    """
    level = _levels(parents)
    layers: list[list[Place]] = [[] for _ in range(max(level.values()) + 1)]
    for node, at in level.items():
        layers[at].append(node)
    routes = {}
    for child, operands in parents.items():
        for i, parent in enumerate(operands):
            stations = [(parent, child, i, at) for at in range(level[parent] + 1, level[child])]
            for station in stations:
                layers[station[-1]].append(station)
            routes[parent, child, i] = (parent, *stations, child)
    return Layout(*_arranged(layers, list(routes.values())), routes)


def _levels(parents: Mapping[Place, Sequence[Place]]) -> dict[Place, int]:
    """The longest way from a leaf; leaves stand just before their first child."""
    level: dict[Place, int] = {}
    first_child: dict[Place, int] = {}
    for node, operands in parents.items():
        level[node] = 1 + max((level[parent] for parent in operands), default=-1)
        for parent in operands:
            first_child[parent] = min(level[node], first_child.get(parent, level[node]))
    return {node: at if parents[node] else first_child.get(node, 1) - 1 for node, at in level.items()}


def _arranged(
    layers: list[list[Place]], routes: list[tuple[Place, ...]]
) -> tuple[tuple[tuple[Place, ...], ...], dict[Place, float]]:
    """Layers in an order that follows the neighbors, and heights near theirs, at least 1 apart."""
    before: dict[Place, list[Place]] = {place: [] for layer in layers for place in layer}
    after: dict[Place, list[Place]] = {place: [] for place in before}
    for route in routes:
        for left, right in pairwise(route):
            before[right].append(left)
            after[left].append(right)
    height = {place: float(i) for layer in layers for i, place in enumerate(layer)}
    for sweep in range(_SWEEPS):
        neighbors = (after, before)[sweep % 2]
        for layer in layers[:: 1 if sweep % 2 else -1]:
            layer.sort(key=lambda place: _mean(place, neighbors[place], height))
            height.update(zip(layer, _apart([_mean(p, neighbors[p], height) for p in layer]), strict=True))
    for sweep in range(_SWEEPS):
        for layer in layers[:: 1 if sweep % 2 else -1]:
            wanted = [_mean(place, before[place] + after[place], height) for place in layer]
            height.update(zip(layer, _apart(wanted), strict=True))
    return tuple(map(tuple, layers)), height


def _mean(place: Place, neighbors: list[Place], height: dict[Place, float]) -> float:
    return float(np.mean([height[neighbor] for neighbor in neighbors or [place]]))


def _apart(wanted: list[float]) -> FloatArray:
    """The heights nearest to those wanted, in the same order and at least 1 apart."""
    steps = np.arange(len(wanted))
    return np.asarray(isotonic_regression(np.asarray(wanted) - steps).x + steps)
