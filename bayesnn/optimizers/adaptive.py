"""A learning rate of its own for each parameter: AdaGrad, RMSProp, Adam and AdamW."""

import numpy as np

from bayesnn.errors import SettingError
from bayesnn.optimizers.schedules import Schedule, as_schedule
from bayesnn.optimizers.settings import fraction, positive
from bayesnn.optimizers.transforms import (
    Transform,
    adapt_moments,
    chain,
    decay_weights,
    descend,
    divide_by_root_mean,
    divide_by_root_sum,
)


def AdaGrad(  # noqa: N802 - the field's name
    *, learning_rate: float | Schedule = 0.01, epsilon: float = 1e-10
) -> Transform:
    """s ← s + g², θ ← θ − learning_rate · g / (√s + epsilon): steps shrink where gradients were large.

    Parameters
    ----------
    learning_rate : a positive number, or a schedule.
    epsilon : positive; stands outside the root.

    Raises
    ------
    SettingError : a rate or an epsilon that is not positive.

    References
    ----------
    Duchi, Hazan & Singer, Adaptive subgradient methods, JMLR 12, 2121 (2011).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> found = bnn.minimize(lambda x: (x[0] - 3) ** 2, [0.0], optimizer=bnn.AdaGrad(learning_rate=1.0), n_steps=200)
    >>> found.theta.round(6)
    array([3.])
    """
    scale = divide_by_root_sum(positive(epsilon, "AdaGrad: epsilon"))
    return chain(scale, descend(as_schedule(learning_rate)))


def RMSProp(  # noqa: N802 - the field's name
    *, learning_rate: float | Schedule = 0.01, decay: float = 0.99, epsilon: float = 1e-8
) -> Transform:
    """s ← decay · s + (1 − decay) g², θ ← θ − learning_rate · g / (√s + epsilon): AdaGrad that forgets.

    Parameters
    ----------
    learning_rate : a positive number, or a schedule.
    decay : of the mean square, in [0, 1). The mean starts at zero and is not corrected for it, so that the first
        step is 1 / √(1 − decay) learning rates long.
    epsilon : positive; stands outside the root.

    Raises
    ------
    SettingError : a rate or an epsilon that is not positive, a decay outside [0, 1).

    References
    ----------
    Tieleman & Hinton, Neural Networks for Machine Learning, lecture 6.5 (2012).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> rate = bnn.schedules.exponential(0.1, half_life=30)
    >>> found = bnn.minimize(lambda x: (x[0] - 3) ** 2, [0.0], optimizer=bnn.RMSProp(learning_rate=rate), n_steps=500)
    >>> found.theta.round(3)
    array([3.])
    """
    scale = divide_by_root_mean(fraction(decay, "RMSProp: decay"), positive(epsilon, "RMSProp: epsilon"))
    return chain(scale, descend(as_schedule(learning_rate)))


def Adam(  # noqa: N802 - the field's name
    *, learning_rate: float | Schedule = 0.001, betas: tuple[float, float] = (0.9, 0.999), epsilon: float = 1e-8
) -> Transform:
    """Momentum and RMSProp together, both freed of their start at zero.

    m ← β₁ m + (1 − β₁) g,  s ← β₂ s + (1 − β₂) g²,  m̂ = m / (1 − β₁ᵗ),  ŝ = s / (1 − β₂ᵗ),
    θ ← θ − learning_rate · m̂ / (√ŝ + epsilon)

    Parameters
    ----------
    learning_rate : a positive number, or a schedule; the first step is this long in every component.
    betas : β₁ of the mean and β₂ of the mean square, in [0, 1).
    epsilon : positive; added to the corrected root √ŝ.

    Raises
    ------
    SettingError : a rate or an epsilon that is not positive, a beta outside [0, 1).

    References
    ----------
    Kingma & Ba, Adam: a method for stochastic optimization, ICLR (2015), algorithm 1.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> adam = bnn.Adam(learning_rate=bnn.schedules.cosine(0.1, n_steps=500))
    >>> stiff = lambda x: (x[0] - 3) ** 2 + 100 * (x[1] - 1) ** 2
    >>> bnn.minimize(stiff, [0.0, 0.0], optimizer=adam, n_steps=500).theta.round(3)
    array([3., 1.])
    """
    return chain(_moments("Adam", betas, epsilon), descend(as_schedule(learning_rate)))


def AdamW(  # noqa: N802 - the field's name
    *,
    learning_rate: float | Schedule = 0.001,
    weight_decay: float = 0.01,
    betas: tuple[float, float] = (0.9, 0.999),
    epsilon: float = 1e-8,
) -> Transform:
    """Adam whose weights decay by themselves: θ ← θ − learning_rate · [m̂ / (√ŝ + epsilon) + weight_decay · θ].

    The decay is not the gradient of any penalty, since it is not divided by √ŝ as the rest is. It is therefore *not* a
    Gaussian prior, and where it ends is no MAP estimate; for that, give the posterior a `Normal` prior and use `Adam`.
    All parameters decay, biases too.

    Parameters
    ----------
    learning_rate, betas, epsilon : as for `Adam`.
    weight_decay : positive.

    Raises
    ------
    SettingError : a rate, a decay or an epsilon that is not positive, a beta outside [0, 1).

    References
    ----------
    Loshchilov & Hutter, Decoupled weight decay regularization, ICLR (2019).

    Examples
    --------
    >>> import bayesnn as bnn, numpy as np
    >>> adam, theta = bnn.AdamW(learning_rate=0.1, weight_decay=0.5), np.array([2.0])
    >>> theta + adam.update(np.zeros(1), adam.init(theta), theta)[0]            # 2 (1 − 0.1 · 0.5)
    array([1.9])
    """
    decay = decay_weights(positive(weight_decay, "AdamW: weight_decay"))
    return chain(_moments("AdamW", betas, epsilon), decay, descend(as_schedule(learning_rate)))


def _moments(name: str, betas: tuple[float, float], epsilon: float) -> Transform:
    if np.shape(betas) != (2,):
        raise SettingError(f"{name}: expected two betas, got {betas!r}; (0.9, 0.999) is usual")
    mean, square = (fraction(beta, f"{name}: betas") for beta in betas)
    return adapt_moments(mean, square, positive(epsilon, f"{name}: epsilon"))
