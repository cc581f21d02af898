"""The scalar graph against closed forms and differences, its cost counted, and the layered backprop against it."""

import math

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.errors import ModelError
from bayesnn.nn.graph import functions
from bayesnn.nn.graph.passes import backward, forward
from bayesnn.nn.units.elementwise import Elementwise
from bayesnn.nn.units.named import UNITS

g = bnn.graph
RNG = np.random.default_rng(1)
X, Y = g.variables("x y")
POINT = {"x": 0.7, "y": -1.3}

ONE_ARGUMENT = {name: getattr(functions, name) for name in (*functions.__all__, "step", "sign")}
EXPRESSIONS = {
    "sum": lambda x, y: x + y + (3 + x),
    "difference": lambda x, y: x - 3 * y - (2 - x) - (-y),
    "product": lambda x, y: 2 * x * y * (-x) * (y * 0.5),
    "quotient": lambda x, y: x / y + 2 / x - y / 3 + (-x) / (1 + y * y),
    "power": lambda x, y: x**3 + y**2 + x**-1.5 + x**y + 2**y,
    "negation": lambda x, y: -(-x * y) - -(x + y),
    "composite": lambda x, y: g.tanh(x * y) * g.exp(-(x**2)) / g.sqrt(1 + y**2),
    "textbook": lambda x, y: g.exp(g.sin(x) * g.softplus(y)) + g.log(1 + x * x),
}


def slope(function, x: float, h: float = 1e-5) -> float:
    """Central differences of fourth order."""
    return (8 * (function(x + h) - function(x - h)) - function(x + 2 * h) + function(x - 2 * h)) / (12 * h)


@pytest.mark.parametrize("at", [-1.7, -0.3, 0.4, 2.1])
@pytest.mark.parametrize("name", ONE_ARGUMENT)
def test_each_function_has_its_derivative(name: str, at: float) -> None:
    at = abs(at) if name in ("log", "sqrt") else at
    function = ONE_ARGUMENT[name]
    node = function(X)
    assert node.evaluate(x=at) == function(at)
    expected = slope(function, at)
    assert node.value_and_grad(x=at)[1]["x"] == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert node.derivative(X).evaluate(x=at) == pytest.approx(expected, rel=1e-9, abs=1e-9)
    second = slope(lambda z: node.derivative(X).evaluate(x=z), at)
    assert node.derivative(X).derivative(X).evaluate(x=at) == pytest.approx(second, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("name", "complex_function"),
    [
        ("exp", np.exp), ("log", np.log), ("sin", np.sin), ("cos", np.cos), ("tanh", np.tanh), ("sqrt", np.sqrt),
        ("sigmoid", lambda z: 1 / (1 + np.exp(-z))), ("softplus", lambda z: np.log(1 + np.exp(z))),
    ],
)  # fmt: skip
def test_analytic_functions_agree_with_a_complex_step(name: str, complex_function) -> None:
    exact = complex_function(0.6 + 1e-30j)
    value, grad = ONE_ARGUMENT[name](X).value_and_grad(x=0.6)
    assert value == pytest.approx(exact.real, rel=1e-14)
    assert grad["x"] == pytest.approx(exact.imag / 1e-30, rel=1e-13)


@pytest.mark.parametrize("build", EXPRESSIONS.values(), ids=EXPRESSIONS)
def test_expressions_of_nodes_are_those_of_numbers(build) -> None:
    node = build(X, Y)
    value, grad = node.value_and_grad(**POINT)
    assert value == node.evaluate(**POINT) == pytest.approx(build(0.7, -1.3), rel=1e-14)
    by_x, by_y = slope(lambda x: build(x, -1.3), 0.7), slope(lambda y: build(0.7, y), -1.3)
    assert [grad["x"], grad["y"]] == pytest.approx([by_x, by_y], rel=1e-9)
    symbols = g.gradient(node)
    assert [symbols[name].evaluate(**POINT) for name in "xy"] == pytest.approx([by_x, by_y], rel=1e-9)
    mixed = [node.derivative(X).derivative(Y), node.derivative(Y).derivative(X)]
    assert mixed[0].evaluate(**POINT) == pytest.approx(mixed[1].evaluate(**POINT), rel=1e-12)


