"""Universal approximation: one hidden layer comes as close to a function as its width allows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from bayesnn.data.dataset import Dataset
from bayesnn.distributions.log_normal import LogNormal
from bayesnn.distributions.normal import Normal
from bayesnn.errors import DataError, SettingError
from bayesnn.estimation.train import train
from bayesnn.likelihoods.gaussian import Gaussian
from bayesnn.nn.mlp import MLP
from bayesnn.nn.units.unit import Unit
from bayesnn.optimizers.adaptive import Adam
from bayesnn.optimizers.schedules import cosine
from bayesnn.optimizers.settings import whole
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import FloatArray, Seed
from bayesnn.randomness import seed_sequence

_ROWS, _POINTS = 100, 1001
"""Where functions are fitted, and where they are judged."""
_STEPS = 2000


@dataclass(frozen=True, eq=False)
class Approximation:
    """A function at points x (M,), truth (M,), and the fits (V, M) of networks of V widths to it."""

    x: FloatArray = field(repr=False)
    truth: FloatArray = field(repr=False)
    widths: tuple[int, ...]
    fits: FloatArray = field(repr=False)

    @property
    def rms_errors(self) -> FloatArray:
        """Root mean square error over the interval (V,)."""
        return np.asarray(np.sqrt(np.mean(np.square(self.fits - self.truth), axis=1)))

    @property
    def largest_errors(self) -> FloatArray:
        """Largest error on the interval (V,), of which the theorem speaks."""
        return np.asarray(np.max(np.abs(self.fits - self.truth), axis=1))


def universal_approximation(
    function: Callable[[FloatArray], ArrayLike],
    *,
    widths: Sequence[int] = (1, 2, 4, 8, 16),
    interval: tuple[float, float] = (-1.0, 1.0),
    activation: str | Unit = "tanh",
    n_starts: int = 8,
    rng: Seed = 0,
) -> Approximation:
    """The error of 1-H-1 networks fitted to a function of one variable, against their width H.

    The function is fitted without noise at 100 points of the interval, scaled to mean 0 and sd 1 as a table is, by
    Adam in 2,000 steps under a trace of weight decay: a Gaussian likelihood of sd 0.01 and the prior N(0, 3²), of
    which the starts are drawn. The best of `n_starts` is taken. The theorem promises that weights exist; that training
    finds them is another matter, and keeps the curve from falling for ever.

    Parameters
    ----------
    function : x (M,) → (M,).

    Raises
    ------
    SettingError : no widths, widths or starts that are not whole and positive, an interval that is none.
    DataError : values of the function that are not finite numbers of the shape of x.

    References
    ----------
    Cybenko, Approximation by superpositions of a sigmoidal function (1989); Hornik, Stinchcombe & White, Multilayer
    feedforward networks are universal approximators (1989).

    Examples
    --------
    >>> import bayesnn as bnn, numpy as np
    >>> result = bnn.demonstrations.universal_approximation(lambda x: np.sin(5 * x), widths=(1, 2, 4))
    >>> result.rms_errors < [1.0, 0.5, 0.1]
    array([ True,  True,  True])
    """
    low, high = _ends(interval)
    chosen = tuple(whole(width, "widths") for width in widths)
    if not chosen:
        raise SettingError("widths: expected at least one, got none; (1, 2, 4, 8), say")
    x = np.linspace(low, high, _POINTS)
    truth, rows = _values(function, x), np.linspace(low, high, _ROWS)
    data = Dataset(rows, _values(function, rows)).standardize()
    seeds = seed_sequence(rng).spawn(len(chosen))
    fits = [_fit(data, width, activation, n_starts, seed, x) for width, seed in zip(chosen, seeds, strict=True)]
    return Approximation(x, truth, chosen, np.stack(fits))


def _fit(
    data: Dataset, width: int, activation: str | Unit, n_starts: int, seed: np.random.SeedSequence, x: FloatArray
) -> FloatArray:
    net = MLP((1, width, 1), activation=activation)
    prior = {"*": Normal(0, 3), **{name: LogNormal() for name in net.blocks if name.startswith("width")}}
    posterior = Posterior(net, Gaussian(sigma=0.01), prior=prior, data=data)
    best = train(
        posterior,
        optimizer=Adam(learning_rate=cosine(0.03, n_steps=_STEPS)),
        n_epochs=_STEPS,
        batch_size=_ROWS,
        n_members=whole(n_starts, "n_starts"),
        rng=seed,
    )
    return np.asarray(posterior.moments(best.theta, x[:, None])[0][:, 0])


def _ends(interval: tuple[float, float]) -> tuple[float, float]:
    try:
        low, high = (float(end) for end in interval)
    except (TypeError, ValueError):
        low, high = 0.0, 0.0
    if not (np.isfinite(high - low) and low < high):
        raise SettingError(f"interval: expected two numbers, the smaller first, got {interval!r}; (-1, 1), say")
    return low, high


def _values(function: Callable[[FloatArray], ArrayLike], x: FloatArray) -> FloatArray:
    values = np.asarray(function(x.copy()))
    if values.shape != x.shape or values.dtype.kind not in "biuf" or not np.all(np.isfinite(values)):
        raise DataError(
            f"function: expected finite numbers of shape {x.shape}, got {values.dtype} of shape {values.shape}; "
            "write it for an array of x, and choose an interval where it is finite"
        )
    if np.ptp(values) == 0:
        raise DataError("function: expected one that varies on the interval, got a constant; choose another")
    return values.astype(np.float64)
