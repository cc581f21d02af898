"""A graph written out as a formula."""

from typing import TYPE_CHECKING

from bayesnn.nn.graph.passes import in_order

if TYPE_CHECKING:
    from bayesnn.nn.graph.node import Node

_LONG = 80
_SUM, _PRODUCT, _SIGN, _POWER, _ATOM = range(5)
_BINDING = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "/": _PRODUCT, "**": _POWER}
"""How tightly an operator holds its operands, as in Python."""


def formula(output: "Node") -> str:
    """Python's notation; a long subexpression is written once, on a line of its own, and then called #1, #2, ..."""
    written: dict[Node, tuple[str, int]] = {}
    lines: list[str] = []
    for node in in_order(output):
        text, binding = _leaf(node) if node.operation is None else _call(node.operation.name, node.parents, written)
        if len(text) > _LONG and node is not output:
            lines.append(f"#{len(lines) + 1} = {text}")
            text, binding = f"#{len(lines)}", _ATOM
        written[node] = text, binding
    return "\n".join([*lines, written[output][0]])


def _leaf(node: "Node") -> tuple[str, int]:
    if node.constant is None:
        return node.label, _ATOM
    return repr(node.constant).removesuffix(".0"), _SIGN if node.constant < 0 else _ATOM


def _call(name: str, parents: tuple["Node", ...], written: dict["Node", tuple[str, int]]) -> tuple[str, int]:
    operands = [written[parent] for parent in parents]
    if name not in _BINDING:
        return f"{name}({', '.join(text for text, _ in operands)})", _ATOM
    if len(operands) == 1:
        return f"-{_held(operands[0], _SIGN)}", _SIGN
    # Operators of one rank group from the left, ** from the right.
    binding = _BINDING[name]
    left, right = (binding + 1, binding) if name == "**" else (binding, binding + 1)
    return f"{_held(operands[0], left)} {name} {_held(operands[1], right)}", binding


def _held(operand: tuple[str, int], least: int) -> str:
    text, binding = operand
    return text if binding >= least else f"({text})"
