"""Exclusive or: the smallest problem that needs a hidden layer."""

from dataclasses import dataclass, field

import numpy as np

from bayesnn.data.dataset import Dataset
from bayesnn.distributions.normal import Normal
from bayesnn.errors import SettingError
from bayesnn.estimation.maximum import maximum_a_posteriori, maximum_likelihood
from bayesnn.estimation.optimum import Optimum
from bayesnn.likelihoods.gaussian import Gaussian
from bayesnn.linear.model import LinearModel
from bayesnn.linear.polynomial import polynomial
from bayesnn.nn.mlp import MLP
from bayesnn.optimizers.settings import whole
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import Array, FloatArray, Seed
from bayesnn.randomness import seed_sequence
from bayesnn.sampling.draws import Draws
from bayesnn.sampling.run import sample

_X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
_Y = np.array([0.0, 1.0, 1.0, 0.0])
_ENSEMBLES = 4


@dataclass(frozen=True, eq=False)
class Xor:
    """The four points, the best line, networks from many starts, and draws of the network's posterior."""

    data: Dataset
    linear: Optimum
    networks: tuple[Optimum, ...] = field(repr=False)
    draws: Draws = field(repr=False)

    @property
    def linear_predictions(self) -> FloatArray:
        """Of the best linear model at the four points (4,): ½ everywhere."""
        return _predictions(self.linear)

    @property
    def predictions(self) -> FloatArray:
        """Of each network at the four points (S, 4)."""
        return np.stack([_predictions(network) for network in self.networks])

    @property
    def solved(self) -> Array:
        """Which networks have all four points on the right side of ½ (S,)."""
        return np.asarray(np.all((self.predictions > 0.5) == (self.data.y == 1), axis=1))

    @property
    def n_solved(self) -> int:
        """Starts that lead to a solution."""
        return int(np.sum(self.solved))

    @property
    def best(self) -> Optimum:
        """The network of the highest posterior density."""
        return max(self.networks, key=lambda network: network.log_prob)

    @property
    def image_shares(self) -> FloatArray:
        """The share (8,) of the draws in each of the 2! 2² mirror images, all 1/8 under the exact posterior."""
        return np.bincount(mirror_image(self.draws.flat), minlength=8) / len(self.draws.flat)


def xor(*, n_seeds: int = 100, prior_scale: float = 3.0, sigma: float = 0.1, n_draws: int = 100, rng: Seed = 0) -> Xor:
    """A linear model fails on x₁ XOR x₂, with inputs and targets 0 and 1; a 2-2-1 network of tanh units solves it.

    Both have a Gaussian likelihood of standard deviation sigma, that is squared error, so that no weights run off to
    infinity as they do on separable classes. The network has the prior N(0, prior_scale²) on all its weights, and its
    optima are found from `n_seeds` starts drawn as `maximum_a_posteriori` draws them. Walkers of the sampler begin
    at these optima: they seldom cross from one mirror image to another, and show them all since they began in all.

    Raises
    ------
    SettingError : fewer than 4 seeds. PriorError, SettingError : scales that are not positive.

    References
    ----------
    Minsky & Papert, Perceptrons (1969); Goodfellow, Bengio & Courville, Deep Learning (2016), section 6.1.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> result = bnn.demonstrations.xor(n_seeds=20)
    >>> result.linear_predictions.round(6), result.best.converged
    (array([0.5, 0.5, 0.5, 0.5]), True)
    >>> result.n_solved, result.predictions[0].round(1) + 0.0
    (20, array([0., 1., 1., 0.]))
    """
    if whole(n_seeds, "xor: n_seeds") < _ENSEMBLES:
        raise SettingError(f"xor: expected at least {_ENSEMBLES} seeds, got {n_seeds}; n_seeds=100, say")
    data, likelihood, prior = Dataset(_X, _Y), Gaussian(sigma=sigma), {"*": Normal(0, prior_scale)}
    line = Posterior(LinearModel(polynomial(1, n_inputs=2)), likelihood, prior=prior, data=data)
    posterior = Posterior(MLP((2, 2, 1)), likelihood, prior=prior, data=data)
    sampling, *seeds = seed_sequence(rng).spawn(1 + n_seeds)
    networks = tuple(maximum_a_posteriori(posterior, rng=seed) for seed in seeds)
    n_walkers = n_seeds // _ENSEMBLES
    optima = np.stack([network.theta for network in networks[: _ENSEMBLES * n_walkers]])
    draws = sample(
        posterior,
        n_draws=n_draws,
        n_warmup=100,
        n_walkers=n_walkers,
        n_ensembles=_ENSEMBLES,
        start=optima.reshape(_ENSEMBLES, n_walkers, -1),
        rng=sampling,
        progress=False,
    )
    return Xor(data, maximum_likelihood(line), networks, draws)


def mirror_image(theta: Array) -> Array:
    """In which of the 8 images weights θ (..., 9) of a 2-2-1 network of odd units lie, 0 to 7.

    Two bits tell the signs of the weights that leave the units, one the order of the units by their first weight when
    these signs are made positive.
    """
    leaving = theta[..., 6:8] < 0
    first, second = np.moveaxis(np.where(leaving, -1, 1) * theta[..., :2], -1, 0)
    return np.asarray(leaving[..., 0] + 2 * leaving[..., 1] + 4 * (first > second))


def _predictions(optimum: Optimum) -> FloatArray:
    posterior = optimum.density.posterior
    assert isinstance(posterior, Posterior)
    return np.asarray(posterior.outputs(optimum.theta, _X)[:, 0])
