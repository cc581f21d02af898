"""One contract for every unit, and the limits in which units become each other."""

import numpy as np
import pytest
from scipy import special

import bayesnn as bnn
from bayesnn.errors import ModelError
from bayesnn.nn.layers.layer import Slope
from bayesnn.nn.units import hyperbolic
from bayesnn.nn.units.elementwise import Elementwise
from bayesnn.nn.units.named import UNITS, as_unit

RNG = np.random.default_rng(0)
MEMBERS = {**UNITS, "leaky_relu(-0.5)": bnn.units.LeakyReLU(-0.5), "maxout(3)": bnn.units.Maxout(3)}
FORMULAS = {
    "identity": lambda z: z,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "tanh": lambda z: (np.exp(z) - np.exp(-z)) / (np.exp(z) + np.exp(-z)),
    "hard_tanh": lambda z: np.where(np.abs(z) < 1, z, np.sign(z)),
    "relu": lambda z: np.where(z > 0, z, 0),
    "absolute": lambda z: np.where(z > 0, z, -z),
    "leaky_relu": lambda z: np.where(z > 0, z, z / 100),
    "leaky_relu(-0.5)": lambda z: np.where(z > 0, z, -z / 2),
    "elu": lambda z: np.where(z > 0, z, np.exp(z) - 1),
    "softplus": lambda z: np.log(1 + np.exp(z)),
    "silu": lambda z: z / (1 + np.exp(-z)),
    "gelu": lambda z: z * (1 + special.erf(z / np.sqrt(2))) / 2,
}
ELEMENTWISE = {name: unit for name, unit in MEMBERS.items() if isinstance(unit, Elementwise)}


def run(unit, z, own=None):
    """Activations of z (..., sums, N), and the backprop: dL/da → dL/dz, dL/d(own)."""
    n_units = z.shape[-2] // getattr(unit, "pieces", 1)
    params = np.full((*z.shape[:-2], n_units if unit.own else 0), 0.7 if own is None else own, z.dtype)
    out = np.full((*z.shape[:-2], n_units, z.shape[-1]), np.nan, z.dtype)
    backprop = unit.forward(params, z, out)

    def both(grad):
        slots = np.full(params.shape, np.nan, z.dtype)
        return backprop(Slope(grad), slots).whole, slots

    return out, both


def sums(unit, dtype=np.float64):
    """Some pre-activations that are possible for a unit: squared distances are positive."""
    z = 2 * RNG.standard_normal((3, 6, 50))
    return (np.abs(z) if unit.own == "width" else z).astype(dtype)


@pytest.mark.parametrize("unit", MEMBERS.values(), ids=MEMBERS)
def test_gradients_by_the_sums_and_by_own_parameters(unit) -> None:
    z = sums(unit)
    out, backprop = run(unit, z)
    weight, h = RNG.standard_normal(out.shape), 1e-6
    dz, down = backprop(weight)
    direction = RNG.standard_normal(z.shape)
    numeric = np.sum(weight * (run(unit, z + h * direction)[0] - run(unit, z - h * direction)[0])) / (2 * h)
    assert np.sum(dz * direction) == pytest.approx(numeric, rel=1e-7)
    if unit.own:
        numeric = weight * (run(unit, z, own=0.7 + h)[0] - run(unit, z, own=0.7 - h)[0]) / (2 * h)
        np.testing.assert_allclose(down, numeric.sum(axis=-1), rtol=1e-7)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("unit", MEMBERS.values(), ids=MEMBERS)
def test_saturation_without_overflow_at_a_thousand(unit, dtype) -> None:
    z = np.resize(np.array([-1e3, -1.0, 0.0, 1.0, 1e3], dtype=dtype), (6, 5))
    z = np.square(z) if unit.own == "width" else z
    for own in (0.0, 1e-20, 1.0, 1e3):
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            a, backprop = run(unit, z, own=own)
            slopes = backprop(np.ones_like(a))
        for array in (a, *slopes):
            assert array.dtype == dtype
            assert np.all(np.isfinite(array))


@pytest.mark.parametrize("unit", MEMBERS.values(), ids=MEMBERS)
def test_nothing_that_is_given_is_changed_and_backprop_can_be_asked_twice(unit) -> None:
    z = sums(unit)
    kept = z.copy()
    out, backprop = run(unit, z)
    activations, weight = out.copy(), RNG.standard_normal(out.shape)
    given = weight.copy()
    first, again = backprop(weight), backprop(weight)
    for left, right in zip(first, again, strict=True):
        np.testing.assert_array_equal(left, right)
    for now, before in ((z, kept), (out, activations), (weight, given)):
        np.testing.assert_array_equal(now, before)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_formula_shape_and_parity(name: str) -> None:
    unit = ELEMENTWISE[name]
    for shape in ((), (7,), (2, 3, 4)):
        z = np.asarray(3 * RNG.standard_normal(shape))
        a, derivative = unit(z)
        assert np.shape(a) == np.shape(derivative()) == shape
        assert not np.shares_memory(derivative(), a)
        assert not np.shares_memory(derivative(), z)
        np.testing.assert_allclose(a, FORMULAS[name](z), rtol=1e-12, atol=1e-14)
        is_even_or_odd = np.allclose(unit(-z)[0], -a), np.allclose(unit(-z)[0], a)
        assert is_even_or_odd == (unit.parity == -1, unit.parity == 1)
    out = np.empty(shape)
    assert unit(z, out)[0] is out


