"""Nodes of a scalar graph and the operations that join them.

The same operation on the same parents is the same node (hash-consing: Ershov 1958), so that a subexpression that
occurs twice is evaluated and differentiated once.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from numbers import Real
from typing import Any, ClassVar
from weakref import WeakValueDictionary

import numpy as np

from bayesnn.errors import ModelError
from bayesnn.nn.graph import simplify
from bayesnn.nn.graph.passes import backward, forward, in_order
from bayesnn.nn.graph.text import formula
from bayesnn.protocols import Array


@dataclass(frozen=True, eq=False, repr=False, slots=True, weakref_slot=True)
class Node:
    """A variable, a constant, or an operation on other nodes; made by `variables` and by calculating with them.

    Outside its domain an operation has the value that NumPy gives it, with NumPy's warning: log(−1) is NaN and 1/0 is
    infinite (IEEE 754). At a kink the slope is that of the units: 0 at 0 for relu and abs.

    References
    ----------
    Goodfellow, Bengio & Courville, Deep Learning (2016), section 6.5.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> x, y = bnn.graph.variables("x y")
    >>> f = bnn.graph.sin(x * y) + x**2
    >>> f.evaluate(x=2, y=0)
    4.0
    >>> f.value_and_grad(x=2, y=0)
    (4.0, {'x': 4.0, 'y': 2.0})
    >>> f.derivative(y)
    cos(x * y) * x
    >>> f.derivative(x).derivative(x)
    -(y * sin(x * y) * y) + 2
    """

    operation: "Operation | None"
    parents: tuple["Node", ...]
    label: str
    """The name of a variable."""
    constant: float | None

    __array_ufunc__: ClassVar[None] = None  # so that np.float64(2) * x is a node, not an array of objects

    @property
    def is_variable(self) -> bool:
        return self.operation is None and self.constant is None

    @property
    def variables(self) -> tuple[str, ...]:
        """Names of the variables it depends on, from left to right in its formula."""
        return tuple(node.label for node in in_order(self) if node.is_variable)

    @property
    def n_nodes(self) -> int:
        """Distinct nodes in its graph: variables, constants and operations."""
        return len(in_order(self))

    def evaluate(self, /, **values: float | Array) -> Any:
        """Its value; arrays broadcast, so that one pass serves many points.

        A name that it does not depend on is no error: the derivative of x + y by x is a function of x and y too.

        Raises
        ------
        ModelError : a variable without a value, a value that is not a number.
        """
        return _plain(forward(self, self._numbers(values))[self])

    def value_and_grad(self, /, **values: float | Array) -> tuple[Any, dict[str, Any]]:
        """Its value and its slopes by all variables, in one forward and one backward pass (symbol-to-number).

        Raises
        ------
        ModelError : a variable without a value, a value that is not a number.
        """
        found, slopes = self.backprop(**values)
        return _plain(found[self]), {node.label: _plain(slopes[node]) for node in found if node.is_variable}

    def backprop(self, /, **values: float | Array) -> tuple[dict["Node", Any], dict["Node", Any]]:
        """The value u of every node of its graph, and ∂self/∂u of every node that is not constant.

        Raises
        ------
        ModelError : a variable without a value, a value that is not a number.
        """
        found = forward(self, self._numbers(values))
        return found, backward(self, found, np.ones_like(found[self])[()])

    def derivative(self, x: "Node") -> "Node":
        """∂self/∂x as another graph (symbol-to-symbol), 0 if it does not depend on the variable x.

        Raises
        ------
        ModelError : x is not a variable.
        """
        if not (isinstance(x, Node) and x.is_variable):
            raise ModelError(f"derivative: expected a variable, got {x!r}; make one with graph.variable(name)")
        return gradient(self).get(x.label, _constant(0))

    def _numbers(self, values: dict[str, float | Array]) -> dict[str, Any]:
        missing = [name for name in self.variables if name not in values]
        if missing:
            given = ", ".join(values) or "none"
            raise ModelError(
                f"graph: expected a value for each of {', '.join(self.variables)}, got {given}; "
                f"give {', '.join(missing)} too"
            )
        return {name: _real(name, values[name]) for name in self.variables}

    def __repr__(self) -> str:
        return formula(self)

    def __add__(self, other: "Node | float") -> "Node":
        return add.node(self, other)

    def __radd__(self, other: float) -> "Node":
        return add.node(other, self)

    def __sub__(self, other: "Node | float") -> "Node":
        return subtract.node(self, other)

    def __rsub__(self, other: float) -> "Node":
        return subtract.node(other, self)

    def __mul__(self, other: "Node | float") -> "Node":
        return multiply.node(self, other)

    def __rmul__(self, other: float) -> "Node":
        return multiply.node(other, self)

    def __truediv__(self, other: "Node | float") -> "Node":
        return divide.node(self, other)

    def __rtruediv__(self, other: float) -> "Node":
        return divide.node(other, self)

    def __pow__(self, other: "Node | float") -> "Node":
        return power.node(self, other)

    def __rpow__(self, other: float) -> "Node":
        return power.node(other, self)

    def __neg__(self) -> "Node":
        return negate.node(self)


@dataclass(frozen=True, eq=False)
class Operation:
    """A function with its partial derivatives; called on nodes it is a node, on numbers a number.

    partials : for each argument, ∂value/∂argument from the arguments and the value, in numbers or in nodes.
    identities : the simpler node that it is on such parents, or None.
    """

    name: str
    value: Callable[..., Any]
    partials: tuple[Callable[..., Any], ...]
    identities: Callable[..., Node | None] = lambda *parents: None

    def __call__(self, *args: Any) -> Any:
        if len(args) != len(self.partials):
            raise ModelError(f"graph.{self.name}: expected {len(self.partials)} argument, got {len(args)}")
        return self.node(*args) if any(isinstance(arg, Node) for arg in args) else self.value(*args)

    def node(self, *args: Node | float) -> Node:
        """The node that joins the arguments: folded if they are constants, simplified where it can be."""
        parents = tuple(arg if isinstance(arg, Node) else _constant(arg) for arg in args)
        if all(parent.constant is not None for parent in parents):
            return _constant(self.value(*(parent.constant for parent in parents)))
        simpler = self.identities(*parents)
        return the_node(operation=self, parents=parents) if simpler is None else simpler


log = Operation("log", np.log, (lambda a, y: 1 / a,))
negate = Operation("-", np.negative, (lambda a, y: -1.0,), simplify.negation)
add = Operation("+", np.add, (lambda a, b, y: 1.0, lambda a, b, y: 1.0), simplify.addition)
subtract = Operation("-", np.subtract, (lambda a, b, y: 1.0, lambda a, b, y: -1.0), simplify.subtraction)
multiply = Operation("*", np.multiply, (lambda a, b, y: b, lambda a, b, y: a), simplify.multiplication)
divide = Operation("/", np.divide, (lambda a, b, y: 1 / b, lambda a, b, y: -y / b), simplify.division)
power = Operation(
    "**", np.power, (lambda a, b, y: b * a ** (b - 1), lambda a, b, y: y * log(a)), simplify.exponentiation
)

_NODES: WeakValueDictionary[Hashable, Node] = WeakValueDictionary()


def the_node(
    *,
    operation: Operation | None = None,
    parents: tuple[Node, ...] = (),
    label: str = "",
    constant: float | None = None,
) -> Node:
    """The one node that is this: that of before, while it lives, or a new one."""
    key = operation, parents, label, repr(constant)  # 0.0 and −0.0 are two
    node = _NODES.get(key)
    if node is None:
        node = _NODES[key] = Node(operation, parents, label, constant)
    return node


def _constant(value: Any) -> Node:
    if not isinstance(value, Real):
        raise ModelError(f"graph: expected a node or a number, got {value!r}; give arrays to evaluate, as values")
    return the_node(constant=float(value))


def gradient(output: Node) -> dict[str, Node]:
    """The derivatives of one output by all its variables, as graphs, in one backward pass.

    Raises
    ------
    ModelError : not one node.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> x, y = bnn.graph.variables("x y")
    >>> bnn.graph.gradient(x**2 * y)
    {'x': 2 * (y * x), 'y': x ** 2}
    """
    if not isinstance(output, Node):
        raise ModelError(f"gradient: expected one node, a scalar output, got {output!r}; take one output at a time")
    nodes = {node: node for node in in_order(output)}
    slopes = backward(output, nodes, _constant(1))
    return {node.label: slopes[node] for node in nodes if node.is_variable}


def _real(name: str, value: Any) -> Any:
    numbers = np.asarray(value)
    if numbers.dtype.kind not in "biuf":
        raise ModelError(f"graph: expected a number or an array of numbers for {name}, got {value!r}")
    return numbers.astype(float)[()]


def _plain(value: Any) -> Any:
    """A number as Python's float, an array as it is."""
    return float(value) if np.ndim(value) == 0 else value
