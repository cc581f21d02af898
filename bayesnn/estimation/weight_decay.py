"""Weight decay seen for what it is: a Gaussian prior on the weights."""

from bayesnn.errors import SettingError


def weight_decay_to_scale(lam: float, *, sigma: float, n: int) -> float:
    """Scale τ of the Gaussian prior that J = MSE + lam · wᵀw stands for: τ = σ / √(n · lam).

    Parameters
    ----------
    lam : the decay, positive; sigma : noise standard deviation, in the units of y; n : number of rows.

    References
    ----------
    Bishop, Pattern Recognition and Machine Learning (2006), equation 1.67.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> bnn.weight_decay_to_scale(0.01, sigma=0.5, n=25)
    1.0
    """
    _check(lam, sigma, n)
    return float(sigma / (n * lam) ** 0.5)


def scale_to_weight_decay(scale: float, *, sigma: float, n: int) -> float:
    """The decay of J = MSE + lam · wᵀw that a Gaussian prior N(0, scale²) stands for: lam = σ² / (n scale²).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> bnn.scale_to_weight_decay(1.0, sigma=0.5, n=25)
    0.01
    """
    _check(scale, sigma, n)
    return float(sigma**2 / (n * scale**2))


def _check(*values: float) -> None:
    if not all(value > 0 for value in values):
        raise SettingError(f"weight decay: expected positive numbers, got {values}; no decay is a Flat() prior")
