"""Optimizers as chained transforms of a gradient, each with a state of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from bayesnn.optimizers.schedules import Schedule
from bayesnn.protocols import Array


@dataclass(frozen=True)
class Transform:
    """init(θ) → state and update(update, state) → (update, state); the first update is the gradient to descend."""

    init: Callable[[Array], Any]
    update: Callable[[Array, Any], tuple[Array, Any]]


def chain(*transforms: Transform) -> Transform:
    """Each transform acts on what the one before it hands on."""

    def init(theta: Array) -> Any:
        return tuple(transform.init(theta) for transform in transforms)

    def update(step: Array, states: Any) -> tuple[Array, Any]:
        kept = []
        for transform, state in zip(transforms, states, strict=True):
            step, state = transform.update(step, state)
            kept.append(state)
        return step, tuple(kept)

    return Transform(init, update)


def momentum(decay: float, *, nesterov: bool = False) -> Transform:
    """v ← decay · v + g; hands on v, or with Nesterov's look-ahead decay · v + g (Sutskever et al. 2013)."""

    def update(step: Array, velocity: Array) -> tuple[Array, Array]:
        velocity = decay * velocity + step
        return (decay * velocity + step if nesterov else velocity), velocity

    return Transform(np.zeros_like, update)


def descend(rate: Schedule) -> Transform:
    """−rate(step) times what comes in; the state is the step number."""
    return Transform(lambda theta: 0, lambda step, count: (-rate(count) * step, count + 1))
