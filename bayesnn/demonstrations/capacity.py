"""Capacity of networks: error on rows seen and unseen against hidden units, with and without weight decay."""

from collections.abc import Iterable
from functools import partial

import numpy as np

from bayesnn.data.dataset import Dataset, replace_fields
from bayesnn.distributions.flat import Flat
from bayesnn.distributions.normal import Normal
from bayesnn.errors import SettingError
from bayesnn.estimation.capacity_curve import CapacityCurve
from bayesnn.estimation.cross_validation import Splitter
from bayesnn.estimation.optimum import Optimum
from bayesnn.estimation.train import train
from bayesnn.estimation.validation_curve import validation_curve
from bayesnn.estimation.weight_decay import weight_decay_to_scale
from bayesnn.likelihoods.gaussian import Gaussian
from bayesnn.nn.mlp import MLP
from bayesnn.optimizers.adaptive import Adam
from bayesnn.optimizers.schedules import cosine
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import Executor, Seed
from bayesnn.randomness import seed_sequence

_STEPS = 1000
_SIGMA = 0.1
"""Of the likelihood in units of the standardized target: it cancels out of J, and sets the units of its prior."""


def capacity(
    data: Dataset,
    *,
    widths: Iterable[int] = (1, 2, 4, 8, 16),
    decays: Iterable[float] = (0.0, 0.003),
    cv: int | Splitter = 5,
    rng: Seed = 0,
    executor: Executor | None = None,
) -> CapacityCurve:
    """Training and validation error of networks with one hidden layer of tanh units, against their width.

    Each fit standardizes its training rows and goes down J = MSE + decay · Σ w², biases free of decay, by 1,000 steps
    of Adam on all rows; the decay is a Gaussian prior of scale τ = σ / √(n decay). As for polynomials, training error
    falls with capacity, and validation error rises in the end unless weights are held. Training that stops is itself a
    hold on capacity: more steps would fit the noise more closely.

    Parameters
    ----------
    data : in the units of the table, one target; error bars are not used.
    widths : of the hidden layer, rising.
    decays : weight decays >= 0; draw the result by ``plot.capacity_curve(result, xlabel="hidden units")``.
    cv, rng, executor : as in `cross_validate`; give a splitter a seed, so that all decays see the same folds.

    Raises
    ------
    SettingError : no widths, no decays, a decay below 0. ModelError : a width below 1. Others as in `cross_validate`.

    References
    ----------
    Goodfellow, Bengio & Courville, Deep Learning (2016), sections 5.2 and 7.1.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> result = bnn.demonstrations.capacity(bnn.load_dataset("hz"), widths=(1, 8), decays=(0.01,))
    >>> result.curves[0.01].scores.train_mean < 400                                         # (km/s/Mpc)²
    array([ True,  True])
    """
    chosen, rising = [float(decay) for decay in decays], tuple(widths)
    if not chosen or not all(0 <= decay < np.inf for decay in chosen):
        raise SettingError(f"decays: expected numbers >= 0, got {chosen}; (0.0, 0.003), say")
    seed = seed_sequence(rng)
    curve = partial(validation_curve, data=data, values=rising, cv=cv, rng=seed, executor=executor)
    return CapacityCurve({decay: curve(partial(_network, decay=decay)) for decay in chosen})


def _network(data: Dataset, width: int, *, decay: float) -> Optimum:
    table = replace_fields(data, yerr=None, cov=None).standardize()
    weights = Normal(0, weight_decay_to_scale(decay, sigma=_SIGMA, n=table.n_rows)) if decay else Flat()
    net = MLP((table.n_inputs, width, 1))
    posterior = Posterior(net, Gaussian(sigma=_SIGMA), prior=weights, data=table)
    return train(
        posterior,
        optimizer=Adam(learning_rate=cosine(0.1, n_steps=_STEPS)),
        n_epochs=_STEPS,
        batch_size=table.n_rows,
        start=net.initialize(np.random.default_rng(0), 1),
    )
