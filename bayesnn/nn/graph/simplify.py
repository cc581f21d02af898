"""Identities that keep derivatives readable: the simpler node, or None where there is none.

They hold for real numbers; 0·x is 0 even where x will be infinite or NaN.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bayesnn.nn.graph.node import Node


def negation(a: "Node") -> "Node | None":
    """−(c u) = (−c) u, and so −(−u) = u."""
    c, u = _scaled(a)
    return None if u is a else -c * u


def addition(a: "Node", b: "Node") -> "Node | None":
    """0 + b = b, a + 0 = a, a + (−c) v = a − c v."""
    if a.constant == 0:
        return b
    if b.constant == 0:
        return a
    c, v = _scaled(b)
    return a - -c * v if c < 0 else None


def subtraction(a: "Node", b: "Node") -> "Node | None":
    """a − a = 0, a − 0 = a, 0 − b = −b, a − (−c) v = a + c v."""
    if a is b:
        return 0 * a
    if b.constant == 0:
        return a
    if a.constant == 0:
        return -b
    c, v = _scaled(b)
    return a + -c * v if c < 0 else None


def multiplication(a: "Node", b: "Node") -> "Node | None":
    """0 b = 0, 1 b = b, −1 b = −b, a (1 / v) = a / v, and constants to the front: (c u) (d v) = (c d) (u v)."""
    if b.constant is not None:
        return b * a
    if a.constant is not None and abs(a.constant) <= 1 and a.constant == int(a.constant):
        return (a, b, -b)[int(a.constant)]
    if b.operation is not None and b.operation.name == "/" and b.parents[0].constant == 1:
        return a / b.parents[1]
    d, v = _scaled(b)
    if a.constant is not None:
        return None if v is b else a.constant * d * v
    c, u = _scaled(a)
    return None if u is a and v is b else c * d * (u * v)


def division(a: "Node", b: "Node") -> "Node | None":
    """a / 1 = a, 0 / b = 0, (−u) / b = −(u / b)."""
    if b.constant == 1 or a.constant == 0:
        return a
    c, u = _scaled(a)
    return -(u / b) if c == -1 else None


def exponentiation(a: "Node", b: "Node") -> "Node | None":
    """a⁰ = 1, a¹ = a."""
    if b.constant == 0:
        return b + 1
    return a if b.constant == 1 else None


def _scaled(a: "Node") -> tuple[float, "Node"]:
    """(c, u) where a is written c u, (−1, u) where it is written −u, else (1, a)."""
    if a.operation is None:
        return 1.0, a
    if a.operation.name == "-" and len(a.parents) == 1:
        return -1.0, a.parents[0]
    factor = a.parents[0].constant if a.operation.name == "*" else None
    return (1.0, a) if factor is None else (factor, a.parents[1])
