"""What a posterior, or a point estimate, says of new inputs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from html import escape
from numbers import Integral
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike

from bayesnn.data.inputs import as_inputs
from bayesnn.data.scaling import Scaling
from bayesnn.errors import SettingError
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import Array, FloatArray, Likelihood

_MAX_DRAWS = 8000
"""Draws that a prediction uses at most: Monte Carlo error about 1 % of the sd."""
_NUMBERS = 4_000_000
"""Outputs of a block of rows: 32 MB, of which a few copies are alive at a time."""
_REPLICATES = 20_000
"""Draws of y in a row, for its quantiles."""


class Source(Protocol):
    """Draws, an optimum, a Laplace posterior: anything that has some θ (S, P) to predict from.

    `warning` is what has to be said with every prediction, empty where there is nothing. Outputs are those of the model
    at each θ or, where `linear_about` is a θ̂ (P,), of its tangent there.
    """

    @property
    def warning(self) -> str: ...
    @property
    def linear_about(self) -> FloatArray | None: ...
    def thinned(self, n: int) -> FloatArray: ...


@dataclass(frozen=True, eq=False, repr=False)
class Predictive:
    """Predictions at M inputs, in the units of the table.

    X (M, D); outputs (S, M, K) of the model and noise, (S,) each, as the likelihood takes them; classes, the labels
    where y is one of several classes, else None. Measurement errors that are known row by row are left out: they say
    nothing of a new row. A summary is (M,) for one target or two classes, else (M, T) targets or (M, C) classes.
    """

    X: FloatArray
    outputs: FloatArray
    noise: Mapping[str, FloatArray]
    likelihood: Likelihood
    scaling: Scaling
    classes: Array | None = None
    source: Source | None = None

    @property
    def warning(self) -> str:
        """That of the draws or of the estimate behind it: empty once they have converged."""
        return "" if self.source is None else self.source.warning

    def __repr__(self) -> str:
        return f"<{'. '.join(str(self).splitlines())}>"

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"

    def __str__(self) -> str:
        lines = [f"Prediction at {len(self.X)} inputs from {len(self.outputs)} draws", self.warning]
        return "\n".join(filter(None, lines))

    @cached_property
    def functions(self) -> FloatArray:
        """E[y] of each draw, (S, M, T): f, a rate, or the probability of a class (the second of two)."""
        return self.scaling.restore(self.likelihood.mean(self.outputs))

    @cached_property
    def noise_sd(self) -> FloatArray:
        """The scatter of y about it, (S, M, T); infinite for Student's t with df ≤ 2."""
        return self.scaling.restore_sd(np.sqrt(self.likelihood.variance(self.outputs, self.noise)))

    @property
    def mean(self) -> FloatArray:
        """E[y]; of classes, their probabilities."""
        return _squeeze(self.functions.mean(axis=0))

    @property
    def epistemic_sd(self) -> FloatArray:
        """Standard deviation of `functions` over the posterior; 0 for a point estimate."""
        return _squeeze(self.functions.std(axis=0))

    @property
    def aleatoric_sd(self) -> FloatArray:
        """Root mean square of the scatter of y about `functions`."""
        return _squeeze(np.sqrt(np.mean(self.noise_sd**2, axis=0)))

    @property
    def sd(self) -> FloatArray:
        """Standard deviation of y, √(epistemic² + aleatoric²); of classes, of their indicators."""
        return np.sqrt(self.epistemic_sd**2 + self.aleatoric_sd**2)

    @property
    def probabilities(self) -> FloatArray:
        """P(y = class), (M, C), in the order of `classes`.

        Raises
        ------
        SettingError : targets that are numbers.
        """
        if self.classes is None:
            raise SettingError("probabilities: expected a target of classes, got numbers; use mean and sd")
        return of_each_class(self.functions.mean(axis=0))

    def sample(self, rng: np.random.Generator, n: int) -> Array:
        """n draws of y (n, M, T), numbers or labels: n draws of θ, and in each row a scatter of its own."""
        chosen = rng.integers(len(self.outputs), size=n)
        noise = {name: values[chosen] for name, values in self.noise.items()}

        def drawn(row: int, child: np.random.Generator) -> Array:
            return self.likelihood.sample(self.outputs[chosen, row : row + 1], noise, child)

        each = [drawn(row, child) for row, child in enumerate(rng.spawn(len(self.X)))]
        y = np.concatenate(each, axis=1)
        return self.scaling.restore(y) if self.classes is None else self.classes[y]

    def quantile(self, q: float | FloatArray) -> FloatArray:
        """Quantiles of y: of f where there is no scatter about it, else of draws of y with a fixed seed, row by row.

        Raises
        ------
        SettingError : a target of classes, which have no order.
        """
        if self.classes is not None:
            raise SettingError("quantile: expected a target of numbers, got classes; use probabilities")
        if not np.any(self.noise_sd):
            return _squeeze(np.quantile(self.functions, q, axis=0))
        rows = (replace(self, X=self.X[[row]], outputs=self.outputs[:, [row]]) for row in range(len(self.X)))
        each = [np.quantile(row.sample(np.random.default_rng(0), _REPLICATES), q, axis=0) for row in rows]
        return _squeeze(np.concatenate(each, axis=-2))

    def interval(self, level: float = 0.9) -> tuple[FloatArray, FloatArray]:
        """Equal-tailed interval of y that holds `level` of its probability."""
        if not 0 < level < 1:
            raise SettingError(f"level: expected a number between 0 and 1, got {level}; 0.9, say")
        low, high = self.quantile(np.array([0.5 - level / 2, 0.5 + level / 2]))
        return low, high


