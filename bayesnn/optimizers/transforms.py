"""Optimizers as chained transforms of a gradient, each with a state of its own.

θ is (..., P): leading axes are members that descend at once and know nothing of each other. No transform writes into
what it is given, so that a state may be kept and entered again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from bayesnn.optimizers.schedules import Schedule
from bayesnn.protocols import Array


@dataclass(frozen=True)
class Transform:
    """init(θ) → state and update(step, state, θ) → (step, state).

    The first step is the gradient to descend; the last is what to add to θ.
    """

    init: Callable[[Array], Any]
    update: Callable[[Array, Any, Array], tuple[Array, Any]]

    def then(self, following: "Transform") -> "Transform":
        """This transform, and another on what it hands on: ``clip_by_norm(1.0).then(Adam())``."""
        return chain(self, following)


def chain(*transforms: Transform) -> Transform:
    """Each transform acts on what the one before it hands on."""

    def init(theta: Array) -> Any:
        return tuple(transform.init(theta) for transform in transforms)

    def update(step: Array, states: Any, theta: Array) -> tuple[Array, Any]:
        kept = []
        for transform, state in zip(transforms, states, strict=True):
            step, state = transform.update(step, state, theta)
            kept.append(state)
        return step, tuple(kept)

    return Transform(init, update)


def descend(rate: Schedule) -> Transform:
    """−rate(t) times what comes in; the state is t, the steps taken."""
    return Transform(lambda theta: 0, lambda step, t, theta: (-rate(t) * step, t + 1))


def momentum(decay: float, *, nesterov: bool = False) -> Transform:
    """v ← decay · v + g; hands on v, or with Nesterov's look-ahead decay · v + g (Sutskever et al. 2013)."""

    def update(step: Array, velocity: Array, theta: Array) -> tuple[Array, Array]:
        velocity = _fading(decay, velocity, step)
        return (decay * velocity + step if nesterov else velocity), velocity

    return Transform(np.zeros_like, update)


def divide_by_root_sum(epsilon: float) -> Transform:
    """s ← s + g²; hands on g / (√s + epsilon) (Duchi, Hazan & Singer 2011)."""

    def update(step: Array, total: Array, theta: Array) -> tuple[Array, Array]:
        total = total + step * step
        return step / (np.sqrt(total) + epsilon), total

    return Transform(np.zeros_like, update)


def divide_by_root_mean(decay: float, epsilon: float) -> Transform:
    """s ← decay · s + (1 − decay) g²; hands on g / (√s + epsilon) (Tieleman & Hinton 2012)."""

    def update(step: Array, mean: Array, theta: Array) -> tuple[Array, Array]:
        mean = _average(decay, mean, step * step)
        return step / (np.sqrt(mean) + epsilon), mean

    return Transform(np.zeros_like, update)


def adapt_moments(decay: float, decay_squares: float, epsilon: float) -> Transform:
    """Fading sums m of g and s of g², as means m̂ and ŝ by their weights; hands on m̂ / (√ŝ + epsilon).

    These are the means of Kingma & Ba (2015), freed of their start at zero.
    """

    def init(theta: Array) -> tuple[Array, Array, int]:
        return np.zeros_like(theta), np.zeros_like(theta), 0

    def update(step: Array, state: tuple[Array, Array, int], theta: Array) -> tuple[Array, Any]:
        m, s, t = _fading(decay, state[0], step), _fading(decay_squares, state[1], step * step), state[2] + 1
        weights = (1 - decay**t) / (1 - decay), (1 - decay_squares**t) / (1 - decay_squares)  # 1 + decay + decay² + ...
        root = np.sqrt(s)
        root *= weights[0] / sqrt(weights[1])
        root += weights[0] * epsilon
        return np.divide(m, root, out=root), (m, s, t)

    return Transform(init, update)


def decay_weights(rate: float) -> Transform:
    """Hands on g + rate · θ."""
    return Transform(lambda theta: None, lambda step, state, theta: (step + rate * theta, state))


def _fading(decay: float, total: Array, new: Array) -> Array:
    """decay · total + new."""
    total = decay * total
    total += new
    return total


def _average(decay: float, mean: Array, new: Array) -> Array:
    """decay · mean + (1 − decay) · new."""
    average = decay * mean
    average += (1 - decay) * new
    return average
