"""The forward and the backward pass through a scalar graph: backprop as the textbook states it.

Goodfellow, Bengio & Courville, Deep Learning (2016), section 6.5, algorithms 6.1 and 6.2; reverse accumulation:
Linnainmaa (1970). Both passes are written once for any arithmetic: with numbers they are symbol-to-number
differentiation, with nodes in place of their values symbol-to-symbol differentiation.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bayesnn.nn.graph.node import Node


def in_order(output: "Node") -> list["Node"]:
    """The output and all that it depends on, each once, parents before children (depth first, without recursion)."""
    done: dict[Node, None] = {}
    path = [output]
    while path:
        waiting = next((parent for parent in path[-1].parents if parent not in done), None)
        if waiting is None:
            done[path.pop()] = None
        else:
            path.append(waiting)
    return list(done)


def forward(output: "Node", inputs: Mapping[str, Any]) -> dict["Node", Any]:
    """The value of every node, from inputs by name: u = f(parents of u), each node once (algorithm 6.1)."""
    values: dict[Node, Any] = {}
    for node in in_order(output):
        if node.operation is None:
            values[node] = inputs[node.label] if node.is_variable else node.constant
        else:
            values[node] = node.operation.value(*(values[parent] for parent in node.parents))
    return values


def backward(output: "Node", values: Mapping["Node", Any], one: Any) -> dict["Node", Any]:
    """∂output/∂u for every node u that varies, from `one` = ∂output/∂output (algorithm 6.2).

    ∂output/∂u = Σ over children c of u of ∂output/∂c · ∂c/∂u: one product and one sum for each edge.
    """
    slopes = {output: one}
    for child in reversed(in_order(output)):
        if child.operation is None:
            continue
        arguments = [values[parent] for parent in child.parents]
        for parent, partial in zip(child.parents, child.operation.partials, strict=True):
            if parent.constant is None:
                share = slopes[child] * partial(*arguments, values[child])
                slopes[parent] = slopes[parent] + share if parent in slopes else share
    return slopes