def predict(posterior: Posterior, source: Source, X: ArrayLike, *, max_draws: int = _MAX_DRAWS) -> Predictive:
    """The predictive distribution at inputs X, in the units of the table.

    Parameters
    ----------
    posterior : the problem.
    source : draws, or a point estimate, or a Laplace posterior, whose outputs are linear about the mode.
    X : (M,) or (M, D).
    max_draws : that are used, evenly taken. What comes back keeps an output for each of them in each row.

    Raises
    ------
    DataError : no inputs, some that are not finite numbers, or of another width than the table's.

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
    return next(_blocks(posterior, source, X, max_draws, max_numbers=None))


def predict_in_blocks(posterior: Posterior, source: Source, X: ArrayLike) -> Iterator[Predictive]:
    """The same, for any number of rows: predictions of so many at a time as fit in memory, in their order.

    A summary of each block is that of all rows at once.
    """
    return _blocks(posterior, source, X, _MAX_DRAWS, max_numbers=_NUMBERS)


def _blocks(
    posterior: Posterior, source: Source, X: ArrayLike, max_draws: int, *, max_numbers: int | None
) -> Iterator[Predictive]:
    if not isinstance(max_draws, Integral) or max_draws < 1:
        raise SettingError(f"max_draws: expected a whole number >= 1, got {max_draws!r}; 8000, say")
    data, likelihood = posterior.data, posterior.likelihood
    inputs, theta = as_inputs(X, data), source.thinned(int(max_draws))
    noise = {name: np.asarray(value).reshape(len(theta)) for name, value in posterior.noise(theta).items()}
    a_row = len(theta) * posterior.model.n_outputs(data.n_inputs)
    n_rows = max(1, len(inputs) if max_numbers is None else max_numbers // a_row)
    for first in range(0, max(1, len(inputs)), n_rows):
        block = inputs[first : first + n_rows]
        outputs = _outputs(posterior, theta, data.scaling.inputs(block), about=source.linear_about)
        yield Predictive(block, outputs, noise, likelihood, data.scaling, likelihood.labels(data), source)


def _outputs(posterior: Posterior, theta: FloatArray, X: FloatArray, *, about: FloatArray | None) -> FloatArray:
    """Of the model (S, M, K), or of its tangent."""
    if about is None:
        return posterior.outputs(theta, X)
    outputs, slopes = posterior.linearize(about, X)
    return np.asarray(outputs + np.tensordot(theta - about, slopes, axes=(1, 2)))


def of_each_class(p: FloatArray) -> FloatArray:
    """Probabilities (M, C), of two classes where p (M, 1) is that of the second alone."""
    return p if p.shape[-1] > 1 else np.concatenate([1 - p, p], axis=-1)


def _squeeze(values: Array) -> FloatArray:
    return values[..., 0] if values.shape[-1] == 1 else values
