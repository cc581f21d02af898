"""Training: stochastic gradient descent on the same posterior that is sampled."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from bayesnn.errors import SettingError, StartError
from bayesnn.estimation.course import Trained
from bayesnn.estimation.descent import Descent, Group
from bayesnn.estimation.held_out import Validation, hold_out
from bayesnn.estimation.maximum import initial_points
from bayesnn.estimation.optimum import Optimum
from bayesnn.executors import placed, spare_cores, works_here
from bayesnn.nn.dropout import Dropout
from bayesnn.nn.mlp import MLP
from bayesnn.optimizers.settings import whole
from bayesnn.optimizers.transforms import Transform
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import Executor, FloatArray, Seed
from bayesnn.randomness import generator
from bayesnn.threads import n_threads

_TOGETHER = 4
"""Members that an executor trains as one task: together they share calls of NumPy, apart the cores."""


def train(
    posterior: Posterior,
    *,
    optimizer: Transform,
    n_epochs: int,
    batch_size: int = 32,
    replacement: bool = False,
    start: ArrayLike | None = None,
    decay: bool = True,
    dropout: float = 0.0,
    validation: Validation | None = None,
    patience: int | None = None,
    n_members: int = 1,
    dtype: DTypeLike = np.float64,
    rng: Seed = 0,
    executor: Executor | None = None,
    on_epoch: Callable[[int], None] | None = None,
) -> Optimum:
    """Minibatch descent on J(θ) = −[ln p(y | θ) + ln p(θ)] / N.

    Each epoch shuffles the rows and goes through them in batches; the gradient of a batch of B rows is that of
    −(1/B) Σ_batch ln p(y_n | θ) − (1/N) ln p(θ), whose mean is the gradient of J. The prior's part *is* the weight
    decay: for N(0, τ²), θ / (N τ²). What decays is for the prior to say: one prior for the whole network,
    ``prior=Normal(0, τ)``, leaves biases free. The decay of `AdamW` comes on top and is no prior.

    Parameters
    ----------
    posterior : a model, a likelihood that is a sum over rows, and data.
    optimizer : `SGD` or `Adam`, say; its learning rate is a step per unit of the gradient of J.
    n_epochs : passes through the rows.
    batch_size : rows a step; a batch larger than the table is the table.
    replacement : False deals the rows of an epoch out in batches; True draws each batch anew from all of them.
    start : θ (P,), or (M, P) for M members; left out, a network begins with its initialization, other models with
        draws of the prior.
    decay : False leaves the prior out, so that the likelihood is maximized.
    dropout : probability of each hidden unit of an `MLP` to be left out of a step, drawn anew for each step and member;
        the weights found are those of the whole network. See `mc_dropout`.
    validation : rows by which training is judged after each epoch, by their mean log predictive density: a fraction,
        held out at random; another `Dataset`, in units of its own or those of the table; or (train rows, validation
        rows). The optimum is that of the remaining rows.
    patience : a member stops after so many epochs without a better validation, and keeps its best weights, not the
        last.
    n_members : train so many at once, each from a start of its own, on the same batches; the best of them, by
        validation or else by density, carries all of them as `members`, and as `ensemble` for `predict`.
    dtype : float64, or float32 for steps that cost less and are rounded to seven digits.
    executor : anything with `map`, to train members in parallel, four together at most; `Joblib(n_jobs=2)`, say. Left
        out, it is what joblib is configured for, and a training of more than a few seconds takes the cores to spare by
        itself. Members end where they would alone.
    on_epoch : called with the number of epochs done; not with an executor.

    A training that diverges keeps its best weights and says so in `message`.

    Raises
    ------
    SettingError : no epochs, an empty batch, patience without validation, correlated errors, a fraction that leaves no
        rows on one side; a learning rate with which the first epoch diverges; a dropout outside [0, 1).
    ModelError : dropout without hidden units, or before radial ones.
    StartError : a start where the density is not finite.
    DataError : validation rows that are not there, none, or also trained on.

    References
    ----------
    Robbins & Monro, A stochastic approximation method (1951); Goodfellow et al., Deep Learning (2016), sections 7.8
    and 8.1; Lakshminarayanan, Pritzel & Blundell, Simple and scalable predictive uncertainty estimation (2017).

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
    _check(posterior, n_epochs, batch_size, n_members, dtype)
    _check_patience(patience, validation)
    if executor is not None and on_epoch is not None:
        raise SettingError("train: expected no executor with on_epoch, got both; leave one out")
    noise = Dropout(posterior.model, dropout) if dropout else None
    random = generator(rng)
    theta = _starts(posterior, start, n_members, random)
    posterior, held = hold_out(posterior, validation, random)
    descent = Descent(
        posterior=posterior,
        held=held,
        optimizer=optimizer,
        n_epochs=n_epochs,
        batch_size=min(batch_size, posterior.rows.n_rows),
        n_members=n_members,
        replacement=replacement,
        decay=decay,
        noise=noise,
        patience=patience,
        dtype=dtype,
        rng=random,
        on_epoch=on_epoch,
    )
    members = [member for part in _parts(descent, theta, executor) for member in part]
    if not any(member.n_epochs for member in members):
        raise SettingError("train: expected a finite loss, got another in the first epoch; lower learning_rate")
    return _best(descent, members)


