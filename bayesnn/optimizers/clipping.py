"""Gradients kept from being too large: one bad batch moves θ by a bounded step."""

import numpy as np

from bayesnn.optimizers.settings import positive
from bayesnn.optimizers.transforms import Transform
from bayesnn.protocols import Array


def clip_by_norm(limit: float) -> Transform:
    """g · min(1, limit / |g|), |g| the Euclidean norm over all P parameters of a member: the direction stays.

    Raises
    ------
    SettingError : a limit that is not positive.

    References
    ----------
    Pascanu, Mikolov & Bengio, On the difficulty of training recurrent neural networks (2013).

    Examples
    --------
    >>> import bayesnn as bnn, numpy as np
    >>> theta, gradient = np.zeros(2), np.array([30.0, 40.0])
    >>> descent = bnn.clip_by_norm(5.0).then(bnn.SGD(learning_rate=0.1))
    >>> descent.update(gradient, descent.init(theta), theta)[0]
    array([-0.3, -0.4])
    """
    most = positive(limit, "clip_by_norm: limit")

    def update(step: Array, state: None, theta: Array) -> tuple[Array, None]:
        norm = np.sqrt(np.sum(step * step, axis=-1, keepdims=True))
        return step * (most / np.maximum(norm, most)), state

    return Transform(lambda theta: None, update)


def clip_by_value(limit: float) -> Transform:
    """Each component of g brought into [−limit, limit].

    Raises
    ------
    SettingError : a limit that is not positive.

    References
    ----------
    Goodfellow, Bengio & Courville, Deep Learning (2016), section 10.11.1.

    Examples
    --------
    >>> import bayesnn as bnn, numpy as np
    >>> theta, gradient = np.zeros(2), np.array([30.0, 0.5])
    >>> descent = bnn.clip_by_value(1.0).then(bnn.SGD(learning_rate=0.1))
    >>> descent.update(gradient, descent.init(theta), theta)[0]
    array([-0.1 , -0.05])
    """
    most = positive(limit, "clip_by_value: limit")
    return Transform(lambda theta: None, lambda step, state, theta: (np.clip(step, -most, most), state))
