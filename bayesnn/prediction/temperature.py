"""How sure probabilities of classes are to be, learned from rows that are left out."""

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from bayesnn.diagnostics.leave_one_out import leave_one_out
from bayesnn.errors import SettingError
from bayesnn.posterior.posterior import Posterior
from bayesnn.prediction.predictive import of_each_class
from bayesnn.protocols import Array, FloatArray
from bayesnn.sampling.draws import Draws

_SCALE = 1.0
"""Prior sd of ln temperature: 1/7 ... 7 with probability 0.95."""
_ROWS, _DRAWS = 1000, 4000
"""That are used at most, evenly taken; one number needs no more."""
_LEAST = 1e-300
_BOUNDS = (-5.0, 5.0)


def temper(p: FloatArray, temperature: float) -> FloatArray:
    """Probabilities p^(1 / temperature), renormalized: p (M, C) made surer below 1, less sure above.

    Raises
    ------
    SettingError : a temperature that is not positive.

    Examples
    --------
    >>> import bayesnn as bnn, numpy as np
    >>> bnn.temper(np.array([[0.9, 0.1]]), 0.5).round(3)                        # odds of 9 squared
    array([[0.988, 0.012]])
    """
    return np.exp(log_tempered(p, temperature))


def log_tempered(p: FloatArray, temperature: float) -> FloatArray:
    """ln of the same."""
    if not 0 < temperature < np.inf:
        raise SettingError(f"temperature: expected a positive number, got {temperature}; 1 changes nothing")
    return np.asarray(log_softmax(np.log(np.maximum(p, _LEAST)) / temperature, axis=-1))


def learn_temperature(draws: Draws) -> float:
    """The temperature T at which probabilities of classes foretell each row best from all the others.

    argmax_T Σ_n ln p_T(y_n | y_−n) + ln N(ln T; 0, 1),    p_T(k) ∝ p(k)^(1/T),

    with p(k | y_−n), the probabilities averaged over the posterior without row n, from these draws by Pareto-smoothed
    importance sampling. It is temperature scaling with leave-one-out in place of a validation set.

    Where rows are few for the inputs, the networks of a posterior, each of them sure, disagree, and their average is
    in doubt, however wide the prior. So it should be for rows that may lie anywhere; but those of a clean table keep
    away from the boundaries of its classes, of which p(y | x, θ) knows nothing. Rows left out do: T < 1 there, about 1
    or more where labels are noisy. It calibrates what is said of new rows like those of the table and is no part of
    the posterior: far from the table it makes surer, or less sure, without knowing.

    Parameters
    ----------
    draws : of a posterior of classes. Some rows may move the posterior too far for the weights (k̂ > 0.7, see
        `criteria.loo`); their log probability is then too high rather than too low, and the prior of T is what holds.

    Raises
    ------
    SettingError : draws that do not know their posterior, or one without classes.

    References
    ----------
    Guo et al., On calibration of modern neural networks, ICML (2017); Yao et al., Using stacking to average Bayesian
    predictive distributions, Bayesian Analysis 13, 917 (2018).

    Examples
    --------
    >>> import bayesnn as bnn, numpy as np
    >>> X = np.random.default_rng(0).standard_normal((60, 2))
    >>> coins = bnn.Dataset(X, np.random.default_rng(1).integers(2, size=60))               # nothing to be learned
    >>> net = bnn.Posterior(bnn.MLP((2, 1)), bnn.Bernoulli(), prior={"*": bnn.Normal(0, 10)}, data=coins)
    >>> bnn.learn_temperature(bnn.sample(net, n_draws=100, n_warmup=100, progress=False)) > 1
    True
    """
    p, classes = _left_out(draws)

    def loss(log_temperature: float) -> float:
        log_p = log_tempered(p, np.exp(log_temperature))[np.arange(len(p)), classes]
        return float(0.5 * (log_temperature / _SCALE) ** 2 - log_p.sum())

    return float(np.exp(minimize_scalar(loss, bounds=_BOUNDS, method="bounded").x))


def _left_out(draws: Draws) -> tuple[FloatArray, Array]:
    """P(class | all other rows) (N, C) of rows of the table, and the index of the class of each (N,)."""
    posterior = draws.posterior
    if not isinstance(posterior, Posterior) or posterior.likelihood.labels(posterior.data) is None:
        raise SettingError(
            "temperature: expected draws of a posterior of classes, got others; load draws with posterior=, and take "
            "probabilities of numbers as they are"
        )
    chosen = np.linspace(0, posterior.rows.n_rows - 1, min(_ROWS, posterior.rows.n_rows)).astype(int)
    theta, found = draws.thinned(_DRAWS), []
    for rows in posterior.take(chosen).blocks_of_rows(width=len(theta)):
        outputs = posterior.outputs(theta, rows.X)
        log_likelihood = posterior.likelihood.pointwise(outputs, rows, posterior.noise(theta))
        weights = np.exp([leave_one_out(row)[0] for row in log_likelihood.T])
        found.append(np.einsum("ns,snk->nk", weights, posterior.likelihood.mean(outputs)))
    return of_each_class(np.concatenate(found)), posterior.rows.y[chosen, 0].astype(int)


def carried_over(classes: Array, p: FloatArray, q: FloatArray, rng: np.random.Generator) -> Array:
    """Classes (M, n) drawn by p (M, C), as few of them changed as make them draws by q: the maximal coupling.

    A class stays with probability min(1, q / p), and else becomes one that q has more of (Thorisson 2000).
    """
    row, found = np.arange(len(p))[:, None], classes.copy()
    changed = rng.random(classes.shape) * p[row, classes] > q[row, classes]
    excess = np.cumsum(np.maximum(q - p, 0), axis=1)[np.nonzero(changed)[0]]
    found[changed] = np.sum(rng.random((len(excess), 1)) * excess[:, -1:] >= excess[:, :-1], axis=1)
    return found
