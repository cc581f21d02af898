"""Learning rates over time: functions of the step number."""

from collections.abc import Callable

import numpy as np

from bayesnn.errors import SettingError

Schedule = Callable[[int], float]


def constant(value: float) -> Schedule:
    """The same rate at every step."""
    return lambda step: value


def cosine(value: float, *, n_steps: int, final: float = 0.0) -> Schedule:
    """From `value` to `final` along half a cosine in n_steps (Loshchilov & Hutter 2017).

    Examples
    --------
    >>> from bayesnn.optimizers.schedules import cosine
    >>> rate = cosine(1.0, n_steps=10)
    >>> rate(0), round(rate(5), 6), rate(10), rate(11)
    (1.0, 0.5, 0.0, 0.0)
    """

    def rate(step: int) -> float:
        progress = min(step / n_steps, 1.0)
        return float(final + 0.5 * (value - final) * (1 + np.cos(np.pi * progress)))

    return rate


def inverse_time(value: float, *, half_life: float) -> Schedule:
    """value / (1 + step / half_life): its sum diverges and its squares' does not (Robbins & Monro 1951).

    Examples
    --------
    >>> from bayesnn.optimizers.schedules import inverse_time
    >>> inverse_time(1.0, half_life=10)(10)
    0.5
    """
    return lambda step: value / (1 + step / half_life)


def as_schedule(rate: float | Schedule) -> Schedule:
    """A number is a constant schedule."""
    if callable(rate):
        return rate
    if not rate > 0:
        raise SettingError(f"learning_rate: expected a positive number or a schedule, got {rate}")
    return constant(float(rate))
