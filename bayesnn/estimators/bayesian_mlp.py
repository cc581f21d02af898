"""What both estimators share: a fit, predictions in blocks of rows, and what a fit leaves."""

import warnings
from collections.abc import Callable, Sequence
from typing import Any, Self, TypeVar

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from bayesnn.data.dataset import Dataset
from bayesnn.errors import ConvergenceWarning
from bayesnn.estimation.maximum import maximum_a_posteriori
from bayesnn.estimation.optimum import Optimum
from bayesnn.estimators.inference import Inferred, infer
from bayesnn.estimators.network import PriorScale, network_posterior
from bayesnn.estimators.settings import Settings, Start
from bayesnn.evidence.estimate import log_evidence
from bayesnn.evidence.result import Evidence
from bayesnn.nn.units.unit import Unit
from bayesnn.posterior.posterior import Posterior
from bayesnn.prediction.predictive import Predictive, predict_in_blocks
from bayesnn.protocols import Array, Likelihood
from bayesnn.sampling.diagnosis import Diagnosis
from bayesnn.sampling.draws import Draws

Part = TypeVar("Part")


class BayesianMLP(BaseEstimator):  # type: ignore[misc]
    """A network, its prior and a way to infer; `bayesnn.estimators.inference` does the work."""

    hidden_layer_sizes: int | Sequence[int]
    activation: str | Unit | Sequence[str | Unit]
    prior_scale: PriorScale
    inference: str
    n_draws: int
    max_draws: int
    n_warmup: int
    n_ensembles: int
    n_walkers: int
    n_starts: int
    n_epochs: int
    batch_size: int
    learning_rate: float
    start: Start
    progress: bool
    random_state: Any

    @property
    def draws_(self) -> Draws:
        """Draws of θ; with inference="posterior" only."""
        return self._left("draws", self._found.draws)

    @property
    def diagnosis_(self) -> Diagnosis:
        """Whether they have converged; with inference="posterior" only."""
        return self._left("diagnosis", self._found.diagnosis)

    @property
    def optimum_(self) -> Optimum:
        """The point estimate, or the MAP estimate uphill of the best draw, which is found when it is asked for."""
        draws = self._found.draws
        if draws is None:
            return self._left("optimum", self._found.optimum)
        return maximum_a_posteriori(self.posterior_, draws.flat[draws.log_prob.argmax()])

    @property
    def log_evidence_(self) -> Evidence:
        """ln p(y), found when it is asked for: by bridges from the draws, or else by Laplace's approximation."""
        draws = self._found.draws
        return log_evidence(self.posterior_, method="bridge" if draws else "laplace", draws=draws, rng=self._seed_)

    def _infer(self, data: Dataset, likelihood: Likelihood, *, n_outputs: int, output_scale: float) -> Self:
        """Fit the network to a table, and warn where that has not come to an end."""
        posterior = network_posterior(
            data,
            likelihood,
            hidden_layer_sizes=self.hidden_layer_sizes,
            activation=self.activation,
            prior_scale=self.prior_scale,
            n_outputs=n_outputs,
            output_scale=output_scale,
        )
        seed = int(check_random_state(self.random_state).randint(2**31))
        inferred = infer(posterior, self.inference, self._settings(seed))
        self.posterior_: Posterior = posterior
        self._inferred_: Inferred = inferred
        self._seed_ = seed
        if inferred.trouble:
            warnings.warn(f"{type(self).__name__}: {inferred.trouble}", ConvergenceWarning, stacklevel=3)
        return self

    def _settings(self, seed: int) -> Settings:
        return Settings(
            n_draws=self.n_draws,
            max_draws=self.max_draws,
            n_warmup=self.n_warmup,
            n_ensembles=self.n_ensembles,
            n_walkers=self.n_walkers,
            n_starts=self.n_starts,
            n_epochs=self.n_epochs,
            batch_size=self.batch_size,
            learning_rate=self.learning_rate,
            start=self.start,
            progress=self.progress,
            seed=seed,
        )

    def _predicted(self, X: Any, summary: Callable[[Predictive], Array]) -> Array:
        """A summary (M, ...) of the predictions for M rows, block by block."""
        source = self._found.source
        rows = validate_data(self, X, reset=False, dtype=np.float64)
        return np.concatenate([summary(block) for block in predict_in_blocks(self.posterior_, source, rows)])

    def _drawn(self, X: Any, n: int, random_state: Any) -> Array:
        """n draws of y for M rows, (n, M, T): of the same functions in all, with a scatter of each row's own."""
        seed, first, drawn = int(check_random_state(random_state).randint(2**31)), 0, []
        rows = validate_data(self, X, reset=False, dtype=np.float64)
        for block in predict_in_blocks(self.posterior_, self._found.source, rows):
            stream = np.random.SeedSequence(seed, n_children_spawned=first)
            drawn.append(block.sample(np.random.default_rng(stream), n))
            first += len(block.X)
        return np.concatenate(drawn, axis=1)

    @property
    def _found(self) -> Inferred:
        """What `fit` found, or a NotFittedError."""
        check_is_fitted(self)
        return self._inferred_

    def _left(self, what: str, found: Part | None) -> Part:
        if found is None:
            raise AttributeError(
                f'{what}_: expected inference="posterior", got {self.inference!r}, which has none; see optimum_'
            )
        return found
