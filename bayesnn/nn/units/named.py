"""Units by name."""

from bayesnn.errors import ModelError
from bayesnn.nn.units.maxout import Maxout
from bayesnn.nn.units.radial import Radial
from bayesnn.nn.units.rectifiers import Absolute, LeakyReLU, PReLU, ReLU
from bayesnn.nn.units.smooth import ELU, GELU, SiLU, Softplus
from bayesnn.nn.units.squashing import HardTanh, Identity, Sigmoid, Tanh
from bayesnn.nn.units.unit import Unit

UNITS: dict[str, Unit] = {
    "identity": Identity(),
    "sigmoid": Sigmoid(),
    "tanh": Tanh(),
    "hard_tanh": HardTanh(),
    "relu": ReLU(),
    "absolute": Absolute(),
    "leaky_relu": LeakyReLU(),
    "prelu": PReLU(),
    "elu": ELU(),
    "softplus": Softplus(),
    "silu": SiLU(),
    "gelu": GELU(),
    "maxout": Maxout(),
    "radial": Radial(),
}


def as_unit(value: object) -> Unit:
    """A unit as it is, or the one of that name.

    Raises
    ------
    ModelError : anything else; it lists the names.
    """
    if isinstance(value, str) and value in UNITS:
        return UNITS[value]
    if isinstance(value, Unit) and not isinstance(value, type):
        return value
    raise ModelError(
        f"activation: expected a unit such as bnn.units.Tanh() or one of {', '.join(UNITS)}, got {value!r}"
    )


def name_of(unit: Unit) -> str:
    """Its name, or how it is written where it has none."""
    return next((name for name, named in UNITS.items() if named == unit), repr(unit))
