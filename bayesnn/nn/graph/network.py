"""A whole network as a scalar graph, weight by weight: the oracle of the layered backprop."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bayesnn.errors import ModelError
from bayesnn.nn.graph.functions import absolute, erf, exp, relu, sigmoid, softplus, tanh
from bayesnn.nn.graph.node import Node
from bayesnn.nn.graph.variables import variable
from bayesnn.nn.mlp import MLP

UNITS: dict[str, Callable[[Node], Node]] = {
    "identity": lambda z: z,
    "sigmoid": sigmoid,
    "tanh": tanh,
    "hard_tanh": lambda z: relu(z + 1) - relu(z - 1) - 1,
    "relu": relu,
    "absolute": absolute,
    "leaky_relu": lambda z: 0.01 * z + 0.99 * relu(z),
    "elu": lambda z: relu(z) + exp(z - relu(z)) - 1,
    "softplus": softplus,
    "silu": lambda z: z * sigmoid(z),
    "gelu": lambda z: z * (1 + erf(z / np.sqrt(2))) / 2,
}
"""The units of `bayesnn.nn.units`, written in the functions of a graph."""


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
    ModelError : a unit that is not written as a graph.

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
    unknown = set(net.activations) - set(UNITS)
    if unknown:
        raise ModelError(f"graph.network: expected units of {', '.join(UNITS)}, got {', '.join(sorted(unknown))}")
    inputs = h = [variable(f"x{d + 1}") for d in range(net.widths[0])]
    parameters: list[Node] = []
    for layer in range(1, net.n_layers + 1):
        W, b = (_block(name, net.blocks[name]) for name in (f"W{layer}", f"b{layer}"))
        z = [sum(u * w for u, w in zip(h, W[:, k], strict=True)) + b[k] for k in range(len(b))]
        h = [UNITS[net.activations[layer - 1]](unit) for unit in z] if layer < net.n_layers else z
        parameters += [*W.flat, *b]
    return Network(tuple(inputs), tuple(parameters), tuple(h))


def _block(name: str, shape: tuple[int, ...]) -> np.ndarray:
    """An array of variables, name[i, j]."""
    block = np.empty(shape, dtype=object)
    for index in np.ndindex(*shape):
        block[index] = variable(f"{name}[{', '.join(map(str, index))}]")
    return block
