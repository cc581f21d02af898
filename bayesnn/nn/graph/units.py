"""The units of `bayesnn.nn.units`, written once more in the functions of a graph."""

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import numpy as np

from bayesnn.errors import ModelError
from bayesnn.nn.graph.functions import absolute, erf, exp, relu, sigmoid, softplus, tanh
from bayesnn.nn.graph.node import Node
from bayesnn.nn.units import maxout, radial, rectifiers, smooth, squashing
from bayesnn.nn.units.unit import Unit
from bayesnn.protocols import Array

_ELEMENTWISE: Mapping[type, Callable[[Any, Node], Node]] = {
    squashing.Identity: lambda unit, z: z,
    squashing.Sigmoid: lambda unit, z: sigmoid(z),
    squashing.Tanh: lambda unit, z: tanh(z),
    squashing.HardTanh: lambda unit, z: relu(z + 1) - relu(z - 1) - 1,
    rectifiers.ReLU: lambda unit, z: relu(z),
    rectifiers.Absolute: lambda unit, z: absolute(z),
    rectifiers.LeakyReLU: lambda unit, z: _bent(z, unit.slope),
    smooth.ELU: lambda unit, z: relu(z) + exp(z - relu(z)) - 1,
    smooth.Softplus: lambda unit, z: softplus(z),
    smooth.SiLU: lambda unit, z: z * sigmoid(z),
    smooth.GELU: lambda unit, z: z * (1 + erf(z / np.sqrt(2))) / 2,
}
"""Of one sum each."""

_OTHERS: Mapping[type, Callable[[Array, Any], list[Node]]] = {
    rectifiers.PReLU: lambda z, slope: list(map(_bent, z, slope)),
    radial.Radial: lambda z, width: [exp(-distance / (2 * w**2)) for distance, w in zip(z, width, strict=True)],
    maxout.Maxout: lambda z, own: [reduce(_larger, pieces) for pieces in z.T],
}
"""Of all sums of a layer, (H,) or (pieces, H), and the units' own numbers."""


def activated(unit: Unit, z: Array, own: Array | None) -> list[Node]:
    """The hidden units of a layer, from its sums and the numbers that units have of their own.

    Raises
    ------
    ModelError : a unit that is not written here.
    """
    if type(unit) in _ELEMENTWISE:
        return [_ELEMENTWISE[type(unit)](unit, node) for node in z]
    if type(unit) in _OTHERS:
        return _OTHERS[type(unit)](z, own)
    known = ", ".join(each.__name__ for each in (*_ELEMENTWISE, *_OTHERS))
    raise ModelError(f"graph.network: expected units of {known}, got {unit!r}; use one of these")


def _bent(z: Node, slope: Node | float) -> Node:
    return z * slope + relu.node(z) * (1 - slope)


def _larger(a: Node, b: Node) -> Node:
    return b + relu.node(a - b)