@pytest.mark.parametrize("build", EXPRESSIONS.values(), ids=EXPRESSIONS)
def test_a_formula_read_again_is_the_same_node(build) -> None:
    names = {"x": X, "y": Y, **ONE_ARGUMENT}
    nodes = [build(X, Y), (-X) ** 2, -(X**2), X ** (-Y), X - (Y - X), X / (Y / X), (X**Y) ** 2, X ** (Y**2), (-2) ** X]
    for node in nodes:
        assert eval(str(node), names) is node


def test_the_hessian_of_rosenbrock() -> None:
    f = (1 - X) ** 2 + 100 * (Y - X**2) ** 2
    x, y = POINT.values()
    hessian = [[f.derivative(a).derivative(b).evaluate(**POINT) for b in (X, Y)] for a in (X, Y)]
    np.testing.assert_allclose(hessian, [[2 - 400 * (y - 3 * x * x), -400 * x], [-400 * x, 200]], rtol=1e-13)


def test_second_and_third_derivatives_of_sin_xy() -> None:
    f, x, y = g.sin(X * Y), 0.7, -1.3
    sin, cos = np.sin(x * y), np.cos(x * y)
    for by, expected in {(X, X): -y * y * sin, (X, Y): cos - x * y * sin, (X, X, X): -(y**3) * cos}.items():
        node = f
        for variable in by:
            node = node.derivative(variable)
        assert node.evaluate(**POINT) == pytest.approx(expected, rel=1e-13)


def test_a_subexpression_built_twice_is_one_node() -> None:
    assert X * Y is X * Y
    assert g.variables("x")[0] is X
    assert g.tanh(X * Y).derivative(Y) is g.tanh(X * Y).derivative(Y)
    assert X - Y is not Y - X
    twice = g.exp(X * Y) + g.sin(X * Y)
    assert twice.n_nodes == 6
    assert (twice * (X * Y) + 1.0).n_nodes == 9
    assert twice.variables == ("x", "y")


def test_derivatives_are_readable() -> None:
    w, b = g.variables("w b")
    assert str(g.tanh(w * X + b).derivative(w)) == "(1 - tanh(w * x + b) ** 2) * x"
    assert str(((X * Y - b) ** 2 / 2).derivative(b)) == "-(x * y - b)"
    assert str((3 * X**2).derivative(X)) == "6 * x"
    assert str((X * Y + b).derivative(b)) == "1"


@pytest.mark.parametrize(
    ("simplified", "expected"),
    [
        (0 + X, X), (X + 0, X), (X - 0, X), (0 - X, -X), (1 * X, X), (X * 1, X), (X / 1, X), (X**1, X), (-(X * -1), X),
        (-1 * X, -X), (X * 2 * 3, 6 * X), (X + -Y, X - Y), (X - -Y, X + Y), (-X * -Y, X * Y), (X * (1 / Y), X / Y),
    ],
)  # fmt: skip
def test_simplification(simplified, expected) -> None:
    assert simplified is expected


@pytest.mark.parametrize(("node", "value"), [(0 * X, 0), (X - X, 0), (X**0, 1), (0 / X, 0), (g.exp(0 * X), 1)])
def test_constants_are_folded(node, value: float) -> None:
    assert node.n_nodes == 1
    assert node.evaluate() == value


class Counted:
    """A number that counts the products and sums it takes part in."""

    operations = 0

    def __init__(self, value: float) -> None:
        self.value = value

    def __mul__(self, other: "Counted") -> "Counted":
        Counted.operations += 1
        return Counted(self.value * other.value)

    def __add__(self, other: "Counted") -> "Counted":
        Counted.operations += 1
        return Counted(self.value + other.value)


