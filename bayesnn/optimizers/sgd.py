"""Gradient descent, with momentum or without; stochastic if the gradient is."""

from bayesnn.optimizers.schedules import Schedule, as_schedule
from bayesnn.optimizers.settings import fraction
from bayesnn.optimizers.transforms import Transform, chain, descend
from bayesnn.optimizers.transforms import momentum as velocity


def SGD(  # noqa: N802 - the field's name
    *, learning_rate: float | Schedule, momentum: float = 0.0, nesterov: bool = False
) -> Transform:
    """v ← momentum · v + g, θ ← θ − learning_rate · v; Nesterov's form looks ahead by momentum · v.

    Parameters
    ----------
    learning_rate : a positive number, or a schedule from `bayesnn.optimizers.schedules`.
    momentum : in [0, 1).
    nesterov : look ahead.

    Raises
    ------
    SettingError : a rate that is not positive, a momentum outside [0, 1).

    References
    ----------
    Robbins & Monro (1951); Sutskever, Martens, Dahl & Hinton (2013).

    Examples
    --------
    >>> import bayesnn as bnn, numpy as np
    >>> descent, theta = bnn.SGD(learning_rate=0.1, momentum=0.5), np.array([1.0, -2.0])
    >>> state = descent.init(theta)
    >>> for _ in range(100):                                       # minimize |θ|²
    ...     step, state = descent.update(2 * theta, state, theta)
    ...     theta = theta + step
    >>> bool(np.abs(theta).max() < 1e-10)
    True
    """
    decay = fraction(momentum, "SGD: momentum")
    return chain(*([velocity(decay, nesterov=nesterov)] if decay else []), descend(as_schedule(learning_rate)))
