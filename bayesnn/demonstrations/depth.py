"""Depth against width: networks of about equal numbers of parameters on a line that was folded."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from bayesnn.data.dataset import Dataset
from bayesnn.distributions.normal import Normal
from bayesnn.errors import SettingError
from bayesnn.estimation.train import train
from bayesnn.likelihoods.gaussian import Gaussian
from bayesnn.nn.mlp import MLP
from bayesnn.nn.units.unit import Unit
from bayesnn.optimizers.adaptive import Adam
from bayesnn.optimizers.schedules import cosine
from bayesnn.optimizers.settings import whole
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import FloatArray, Seed
from bayesnn.randomness import generator

_ROWS, _POINTS, _BATCH, _EPOCHS = 129, 1001, 16, 500


@dataclass(frozen=True, eq=False)
class DepthAgainstWidth:
    """The folded line, truth (M,) at x (M,), and the fits (A, S, M) of A architectures from S starts each."""

    hidden: tuple[tuple[int, ...], ...]
    n_params: tuple[int, ...]
    x: FloatArray = field(repr=False)
    truth: FloatArray = field(repr=False)
    fits: FloatArray = field(repr=False)

    @property
    def errors(self) -> FloatArray:
        """Root mean square error at points between those that were fitted, of each architecture and start (A, S)."""
        return np.asarray(np.sqrt(np.mean(np.square(self.fits - self.truth), axis=-1)))

    @property
    def best(self) -> FloatArray:
        """The fit of the start with the least error, of each architecture (A, M)."""
        return np.asarray(self.fits[np.arange(len(self.fits)), np.argmin(self.errors, axis=1)])


def depth_against_width(
    *,
    n_folds: int = 3,
    hidden: Sequence[Sequence[int]] = ((11,), (4, 4), (3, 3, 3)),
    activation: str | Unit = "absolute",
    n_seeds: int = 16,
    rng: Seed = 0,
) -> DepthAgainstWidth:
    """Deep narrow networks against a shallow wide one, on the line x in [−1, 1] folded `n_folds` times.

    A fold is f ← 1 − 2 |f|, so that the target is a zigzag of 2^n straight pieces. A hidden layer that folds, as units
    |z| do, doubles the pieces of what comes before; in one layer each unit adds but one. The default architectures
    have 34, 33 and 34 parameters, and eleven units suffice to *represent* the eight pieces of three folds in one layer
    too: what the deep ones gain here is that training finds them. Prior N(0, 3²), Gaussian likelihood of sd 0.05, 500
    epochs of Adam from `n_seeds` initializations.

    Raises
    ------
    SettingError : no folds or seeds, no architectures. ModelError : widths or units that do not exist.

    References
    ----------
    Montúfar, Pascanu, Cho & Bengio, On the number of linear regions of deep neural networks (2014); Telgarsky, Benefits
    of depth in neural networks (2016); Goodfellow, Bengio & Courville, Deep Learning (2016), section 6.4.1.

    Examples
    --------
    >>> import bayesnn as bnn, numpy as np
    >>> result = bnn.demonstrations.depth_against_width()
    >>> result.n_params, np.quantile(result.errors, 0.25, axis=1) < [1.0, 0.5, 0.1]
    ((34, 33, 34), array([ True,  True,  True]))
    """
    n_folds, n_seeds = whole(n_folds, "n_folds"), whole(n_seeds, "n_seeds")
    chosen = tuple(tuple(widths) for widths in hidden)
    if not chosen:
        raise SettingError("hidden: expected at least one architecture, got none; ((11,), (3, 3, 3)), say")
    nets = [MLP((1, *widths, 1), activation=activation) for widths in chosen]
    random, x, rows = generator(rng), np.linspace(-1, 1, _POINTS), np.linspace(-1, 1, _ROWS)
    data = Dataset(rows, folded(rows, n_folds))
    fits = [_fits(net, data, n_seeds, random, x) for net in nets]
    return DepthAgainstWidth(chosen, tuple(net.n_params for net in nets), x, folded(x, n_folds), np.stack(fits))


def folded(x: FloatArray, n_folds: int) -> FloatArray:
    """x in [−1, 1] folded so many times."""
    for _ in range(n_folds):
        x = 1 - 2 * np.abs(x)
    return x


def _fits(net: MLP, data: Dataset, n_seeds: int, rng: np.random.Generator, x: FloatArray) -> FloatArray:
    posterior = Posterior(net, Gaussian(sigma=0.05), prior={"*": Normal(0, 3)}, data=data)
    n_steps = _EPOCHS * -(-_ROWS // _BATCH)
    best = train(
        posterior,
        optimizer=Adam(learning_rate=cosine(0.03, n_steps=n_steps)),
        n_epochs=_EPOCHS,
        batch_size=_BATCH,
        start=net.initialize(rng, n_seeds),
        n_members=n_seeds,
        rng=rng,
    )
    return np.asarray(posterior.outputs(best.ensemble.theta, x[:, None])[..., 0])
