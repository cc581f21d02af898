"""Training: stochastic gradient descent on the same posterior that is sampled."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from bayesnn.errors import SettingError, StartError
from bayesnn.estimation.maximum import initial_points
from bayesnn.estimation.optimum import History, Optimum
from bayesnn.optimizers.transforms import Transform
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import Array, FloatArray, Seed
from bayesnn.randomness import generator


def train(
    posterior: Posterior,
    *,
    optimizer: Transform,
    n_epochs: int,
    batch_size: int = 32,
    start: ArrayLike | None = None,
    decay: bool = True,
    rng: Seed = 0,
    on_epoch: Callable[[int], None] | None = None,
) -> Optimum:
    """Minibatch descent on J(θ) = −[ln p(y | θ) + ln p(θ)] / N.

    Each epoch shuffles the rows and goes through them in batches; the gradient of a batch of B rows is that of
    −(1/B) Σ_batch ln p(y_n | θ) − (1/N) ln p(θ), whose mean is the gradient of J. The prior's part is the weight
    decay: for N(0, τ²), θ / (N τ²).

    Parameters
    ----------
    posterior : a model, a likelihood that is a sum over rows, and data.
    optimizer : `SGD`, say; its learning rate is a step per unit of the gradient of J.
    n_epochs : passes through the rows.
    batch_size : rows a step, drawn uniformly without replacement within an epoch.
    start : θ (P,); left out, drawn as for `maximum_a_posteriori` with the same `rng`.
    decay : False leaves the prior out, so that the likelihood is maximized.
    on_epoch : called with the number of epochs done.

    Raises
    ------
    SettingError : no epochs, an empty batch, correlated errors, a learning rate that diverges.
    StartError : a start where the density is not finite.

    References
    ----------
    Robbins & Monro, A stochastic approximation method (1951); Goodfellow et al., Deep Learning (2016), section 8.1.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> data = bnn.Dataset([0.0, 1.0, 2.0, 3.0], [1.0, 3.0, 5.0, 7.0], yerr=1.0)
    >>> line = bnn.LinearModel(bnn.polynomial(degree=1))
    >>> post = bnn.Posterior(line, bnn.Gaussian(), prior={"w": bnn.Normal(0, 1)}, data=data)
    >>> sgd = bnn.SGD(learning_rate=bnn.schedules.cosine(0.05, n_steps=1000), momentum=0.9)
    >>> opt = bnn.train(post, optimizer=sgd, n_epochs=500, batch_size=2)
    >>> bool(abs(opt.log_prob - bnn.maximum_a_posteriori(post).log_prob) < 1e-3)
    True
    """
    _check(posterior, n_epochs, batch_size)
    random = generator(rng)
    first = initial_points(posterior, random, 1)[0] if start is None else posterior.parameters.checked(start)
    theta = np.array(first, dtype=np.float64)
    full = posterior.blend(prior=float(decay), log_det=0.0)
    if theta.ndim != 1 or not np.isfinite(full(theta)):
        raise StartError("start: expected one vector (P,) with a finite log density, got another")
    n_rows, state = posterior.rows.n_rows, optimizer.init(theta)
    epochs, curve, every = [0], [float(full(theta))], max(1, n_epochs // 200)
    for epoch in range(1, n_epochs + 1):
        order = random.permutation(n_rows)
        for first_row in range(0, n_rows, batch_size):
            batch = order[first_row : first_row + batch_size]
            step, state = optimizer.update(-_batch_gradient(posterior, theta, batch, decay) / n_rows, state)
            theta = theta + step
        if epoch % every == 0 or epoch == n_epochs:
            epochs.append(epoch)
            curve.append(float(full(theta)))
            if not np.isfinite(curve[-1]):
                raise SettingError(
                    f"train: expected a finite loss, got {curve[-1]} in epoch {epoch}; lower learning_rate"
                )
        if on_epoch is not None:
            on_epoch(epoch)
    slope = float(np.max(np.abs(full.value_and_grad(theta)[1])))
    tail = max(1, len(curve) // 10)
    rise = max(curve[-tail:]) - curve[-1 - tail]
    message = f"{n_epochs} epochs; largest slope {slope:.1e}; the last tenth of them gained {rise:.1e} nats"
    history = History(np.array(epochs), np.array(curve))
    return Optimum(
        full, theta, "SGD", abs(rise) < 0.01 and slope < 1.0, message, n_epochs * -(-n_rows // batch_size), history
    )


def _batch_gradient(posterior: Posterior, theta: FloatArray, batch: Array, decay: bool) -> FloatArray:
    weight = posterior.rows.n_rows / len(batch)
    return posterior.take(batch).blend(likelihood=weight, prior=float(decay), log_det=0.0).value_and_grad(theta)[1]


def _check(posterior: Posterior, n_epochs: int, batch_size: int) -> None:
    if n_epochs < 1 or batch_size < 1:
        raise SettingError(f"train: expected n_epochs >= 1 and batch_size >= 1, got {n_epochs}, {batch_size}")
    if posterior.rows.root is not None:
        raise SettingError("train: expected errors row by row, got a covariance; use maximum_a_posteriori")
