"""Regression by a network, as scikit-learn does it."""

from collections.abc import Sequence
from numbers import Real
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import MultiOutputMixin, RegressorMixin
from sklearn.utils.validation import validate_data

from bayesnn.data.dataset import Dataset
from bayesnn.distributions.half_normal import HalfNormal
from bayesnn.distributions.inverse_gamma import InverseGamma
from bayesnn.errors import SettingError
from bayesnn.estimators.bayesian_mlp import BayesianMLP
from bayesnn.estimators.network import PriorScale
from bayesnn.estimators.settings import Start
from bayesnn.likelihoods.gaussian import Gaussian
from bayesnn.nn.units.unit import Unit
from bayesnn.protocols import Array

_NOISE = InverseGamma(2, 0.5)
"""Of a noise level in units of the sd of y, 0.1 ... 1.4 with probability 0.9. With density at zero, networks would
pass through all rows of a small table, where the posterior is too stiff to sample."""
_JITTER = HalfNormal(1)


class BayesianMLPRegressor(MultiOutputMixin, RegressorMixin, BayesianMLP):  # type: ignore[misc]
    """Regression by a network whose weights are sampled: y ~ N(f(x; θ), sigma²), f an `MLP`.

    Inputs and targets are standardized inside; what goes in and comes out is in their own units. The prior is
    W ~ N(0, prior_scale² / fan_in), b ~ N(0, prior_scale²) in each layer.

    Parameters
    ----------
    hidden_layer_sizes : hidden units of each layer; () is Bayesian linear regression.
    activation : "tanh", "relu", ...; see `MLP`.
    prior_scale : of the weights; "learn" gives each layer an unknown one, half-normal about 1, and samples longer.
    noise : "learn", an unknown level, InverseGamma(2, ½) in units of the sd of y; a number, the known sd in units of y.
        Where `fit` has yerr: "learn" trusts them, and "jitter" learns a further scatter, half-normal, beside them.
    inference : "posterior" (sampled by emcee), "laplace", "map", "mle" or "sgd" (Adam on minibatches of the MAP
        objective): the same network, prior and likelihood.
    n_draws, n_warmup : of each walker, there being n_ensembles of n_walkers. max_draws : draws that have not converged
        make way for twice as many, by trajectories twice as long, that begin where they ended: up to so many.
    n_starts : climbs of "laplace", "map" and "mle". n_epochs, batch_size, learning_rate : of "sgd".
    start : draws, or a file of draws, of this same network, to go on from; or θ.
    progress : show a progress bar.
    random_state : one seed gives one result.

    Attributes
    ----------
    posterior_, draws_, diagnosis_, optimum_, log_evidence_ : a `Posterior` and what is known of it.

    Raises
    ------
    SettingError : an option that does not exist. DataError : errors that do not fit y.

    References
    ----------
    Neal, Bayesian Learning for Neural Networks (1996).

    Examples
    --------
    >>> import bayesnn as bnn, numpy as np
    >>> X = np.linspace(-2, 2, 30)[:, None]
    >>> net = bnn.BayesianMLPRegressor(hidden_layer_sizes=(3,), random_state=0).fit(X, X[:, 0] ** 2, yerr=0.5)
    >>> mean, sd = net.predict([[1.0], [4.0]], return_std=True)
    >>> bool(abs(mean[0] - 1) < sd[0] < sd[1] / 2), net.diagnosis_.ok               # wide where there are no data
    (True, True)
    """

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (16,),
        activation: str | Unit | Sequence[str | Unit] = "tanh",
        *,
        prior_scale: PriorScale = 1.0,
        noise: str | float = "learn",
        inference: str = "posterior",
        n_draws: int = 50,
        max_draws: int = 100,
        n_warmup: int = 100,
        n_ensembles: int = 4,
        n_walkers: int = 8,
        n_starts: int = 4,
        n_epochs: int = 1000,
        batch_size: int = 32,
        learning_rate: float = 0.01,
        start: Start = None,
        progress: bool = False,
        random_state: Any = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.prior_scale = prior_scale
        self.noise = noise
        self.inference = inference
        self.n_draws = n_draws
        self.max_draws = max_draws
        self.n_warmup = n_warmup
        self.n_ensembles = n_ensembles
        self.n_walkers = n_walkers
        self.n_starts = n_starts
        self.n_epochs = n_epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.start = start
        self.progress = progress
        self.random_state = random_state

    def fit(self, X: Any, y: Any, yerr: ArrayLike | None = None) -> Self:
        """X (N, D), y (N,) or (N, K), yerr: known standard deviations of y, a number, (N,) or (N, K).

        Warns with a `ConvergenceWarning` where the draws, or the climb, have not converged.
        """
        X, y = validate_data(self, X, y, dtype=np.float64, multi_output=True, y_numeric=True, ensure_min_samples=2)
        data = Dataset(X, y, yerr=yerr).standardize()
        return self._infer(data, self._likelihood(data), n_outputs=y.size // len(y), output_scale=1.0)

    def predict(self, X: Any, return_std: bool = False, *, noise: bool = True) -> Array | tuple[Array, Array]:
        """E[y] at X (M, D), (M,) or (M, K), and with `return_std` its standard deviation.

        That is of y, the learned or given noise included; with noise=False of f alone. Errors that were known row by
        row, as `yerr`, say nothing of a new row and are never in it.
        """
        if not return_std:
            return self._predicted(X, lambda p: p.mean)
        both = self._predicted(X, lambda p: np.stack([p.mean, p.sd if noise else p.epistemic_sd], axis=1))
        return both[:, 0], both[:, 1]

    def predict_interval(self, X: Any, *, level: float = 0.9) -> tuple[Array, Array]:
        """Ends of equal-tailed intervals that hold `level` of the probability of y, (M,) or (M, K) each."""
        both = self._predicted(X, lambda p: np.stack(p.interval(level), axis=1))
        return both[:, 0], both[:, 1]

    def sample_y(self, X: Any, n_samples: int = 1, random_state: Any = 0) -> Array:
        """Draws of y at X, (M, n_samples) or (M, K, n_samples); each is of one θ, in all rows."""
        y = np.moveaxis(self._drawn(X, n_samples, random_state), 0, -1)
        return y[:, 0] if y.shape[1] == 1 else y

    def _likelihood(self, data: Dataset) -> Gaussian:
        if self.noise == "learn":
            return Gaussian() if data.yerr is not None else Gaussian(sigma=_NOISE)
        if self.noise == "jitter":
            return Gaussian(jitter=_JITTER)
        if isinstance(self.noise, Real) and self.noise > 0:
            return Gaussian(sigma=data.scaling.errors(np.asarray(float(self.noise))))
        raise SettingError(f'noise: expected "learn", "jitter" or a positive number, got {self.noise!r}; "learn", say')
