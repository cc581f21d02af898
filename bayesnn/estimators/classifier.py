"""Classification by a network, as scikit-learn does it."""

from collections.abc import Sequence
from numbers import Real
from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from bayesnn.data.dataset import Dataset
from bayesnn.errors import DataError, SettingError
from bayesnn.estimators.bayesian_mlp import BayesianMLP
from bayesnn.estimators.network import PriorScale
from bayesnn.estimators.settings import Start
from bayesnn.likelihoods.bernoulli import Bernoulli
from bayesnn.likelihoods.categorical import Categorical
from bayesnn.nn.units.unit import Unit
from bayesnn.prediction.temperature import carried_over, learn_temperature, log_tempered, temper
from bayesnn.protocols import Array

_LOG_ODDS = 10.0
"""Scale of the outputs: where classes part, log odds are several units."""


class BayesianMLPClassifier(ClassifierMixin, BayesianMLP):  # type: ignore[misc]
    """Classification by a network whose weights are sampled: probabilities are averaged over the posterior.

    P(class k) = e^f_k / Σ_j e^f_j, or 1 / (1 + e^−f) for the second of two; f is an `MLP` of the standardized inputs.
    The prior is W ~ N(0, prior_scale² / fan_in), b ~ N(0, prior_scale²) in each layer, ten times as wide in the last,
    whose sums are log odds.

    Parameters
    ----------
    As those of `BayesianMLPRegressor`, but for noise, in whose place there is a temperature; hidden_layer_sizes=() is
    Bayesian logistic regression.

    temperature : T of p^(1/T), renormalized: 1 leaves probabilities as they are averaged. "learn" takes the T at which
        they foretell rows of the table best from all other rows, see `learn_temperature`: a calibration, which leaves
        the posterior and its draws as they are. Where there are no draws, by another `inference`, it is 1.

    Attributes
    ----------
    classes_ : the labels (K,), sorted.
    temperature_ : T.
    posterior_, draws_, diagnosis_, optimum_, log_evidence_ : a `Posterior` and what is known of it.

    Raises
    ------
    SettingError : an option that does not exist. DataError : labels of one class only.

    References
    ----------
    Neal, Bayesian Learning for Neural Networks (1996).

    Examples
    --------
    >>> import bayesnn as bnn, numpy as np
    >>> X = np.linspace(-1, 1, 40)[:, None]
    >>> net = bnn.BayesianMLPClassifier(hidden_layer_sizes=(4,), random_state=0).fit(X, np.where(X[:, 0] > 0, "b", "a"))
    >>> net.predict([[-0.9], [0.9]])
    array(['a', 'b'], dtype='<U1')
    >>> bool(abs(net.predict_proba([[0.0]])[0, 0] - 0.5) < 0.1)
    True
    """

    def __init__(
        self,
        hidden_layer_sizes: int | Sequence[int] = (16,),
        activation: str | Unit | Sequence[str | Unit] = "tanh",
        *,
        prior_scale: PriorScale = 1.0,
        temperature: str | float = "learn",
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
        self.temperature = temperature
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

    def fit(self, X: Any, y: Any) -> Self:
        """X (N, D), labels y (N,) of two classes or more.

        Warns with a `ConvergenceWarning` where the draws, or the climb, have not converged.
        """
        X, y = validate_data(self, X, y, dtype=np.float64, ensure_min_samples=2)
        if self.temperature != "learn" and not (isinstance(self.temperature, Real) and 0 < self.temperature < np.inf):
            raise SettingError(f'temperature: expected a positive number or "learn", got {self.temperature!r}; 1, say')
        check_classification_targets(y)
        self.classes_, index = np.unique(column_or_1d(y, warn=True), return_inverse=True)
        n_classes = len(self.classes_)
        if n_classes < 2:
            raise DataError(
                f"{type(self).__name__}: expected labels of two classes or more, got 1 class only; add rows"
            )
        n_outputs = 1 if n_classes == 2 else n_classes
        data = Dataset(X, index).standardize(target=False)
        likelihood = Bernoulli() if n_classes == 2 else Categorical()
        self._infer(data, likelihood, n_outputs=n_outputs, output_scale=_LOG_ODDS)
        self.temperature_ = self._temperature()
        return self

    def predict(self, X: Any) -> Array:
        """The most probable label of each row, (M,)."""
        best = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[best])

    def predict_proba(self, X: Any) -> Array:
        """P(class) in the order of `classes_`, (M, K)."""
        return temper(self._averaged(X), self.temperature_)

    def predict_log_proba(self, X: Any) -> Array:
        """ln P(class), (M, K)."""
        return log_tempered(self._averaged(X), self.temperature_)

    def sample_y(self, X: Any, n_samples: int = 1, random_state: Any = 0) -> Array:
        """Draws of the label, (M, n_samples); each is of one θ, in all rows, but where `temperature_` wants others."""
        seed, p = int(check_random_state(random_state).randint(2**31)), self._averaged(X)
        drawn = self._drawn(X, n_samples, seed)[..., 0].T
        indices = carried_over(drawn, p, temper(p, self.temperature_), np.random.default_rng(seed))
        return np.asarray(self.classes_[indices])

    def _averaged(self, X: Any) -> Array:
        """Probabilities as the posterior averages them, (M, K)."""
        return self._predicted(X, lambda p: p.probabilities)

    def _temperature(self) -> float:
        """As it was given, or learned from the draws."""
        if self.temperature == "learn":
            return learn_temperature(self.draws_) if self._found.draws else 1.0
        return float(self.temperature)
