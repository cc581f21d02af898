"""What a posterior, or a point estimate, says of new inputs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from bayesnn.data.dataset import as_inputs
from bayesnn.errors import SettingError
from bayesnn.estimation.optimum import Optimum
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import Array, FloatArray
from bayesnn.sampling.draws import Draws

_MAX_DRAWS = 8000
"""Draws that a prediction uses at most: Monte Carlo error about 1 % of the sd."""


@dataclass(frozen=True, eq=False)
class Predictive:
    """Predictions at M inputs, in the units of the table.

    functions (S, M, K): f of each draw; noise_sd (S, M, K): the scatter of y about it, without measurement errors
    that are known row by row: those say nothing of a new row. For K = 1 every summary is (M,).
    """

    X: FloatArray
    functions: FloatArray
    noise_sd: FloatArray

    @property
    def mean(self) -> FloatArray:
        """E[y] = E[f]."""
        return _squeeze(self.functions.mean(axis=0))

    @property
    def epistemic_sd(self) -> FloatArray:
        """Standard deviation of f over the posterior; 0 for a point estimate."""
        return _squeeze(self.functions.std(axis=0))

    @property
    def aleatoric_sd(self) -> FloatArray:
        """Root mean square of the scatter of y about f."""
        return _squeeze(np.sqrt(np.mean(self.noise_sd**2, axis=0)))

    @property
    def sd(self) -> FloatArray:
        """Standard deviation of y: √(epistemic² + aleatoric²)."""
        return np.sqrt(self.epistemic_sd**2 + self.aleatoric_sd**2)

    def sample(self, rng: np.random.Generator, n: int) -> FloatArray:
        """n draws of y (n, M, K)."""
        chosen = rng.integers(len(self.functions), size=n)
        noise = rng.standard_normal((n, *self.functions.shape[1:])) * self.noise_sd[chosen]
        return np.asarray(self.functions[chosen] + noise)

    def quantile(self, q: float | FloatArray) -> FloatArray:
        """Quantiles of y: of f where there is no scatter about it, else of draws of y with a fixed seed."""
        if not np.any(self.noise_sd):
            return _squeeze(np.quantile(self.functions, q, axis=0))
        return _squeeze(np.quantile(self.sample(np.random.default_rng(0), 20_000), q, axis=0))

    def interval(self, level: float = 0.9) -> tuple[FloatArray, FloatArray]:
        """Equal-tailed interval of y that holds `level` of its probability."""
        if not 0 < level < 1:
            raise SettingError(f"level: expected a number between 0 and 1, got {level}; 0.9, say")
        return self.quantile(0.5 - level / 2), self.quantile(0.5 + level / 2)


def predict(posterior: Posterior, source: Draws | Optimum, X: ArrayLike) -> Predictive:
    """The predictive distribution at inputs X, in the units of the table.

    Parameters
    ----------
    posterior : the problem.
    source : draws (up to 8,000 of them, evenly taken) or a point estimate.
    X : (M,) or (M, D).

    Raises
    ------
    DataError : inputs that are not finite numbers, or of another width than the table's.

    References
    ----------
    Gelman et al., Bayesian Data Analysis (2013), section 1.3.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> data = bnn.load_dataset("hz").standardize()
    >>> line = bnn.LinearModel(bnn.polynomial(degree=1))
    >>> post = bnn.Posterior(line, bnn.Gaussian(), prior={"w": bnn.Normal(0, 1)}, data=data)
    >>> prediction = bnn.predict(post, bnn.maximum_a_posteriori(post), [0.0, 1.0])
    >>> prediction.mean.round(1), prediction.epistemic_sd                       # km/s/Mpc
    (array([ 62.5, 124.5]), array([0., 0.]))
    """
    inputs = as_inputs(X, posterior.data.n_inputs)
    theta = source.thinned(_MAX_DRAWS) if isinstance(source, Draws) else source.theta[None]
    return Predictive(inputs, *posterior.moments(theta, inputs))


def _squeeze(values: Array) -> FloatArray:
    return values[..., 0] if values.shape[-1] == 1 else values
