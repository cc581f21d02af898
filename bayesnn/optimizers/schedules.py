"""Learning rates over time: functions of the step number, which counts from zero."""

from collections.abc import Callable
from math import cos, pi

from bayesnn.errors import SettingError
from bayesnn.optimizers.settings import positive, whole

Schedule = Callable[[int], float]


def constant(value: float) -> Schedule:
    """The same rate at every step."""
    rate = positive(value, "constant: value")
    return lambda step: rate


def step_decay(value: float, *, factor: float, every: int) -> Schedule:
    """value · factor^⌊step / every⌋: a drop by `factor` after each `every` steps.

    Examples
    --------
    >>> from bayesnn.optimizers.schedules import step_decay
    >>> rate = step_decay(1.0, factor=0.5, every=10)
    >>> rate(9), rate(10), rate(20)
    (1.0, 0.5, 0.25)
    """
    start, drop = positive(value, "step_decay: value"), positive(factor, "step_decay: factor")
    length = whole(every, "step_decay: every")
    return lambda step: start * drop ** (step // length)


def exponential(value: float, *, half_life: float) -> Schedule:
    """value · 2^(−step / half_life).

    Examples
    --------
    >>> from bayesnn.optimizers.schedules import exponential
    >>> rate = exponential(1.0, half_life=10)
    >>> rate(0), rate(10), rate(20)
    (1.0, 0.5, 0.25)
    """
    start, life = positive(value, "exponential: value"), positive(half_life, "exponential: half_life")
    return lambda step: start * 2.0 ** (-step / life)


def cosine(value: float, *, n_steps: int, final: float = 0.0) -> Schedule:
    """From `value` to `final` along half a cosine in n_steps (Loshchilov & Hutter 2017).

    Examples
    --------
    >>> from bayesnn.optimizers.schedules import cosine
    >>> rate = cosine(1.0, n_steps=10)
    >>> rate(0), round(rate(5), 6), rate(10), rate(11)
    (1.0, 0.5, 0.0, 0.0)
    """
    start, length = positive(value, "cosine: value"), whole(n_steps, "cosine: n_steps")
    if not 0 <= final <= start:
        raise SettingError(f"cosine: expected final between 0 and value = {start:g}, got {final}")
    return lambda step: final + 0.5 * (start - final) * (1 + cos(pi * min(step / length, 1.0)))


def inverse_time(value: float, *, half_life: float) -> Schedule:
    """value / (1 + step / half_life): its sum diverges and its squares' does not (Robbins & Monro 1951).

    Examples
    --------
    >>> from bayesnn.optimizers.schedules import inverse_time
    >>> inverse_time(1.0, half_life=10)(10)
    0.5
    """
    start, life = positive(value, "inverse_time: value"), positive(half_life, "inverse_time: half_life")
    return lambda step: start / (1 + step / life)


def as_schedule(rate: float | Schedule) -> Schedule:
    """A number is a constant schedule."""
    return rate if callable(rate) else constant(positive(rate, "learning_rate"))
