"""The search: the evidence of every model on a grid of architectures, in parallel, kept model by model."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from inspect import signature
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import spearmanr

from bayesnn.data.dataset import Dataset
from bayesnn.errors import EvidenceError, FileError, SettingError
from bayesnn.estimation.maximum import maximum_a_posteriori
from bayesnn.evidence.comparison import Comparison
from bayesnn.evidence.estimate import require_method
from bayesnn.evidence.methods import Method
from bayesnn.evidence.same_data import require_same_data
from bayesnn.evidence.table import aligned, number
from bayesnn.evidence.trials import Fitted, Task, Trial, finish, kept, name_of
from bayesnn.executors import results
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.protocols import Executor, Seed
from bayesnn.randomness import seed_sequence

_FIT = partial(maximum_a_posteriori, n_starts=8)


@dataclass(frozen=True, eq=False)
class Search:
    """The models of a grid, in its order; sentences on those without an evidence in `warnings`."""

    trials: tuple[Trial, ...]
    warnings: tuple[str, ...] = ()

    @cached_property
    def table(self) -> Comparison:
        """The models that have an evidence as a comparison, by name."""
        return Comparison({trial.name: trial.evidence for trial in self._defined}, warnings=self.warnings)

    @property
    def probabilities(self) -> dict[str, float]:
        """p(model | y) by name, of the models that have an evidence, equally probable before."""
        return self.table.probabilities

    @property
    def rank(self) -> tuple[Trial, ...]:
        """The models that have an evidence, the most probable first."""
        return tuple(sorted(self._defined, key=lambda trial: -trial.evidence.log_z))

    @property
    def rank_correlation(self) -> float:
        """Spearman's, of ln evidence and test error: −1 where the evidence ranks models as unseen rows do."""
        pairs = [(trial.evidence.log_z, trial.test_error) for trial in self._defined]
        return float(spearmanr(*zip(*pairs, strict=True)).statistic) if len(pairs) > 1 else float("nan")

    def rows(self) -> list[dict[str, Any]]:
        """One plain dictionary a model, for `to_dataframe`."""
        probability, error = self.probabilities, self.table.probability_errors
        return [
            {
                **trial.settings,
                "n_params": trial.n_params,
                "log_evidence": trial.evidence.log_z,
                "log_evidence_error": trial.evidence.error,
                "probability": probability.get(trial.name, np.nan),
                "probability_error": error.get(trial.name, np.nan),
                "test_error": trial.test_error,
                "method": trial.evidence.method,
            }
            for trial in self.trials
        ]

    @property
    def _defined(self) -> list[Trial]:
        return [trial for trial in self.trials if not np.isnan(trial.evidence.log_z)]

    def __str__(self) -> str:
        head = ["model", "parameters", "ln evidence", "probability", "test error", "method"]
        lines = [head, *map(self._cells, self.rank)]
        return "\n".join([*aligned(lines), *(f"Warning: {warning}" for warning in self.warnings)])

    def _cells(self, trial: Trial) -> list[str]:
        evidence, name = trial.evidence, trial.name
        probability = number(self.probabilities[name], self.table.probability_errors[name])
        error = "-" if np.isnan(trial.test_error) else f"{trial.test_error:.4g}"
        return [name, f"{trial.n_params}", number(evidence.log_z, evidence.error), probability, error, evidence.method]


