"""Variables, where a graph begins."""

from bayesnn.errors import ModelError
from bayesnn.nn.graph.node import Node, the_node


def variable(name: str) -> Node:
    """The variable of that name: two of one name are one.

    Raises
    ------
    ModelError : no name.
    """
    if not (isinstance(name, str) and name.strip()):
        raise ModelError(f"variable: expected a name, got {name!r}; 'x', say")
    return the_node(label=name)


def variables(names: str) -> tuple[Node, ...]:
    """Variables by names with blanks or commas between them.

    Raises
    ------
    ModelError : no names, or one twice.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> bnn.graph.variables("x y")
    (x, y)
    """
    found = names.replace(",", " ").split() if isinstance(names, str) else []
    if not found or len(set(found)) < len(found):
        raise ModelError(f"variables: expected names, each once, got {names!r}; 'x y', say")
    return tuple(variable(name) for name in found)