def test_each_edge_is_visited_once() -> None:
    f, steps = X, 60
    for _ in range(steps):
        f = f * f
    assert f.n_nodes == steps + 1
    Counted.operations = 0
    values = forward(f, {"x": Counted(1.0)})
    assert Counted.operations == steps
    slopes = backward(f, values, Counted(1.0))
    assert slopes[X].value == 2.0**steps
    # Two edges a node, a product each; the second also adds to the first.
    assert Counted.operations == steps + 3 * steps
    assert f.derivative(X).n_nodes <= 4 * f.n_nodes


def test_a_formula_grows_with_the_graph_not_with_its_expansion() -> None:
    f = X
    for _ in range(20):
        f = f * f
    assert len(str(f)) < 1000
    assert str(f).startswith("#1 = x * x * (x * x)")


def test_a_deep_graph_is_no_recursion() -> None:
    f = X
    for _ in range(10_000):
        f = g.sin(f) + X
    value, grad = f.value_and_grad(x=0.3)
    u, du = 0.3, 1.0
    for _ in range(10_000):
        u, du = np.sin(u) + 0.3, np.cos(u) * du + 1
    assert (value, grad["x"]) == pytest.approx((u, du), rel=1e-12)
    assert f.derivative(X).evaluate(x=0.3) == pytest.approx(du, rel=1e-12)
    assert len(str(f)) < 1_000_000


def test_arrays_are_many_points_at_once() -> None:
    f = EXPRESSIONS["composite"](X, Y)
    x, y = RNG.standard_normal((4, 1)), RNG.standard_normal(3)
    value, grad = f.value_and_grad(x=x, y=y)
    assert value.shape == grad["x"].shape == grad["y"].shape == (4, 3)
    one = f.value_and_grad(x=x[2, 0], y=y[1])
    assert (value[2, 1], grad["x"][2, 1], grad["y"][2, 1]) == pytest.approx((one[0], *one[1].values()), rel=1e-13)
    assert (X + Y).value_and_grad(x=x, y=y)[1]["x"].shape == (4, 3)


NETWORKS = {
    **{name: {"activation": name} for name in UNITS},
    "steep": {"activation": bnn.units.LeakyReLU(0.3)},
    "one piece": {"activation": bnn.units.Maxout(1)},
    "three pieces": {"activation": bnn.units.Maxout(3)},
    "low rank": {"rank": 2},
    "low rank pieces": {"activation": "maxout", "rank": 2},
    "one of each": {"activation": ["gelu", "radial", "maxout", "prelu"]},
}


@pytest.mark.parametrize("depth", range(5))
@pytest.mark.parametrize("name", NETWORKS)
def test_layered_backprop_is_that_of_the_graph(name: str, depth: int) -> None:
    settings = dict(NETWORKS[name])
    if name == "one of each":
        settings["activation"] = settings["activation"][:depth]
    net = bnn.MLP((2, *(3, 2, 3, 2)[:depth], 2), **settings)
    nodes = g.network(net)
    loss = sum((output - g.variable(f"y{k}")) ** 2 for k, output in enumerate(nodes.outputs)) / 2
    theta, x, y = RNG.standard_normal(net.n_params), RNG.standard_normal(2), RNG.standard_normal(2)
    at = {node.label: value for node, value in zip(nodes.inputs + nodes.parameters, (*x, *theta), strict=True)}
    value, grad = loss.value_and_grad(**at, y0=y[0], y1=y[1])
    outputs, backprop = net.forward(theta, x[None])
    assert value == pytest.approx(0.5 * np.sum((outputs - y) ** 2), rel=1e-12)
    expected = np.array([grad[node.label] for node in nodes.parameters])
    assert np.linalg.norm(backprop(outputs - y) - expected) <= 1e-12 * np.linalg.norm(expected)