def search(
    build: Callable[..., PosteriorDensity],
    grid: Mapping[str, Sequence[Any]],
    *,
    method: Method = "auto",
    test: Dataset | None = None,
    fit: Callable[..., Fitted] = _FIT,
    folder: str | Path | None = None,
    rng: Seed = 0,
    executor: Executor | None = None,
) -> Search:
    """The log evidence of each model on a grid: widths, depths, activations, prior scales.

    With more units the data are fitted better, and the evidence falls again where the prior is spread over functions
    that the data do not need: Occam's hill. `bnn.plot.occam_hill` draws it, with the error on rows unseen.

    Parameters
    ----------
    build : settings by name → a posterior; all of the same table.
    grid : values of each setting; every combination is a model.
    method : as in `log_evidence`, a name or ``partial(bnn.methods.smc, n_particles=4000)``.
    test : rows unseen, in any units that a table knows; the error is that of E[y] over what `fit` finds.
    fit : (posterior, rng=...) → an `Optimum` or `Draws`; the best MAP of eight starts, if left out.
    folder : where each model is kept as soon as it is finished: the same search, or one on a larger grid, goes on from
        there. All workers must see it.
    rng : one seed gives one result, whatever the executor; a model's evidence is that of `log_evidence` with it.
    executor : anything with `map`, to take models in parallel: ``bnn.Joblib(n_jobs=-1)``, and by it Dask.

    Raises
    ------
    SettingError : a grid without values, with the same value twice, or that `build` does not take; test rows without
        numbers.
    EvidenceError : models of different data, a method that does not exist, no model with an evidence.
    FileError : a folder that cannot be used, or that holds a model of other data or settings.

    References
    ----------
    MacKay, A practical Bayesian framework for backpropagation networks, Neural Computation 4, 448 (1992), section 4.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> data = bnn.load_dataset("hz").standardize()
    >>> def polynomial(degree, scale):
    ...     model = bnn.LinearModel(bnn.polynomial(degree))
    ...     return bnn.Posterior(model, bnn.Gaussian(), prior={"w": bnn.Normal(0, scale)}, data=data)
    >>> found = bnn.search(polynomial, {"degree": [0, 1, 2], "scale": [1.0]})
    >>> print(found)
    model                parameters  ln evidence  probability  test error  method
    degree=1, scale=1.0           2      -18.273        0.811           -  exact
    degree=2, scale=1.0           3      -19.730        0.189           -  exact
    degree=0, scale=1.0           1      -68.515        0.000           -  exact
    >>> found.rank[0].settings
    {'degree': 1, 'scale': 1.0}
    """
    require_method(method)
    _check(test)
    models = {name_of(settings): (settings, build(**settings)) for settings in _points(build, grid)}
    warnings = require_same_data({name: posterior for name, (_, posterior) in models.items()})
    seed, place = seed_sequence(rng), _made(folder)
    tasks = [Task(settings, posterior, method, test, fit, seed, place) for settings, posterior in models.values()]
    stored = [kept(task) for task in tasks]
    missing = [task for task, trial in zip(tasks, stored, strict=True) if trial is None]
    new = results(executor, finish, missing)
    trials = tuple(next(new) if trial is None else trial for trial in stored)
    without = [f"{t.name}: {'; '.join(t.evidence.notes)}" for t in trials if np.isnan(t.evidence.log_z)]
    if len(without) == len(trials):
        raise EvidenceError(f"search: expected a model with an evidence, got none; {without[0]}")
    return Search(trials, (*warnings, *without))


def _points(build: Callable[..., PosteriorDensity], grid: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """Every combination of values."""
    if not isinstance(grid, Mapping) or not all(isinstance(given, Iterable) for given in grid.values()):
        raise SettingError(f'grid: expected lists of values by setting, got {grid!r}; {{"width": [2, 4, 8]}}, say')
    values = {name: [given] if isinstance(given, str) else list(given) for name, given in grid.items()}
    for name, chosen in values.items():
        if not chosen or len({str(value) for value in chosen}) < len(chosen):
            raise SettingError(f"grid: expected values of {name} that differ, at least one, got {chosen}")
    points = [dict(zip(values, point, strict=True)) for point in product(*values.values())]
    try:
        signature(build).bind(**points[0])
    except TypeError:
        raise SettingError(
            f"grid: expected the settings that build takes, {signature(build)}, got {', '.join(values) or 'none'}; "
            "name them alike"
        ) from None
    return points


def _check(test: Dataset | None) -> None:
    if test is not None and not (isinstance(test, Dataset) and np.issubdtype(test.y.dtype, np.floating)):
        raise SettingError("test: expected a Dataset whose targets are numbers, got labels or no Dataset; leave it out")


def _made(folder: str | Path | None) -> Path | None:
    if folder is None:
        return None
    place = Path(folder).absolute()
    try:
        place.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(f"search: expected a folder that can be made, got {error}; take another") from None
    return place
