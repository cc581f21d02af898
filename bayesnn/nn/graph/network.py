"""A whole network as a scalar graph, weight by weight: the oracle of the layered backprop."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from bayesnn.errors import ModelError
from bayesnn.nn.graph.node import Node
from bayesnn.nn.graph.units import activated
from bayesnn.nn.graph.variables import variable
from bayesnn.nn.mlp import MLP
from bayesnn.protocols import Array


@dataclass(frozen=True)
class Network:
    """An MLP as a graph: inputs x1 … xD, its parameters in the order of θ, and its outputs."""

    inputs: tuple[Node, ...]
    parameters: tuple[Node, ...]
    outputs: tuple[Node, ...]


def network(net: MLP) -> Network:
    """The outputs of an MLP as graphs of its inputs and weights, named as in `Posterior.names`.

    Raises
    ------
    ModelError : not an MLP; a unit that is not written as a graph.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> net = bnn.graph.network(bnn.MLP((1, 1, 1)))
    >>> net.outputs[0]
    tanh(x1 * W1[0, 0] + b1[0]) * W2[0, 0] + b2[0]
    >>> y = bnn.graph.variable("y")
    >>> bnn.graph.gradient((net.outputs[0] - y) ** 2 / 2)["b2[0]"]
    tanh(x1 * W1[0, 0] + b1[0]) * W2[0, 0] + b2[0] - y
    """
    if not isinstance(net, MLP):
        raise ModelError(f"graph.network: expected an MLP, got {type(net).__name__}; bnn.MLP((1, 2, 1)), say")
    inputs = [variable(f"x{d + 1}") for d in range(net.widths[0])]
    h, parameters = np.array(inputs), []
    for number, layer in enumerate(net.layers, 1):
        parts = {name: _block(f"{name}{number}", shape) for name, shape in layer.blocks.items()}
        h = _SUMS[next(iter(parts))](h, parts)
        if number < net.n_layers:
            unit = net.units[number - 1]
            h = np.array(activated(unit, h, parts[unit.own] if unit.own else None))
        parameters += [node for part in parts.values() for node in part.flat]
    return Network(tuple(inputs), tuple(parameters), tuple(h))


_SUMS: Mapping[str, Callable[[Array, Mapping[str, Array]], Array]] = {
    "W": lambda h, parts: np.tensordot(h, parts["W"], axes=1) + parts["b"],
    "V": lambda h, parts: np.tensordot(parts["U"], h @ parts["V"], axes=1) + parts["b"],
    "center": lambda h, parts: np.sum((h[:, None] - parts["center"]) ** 2, axis=0),
}
"""The sums of a layer by the name of its first block, from what comes in and its blocks, all arrays of nodes."""


def _block(name: str, shape: tuple[int, ...]) -> Array:
    """An array of variables, name[i, j]."""
    block = np.empty(shape, dtype=object)
    for index in np.ndindex(*shape):
        block[index] = variable(f"{name}[{', '.join(map(str, index))}]")
    return block