def test_every_parameter_of_every_unit_is_a_variable() -> None:
    for settings in NETWORKS.values():
        net = bnn.MLP((2, 3, 3, 2, 2, 1), **{**settings, "activation": settings.get("activation", "tanh")})
        labels = [node.label for node in g.network(net).parameters]
        expected = [f"{b}[{', '.join(map(str, i))}]" for b, shape in net.blocks.items() for i in np.ndindex(*shape)]
        assert labels == expected


def test_a_unit_of_ones_own_has_no_graph() -> None:
    class Cube(Elementwise):
        def __call__(self, z, out=None):
            return np.power(z, 3, out=out), lambda: 3 * z * z

    with pytest.raises(ModelError, match=r"expected units of Identity, .*, Maxout, got .*Cube"):
        g.network(bnn.MLP((1, 2, 1), activation=Cube()))
    with pytest.raises(ModelError, match="expected an MLP, got LinearModel"):
        g.network(bnn.LinearModel(bnn.polynomial(degree=1)))


def test_weights_are_named_as_in_a_posterior(network) -> None:
    assert tuple(node.label for node in g.network(bnn.MLP((1, 2, 1))).parameters) == network(1, 2, 1).names


def test_outside_the_domain_numpy_decides() -> None:
    with np.errstate(all="ignore"):
        assert math.isnan(g.log(X).evaluate(x=-1))
        assert (1 / X).evaluate(x=0) == math.inf
        assert g.sqrt(X).value_and_grad(x=0) == (0.0, {"x": math.inf})
    with pytest.warns(RuntimeWarning, match="log"):
        g.log(X).evaluate(x=-1)


@pytest.mark.parametrize("act", [g.relu, g.abs])
def test_slope_at_a_kink_is_zero_as_in_the_units(act) -> None:
    assert act(X).value_and_grad(x=0) == (0.0, {"x": 0.0})


def test_a_variable_that_does_not_occur() -> None:
    assert g.sin(X).derivative(Y).evaluate() == 0
    assert (X * Y + X).derivative(Y).derivative(Y).evaluate(**POINT) == 0
    assert X.value_and_grad(**POINT) == (0.7, {"x": 1.0})


@pytest.mark.parametrize(
    ("act", "match"),
    [
        (lambda: (X * Y).evaluate(x=1), "value for each of x, y, got x; give y too"),
        (lambda: (X * Y).value_and_grad(), "got none"),
        (lambda: (X * Y).evaluate(x=1, z=2), "got x, z; give y"),
        (lambda: X.evaluate(x="one"), "number or an array of numbers for x, got 'one'"),
        (lambda: X.evaluate(x=1j), "number"),
        (lambda: X.evaluate(x=None), "number"),
        (lambda: X.derivative(X * Y), "expected a variable"),
        (lambda: X.derivative("x"), "expected a variable, got 'x'"),
        (lambda: g.gradient([X, Y]), "one output at a time"),
        (lambda: g.gradient(3.0), "expected one node"),
        (lambda: X + "y", "expected a node or a number"),
        (lambda: X * np.ones(3), "give arrays to evaluate"),
        (lambda: np.ones(3) * X, "give arrays to evaluate"),
        (lambda: g.exp(X, Y), "expected 1 argument, got 2"),
        (lambda: g.variables(""), "expected names"),
        (lambda: g.variables("x y x"), "each once"),
        (lambda: g.variables(["x"]), "expected names"),
        (lambda: g.variable(""), "expected a name"),
        (lambda: g.variable(3), "expected a name"),
    ],
)
def test_one_clear_error(act, match: str) -> None:
    with pytest.raises(ModelError, match=match):
        act()


def test_numbers_of_numpy_join_in() -> None:
    assert np.float64(2) * X is 2 * X
    assert X ** np.int64(2) is X**2
    assert g.exp(0.0) == 1.0