def test_every_unit_has_a_formula_here() -> None:
    assert set(FORMULAS) == set(ELEMENTWISE)
    assert set(bnn.units.__all__) == {type(unit).__name__ for unit in UNITS.values()}
    assert len(bnn.units.__all__) == len(UNITS)


@pytest.mark.parametrize(
    ("slope", "same"), [(0.0, "relu"), (1.0, "identity"), (-1.0, "absolute"), (0.01, "leaky_relu")]
)
def test_parametric_rectifiers_become_the_others(slope: float, same: str) -> None:
    z = sums(UNITS["prelu"])
    weight = RNG.standard_normal(z.shape)
    for unit in (UNITS["prelu"], bnn.units.LeakyReLU(slope)):
        a, backprop = run(unit, z, own=slope)
        other, derivative = UNITS[same](z)
        np.testing.assert_allclose(a, other, rtol=1e-15)
        np.testing.assert_allclose(backprop(weight)[0], weight * derivative(), rtol=1e-15)


def test_maxout_takes_the_largest_sum_of_each_unit() -> None:
    z = sums(UNITS["maxout"])
    np.testing.assert_array_equal(run(bnn.units.Maxout(1), z)[0], z)
    np.testing.assert_array_equal(run(bnn.units.Maxout(3), z)[0], np.maximum(np.maximum(z[:, :2], z[:, 2:4]), z[:, 4:]))
    mirrored = np.concatenate([z, -z], axis=1)
    np.testing.assert_array_equal(run(bnn.units.Maxout(2), mirrored)[0], np.abs(z))


def test_radial_units_are_half_as_high_at_their_half_width() -> None:
    distance = np.array([[0.0, np.sqrt(2 * np.log(2)), 3.0]]) * 0.4
    np.testing.assert_allclose(run(bnn.units.Radial(), distance**2, own=0.4)[0], [[1, 0.5, np.exp(-4.5)]], rtol=1e-14)


@pytest.mark.parametrize("bad", ["tangent", None, 3, np.tanh, bnn.units.Tanh, ""])
def test_what_is_not_a_unit_is_answered_by_their_names(bad) -> None:
    with pytest.raises(ModelError, match=r"activation: expected a unit .*, sigmoid, tanh, .*, got"):
        as_unit(bad)


@pytest.mark.parametrize("pieces", [0, -2, 1.5, "2", None])
def test_maxout_wants_whole_pieces(pieces) -> None:
    with pytest.raises(ModelError, match="Maxout: expected a whole number of pieces, at least 1, got"):
        bnn.units.Maxout(pieces)


@pytest.mark.parametrize("slope", [np.nan, np.inf, "steep", None, [0.1]])
def test_leaky_units_want_a_finite_slope(slope) -> None:
    with pytest.raises(ModelError, match="LeakyReLU: expected a finite number as slope, got"):
        bnn.units.LeakyReLU(slope)


@pytest.mark.parametrize(
    ("way", "dtype", "most"), [(hyperbolic._by_table, np.float64, 2), (hyperbolic._by_exponentials, np.float32, 3)]
)
def test_tanh_in_ways_of_our_own_is_exact_to_rounding_of_one(way, dtype, most) -> None:
    scales = 10.0 ** RNG.uniform(-8, 2, size=100_000)
    z = np.concatenate([scales * RNG.standard_normal(100_000), [0, -0.0, 19.06, -19.07, 20, 1e30, -1e300, np.inf]])
    with np.errstate(over="ignore"):
        z = z.astype(dtype)
    exact = np.tanh(z.astype(np.longdouble))
    with np.errstate(over="ignore"):
        assert np.max(np.abs(way(z, None) - exact)) <= most * np.finfo(dtype).eps
    assert np.isnan(way(np.array([np.nan], dtype), None)[0])


def test_tanh_by_its_table_keeps_the_digits_of_small_numbers() -> None:
    z = 10.0 ** RNG.uniform(-300, 0, size=100_000)
    np.testing.assert_allclose(hyperbolic._by_table(z, None), np.tanh(z.astype(np.longdouble)), rtol=2e-13)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_tanh_by_its_own_ways_warns_of_nothing(dtype, monkeypatch) -> None:
    monkeypatch.setattr(hyperbolic, "_slow_types", "fd")
    z = np.array([0.0, 1e-38, 1e-30, 1.0, 1e3, 1e30, -1e30, np.inf, -np.inf], dtype)
    with np.errstate(all="raise"):
        np.testing.assert_allclose(hyperbolic.tanh(z), np.tanh(z), rtol=0, atol=3 * np.finfo(dtype).eps)
        if dtype is np.float64:
            assert hyperbolic.tanh(np.array([1e-300]))[0] == 1e-300
