"""Checked settings of optimizers and schedules."""

from numbers import Real

from bayesnn.errors import SettingError


def positive(value: float, what: str) -> float:
    """A number above zero, or a SettingError."""
    if not isinstance(value, Real) or not 0 < value < float("inf"):
        raise SettingError(f"{what}: expected a positive number, got {value!r}; 0.001, say")
    return float(value)


def fraction(value: float, what: str) -> float:
    """A number in [0, 1), or a SettingError."""
    if not isinstance(value, Real) or not 0 <= value < 1:
        raise SettingError(f"{what}: expected a number in [0, 1), got {value!r}; 0.9, say")
    return float(value)


def whole(value: float, what: str) -> int:
    """A whole number above zero, or a SettingError."""
    if not isinstance(value, Real) or value != value or value < 1 or value != int(value):
        raise SettingError(f"{what}: expected a whole number >= 1, got {value!r}; 100, say")
    return int(value)