def _parts(descent: Descent, start: FloatArray, executor: Executor | None) -> Iterable[list[Trained]]:
    """All members at once; or where there are other workers, in groups of no more than a few."""
    n_groups = max(-(-len(start) // _TOGETHER), min(2, len(start)))
    if executor is None and descent.on_epoch is None and n_groups > 1:
        n = min(n_groups, spare_cores() // (n_threads() or 1))
        executor = placed(None, seconds=descent.seconds(start), n_processes=n)
    if executor is None or works_here(executor):
        return [descent((slice(0, len(start)), start))]
    return executor.map(descent, _groups(start, n_groups))


def _groups(start: FloatArray, n: int) -> list[Group]:
    """Members dealt out evenly."""
    edges = [i * len(start) // n for i in range(n + 1)]
    return [(slice(first, stop), start[first:stop]) for first, stop in pairwise(edges)]


def _best(descent: Descent, members: list[Trained]) -> Optimum:
    """The best member; each with its last weights, or its best ones if it diverged or could have been stopped early."""
    density = descent.posterior.blend(prior=float(descent.decay), log_det=0.0)
    early = descent.patience is not None
    rose = density(np.array([member.theta for member in members])) >= [
        member.history.log_density[0] for member in members
    ]
    theta = np.array([m.theta if ok and not early else m.best_theta for m, ok in zip(members, rose, strict=True)])
    values, slopes = density.value_and_grad(theta)
    optima = []
    for i, (member, slope) in enumerate(zip(members, np.max(np.abs(slopes), axis=1).tolist(), strict=True)):
        converged, message = _verdict(member.history.log_density, slope)
        if not rose[i]:
            converged, message = False, f"diverged; weights of epoch {member.best_epoch} kept; lower learning_rate"
        elif early:
            converged, message = False, f"{member.n_epochs} epochs; best validation in epoch {member.best_epoch}"
        n_evaluations = member.n_epochs * -(-descent.posterior.rows.n_rows // descent.batch_size)
        optima.append(Optimum(density, theta[i], "training", converged, message, n_evaluations, member.history))
    held = descent.held
    best = optima[int(np.argmax(values if held is None else held.log_likelihood(theta)))]
    return replace(best, members=tuple(optima)) if len(optima) > 1 else best


def _verdict(curve: FloatArray, slope: float) -> tuple[bool, str]:
    """Has the curve come to rest?"""
    tail = max(1, len(curve) // 10)
    rise = float(np.max(curve[-tail:]) - curve[-min(1 + tail, len(curve))])
    message = f"{len(curve) - 1} epochs; largest slope {slope:.1e}; the last tenth of them gained {rise:.1e} nats"
    return abs(rise) < 0.01 and slope < 1.0, message


def _starts(posterior: Posterior, start: ArrayLike | None, n_members: int, rng: np.random.Generator) -> FloatArray:
    if start is None:
        begins_itself = isinstance(posterior.model, MLP) and posterior.model.initialization != "prior"
        return initial_points(posterior, rng, n_members, prior_first=not begins_itself)
    theta = np.atleast_2d(posterior.parameters.checked(start)).astype(np.float64)
    if theta.shape != (n_members, posterior.n_params):
        raise StartError(f"start: expected one (P,) for each of {n_members} members, got shape {np.shape(start)}")
    return theta


def _check(posterior: Posterior, n_epochs: int, batch_size: int, n_members: int, dtype: DTypeLike) -> None:
    if not isinstance(posterior, Posterior):
        raise SettingError(
            f"train: expected a Posterior with rows, got {type(posterior).__name__}; maximize it instead"
        )
    for name, value in {"n_epochs": n_epochs, "batch_size": batch_size, "n_members": n_members}.items():
        whole(value, f"train: {name}")
    if np.dtype(dtype) not in (np.float64, np.float32):
        raise SettingError(f"train: expected dtype float64 or float32, got {np.dtype(dtype)}")
    if posterior.rows.root is not None:
        raise SettingError("train: expected errors row by row, got a covariance; use maximum_a_posteriori")


def _check_patience(patience: int | None, validation: Validation | None) -> None:
    if patience is None:
        return
    whole(patience, "train: patience")
    if validation is None:
        raise SettingError("train: expected validation rows for patience=, got none; pass validation=0.2, say")
