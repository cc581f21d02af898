"""Classification by a network, as scikit-learn does it."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils import column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import validate_data

from bayesnn.data.dataset import Dataset
from bayesnn.errors import DataError
from bayesnn.estimators.bayesian_mlp import BayesianMLP
from bayesnn.estimators.network import PriorScale
from bayesnn.estimators.settings import Start
from bayesnn.likelihoods.bernoulli import Bernoulli
from bayesnn.likelihoods.categorical import Categorical
from bayesnn.nn.units.unit import Unit
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
    As those of `BayesianMLPRegressor`, but for noise, of which there is none; hidden_layer_sizes=() is Bayesian
    logistic regression.

    Attributes
    ----------
    classes_ : the labels (K,), sorted.
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
        return self._infer(data, likelihood, n_outputs=n_outputs, output_scale=_LOG_ODDS)

    def predict(self, X: Any) -> Array:
        """The most probable label of each row, (M,)."""
        best = self.predict_proba(X).argmax(axis=1)
        return np.asarray(self.classes_[best])

    def predict_proba(self, X: Any) -> Array:
        """P(class) in the order of `classes_`, (M, K)."""
        return self._predicted(X, lambda p: p.probabilities)

    def predict_log_proba(self, X: Any) -> Array:
        """ln P(class), (M, K)."""
        return np.log(self.predict_proba(X))

    def sample_y(self, X: Any, n_samples: int = 1, random_state: Any = 0) -> Array:
        """Draws of the label, (M, n_samples); each is of one θ, in all rows."""
        indices = self._drawn(X, n_samples, random_state)[..., 0].T
        return np.asarray(self.classes_[indices])
