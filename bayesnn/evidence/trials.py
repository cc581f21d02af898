"""One model of a search: its evidence, its error on rows that it has not seen, and the file that keeps them."""

import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from bayesnn.data.dataset import Dataset
from bayesnn.errors import DataError, EvidenceError, FileError, SettingError
from bayesnn.estimation.maximum import initial_points
from bayesnn.evidence.estimate import log_evidence
from bayesnn.evidence.methods import Method, label
from bayesnn.evidence.result import Evidence
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import FloatArray
from bayesnn.sampling.fingerprint import mark_of

_FORMAT = "bayesnn search 1"
_N_POINTS = 3
_MOST_DRAWS = 1000


class Fitted(Protocol):
    """An `Optimum` or `Draws`: θ (..., P)."""

    @property
    def theta(self) -> FloatArray: ...


@dataclass(frozen=True)
class Trial:
    """A model by its settings: P parameters, its evidence, and its error on the test rows, NaN where there are none.

    The error is the root mean square of y less E[y], in the units of the table.
    """

    settings: Mapping[str, Any]
    n_params: int
    evidence: Evidence
    test_error: float

    @property
    def name(self) -> str:
        """The settings in words."""
        return name_of(self.settings)


def name_of(settings: Mapping[str, Any]) -> str:
    """Such as "width=4, scale=0.5"."""
    return ", ".join(f"{name}={value}" for name, value in settings.items())


@dataclass(frozen=True, eq=False)
class Task:
    """All that makes one trial, and where it is kept; nothing else has a part in it."""

    settings: Mapping[str, Any]
    posterior: PosteriorDensity
    method: Method
    test: Dataset | None
    fit: Callable[..., Fitted]
    seed: np.random.SeedSequence
    folder: Path | None

    @property
    def path(self) -> Path | None:
        """Its file, named by the settings."""
        if self.folder is None:
            return None
        name = name_of(self.settings)
        plain = re.sub(r"[^\w.=+-]+", "_", name)[:80]
        return self.folder / f"{plain}-{sha256(name.encode()).hexdigest()[:8]}.json"

    def fingerprint(self) -> dict[str, str]:
        """If any of this differs, what is kept is of something else."""
        posterior = self.posterior
        return {
            "data": mark_of(posterior.data if isinstance(posterior, Posterior) else None),
            "parameters": ", ".join(posterior.names),
            "method": label(self.method),
            "test": mark_of(self.test),
            "fit": "none" if self.test is None else label(self.fit),
            "rng": f"{self.seed.entropy} {self.seed.spawn_key}",
        }

    def heights(self) -> list[str]:
        """ln p(y, θ) at a few points, which knows the model, the priors and the noise."""
        points = initial_points(self.posterior, np.random.default_rng(0), _N_POINTS)
        return [repr(float(value)) for value in self.posterior(points)]


def finish(task: Task) -> Trial:
    """The trial, kept in its file before it is handed back."""
    trial = Trial(task.settings, task.posterior.n_params, _evidence(task), _test_error(task))
    if task.path is not None:
        _write(task, trial, task.path)
    return trial


def kept(task: Task) -> Trial | None:
    """The trial that its file holds, if there is one.

    Raises
    ------
    FileError : the file is damaged or not ours, or of other data, another model or other settings.
    """
    if task.path is None or not task.path.exists():
        return None
    advice = "take another folder, or remove the file"
    try:
        stored = json.loads(task.path.read_text(encoding="utf-8"))
        if stored["format"] != _FORMAT:
            raise ValueError(f"format {stored['format']}")
        found, heights = stored["fingerprint"], np.array(stored["heights"], dtype=np.float64)
        evidence = {name: _READ[name](value) for name, value in stored["evidence"].items()}
        trial = Trial(task.settings, stored["n_params"], Evidence(**evidence), float(stored["test_error"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise FileError(f"search {task.path}: expected a finished model, got {error!r}; {advice}") from None
    for name, value in task.fingerprint().items():
        if found.get(name) != value:
            raise FileError(f"search {task.path}: expected {name} = {value}, got {found.get(name)}; {advice}")
    if not np.allclose(heights, np.array(task.heights(), dtype=np.float64), rtol=1e-6, atol=1e-6, equal_nan=True):
        raise FileError(f"search {task.path}: expected this model, got one of another architecture or prior; {advice}")
    return trial


_READ: dict[str, Callable[[Any], Any]] = {
    "log_z": float, "error": float, "method": str, "n_evaluations": int, "notes": tuple
}  # fmt: skip


def _write(task: Task, trial: Trial, path: Path) -> None:
    """Whole or not at all; numbers as text, since JSON has neither NaN nor infinity."""
    content = {
        "format": _FORMAT,
        "fingerprint": task.fingerprint(),
        "heights": task.heights(),
        "n_params": trial.n_params,
        "evidence": asdict(trial.evidence) | {n: repr(float(getattr(trial.evidence, n))) for n in ("log_z", "error")},
        "test_error": repr(trial.test_error),
    }
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", encoding="utf-8")
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise FileError(
            f"search {path}: expected a file that can be written, got {error}; take another folder"
        ) from None


def _evidence(task: Task) -> Evidence:
    """NaN with a sentence where there is none."""
    try:
        return log_evidence(task.posterior, method=task.method, rng=task.seed)
    except EvidenceError as refusal:
        return Evidence(np.nan, np.nan, label(task.method), 0, (str(refusal).removeprefix("evidence: "),))


def _test_error(task: Task) -> float:
    """Of the mean over the draws of a fit, no more than a thousand of them."""
    if task.test is None:
        return float("nan")
    if not isinstance(task.posterior, Posterior):
        raise SettingError("test: expected models with a table, got a log likelihood that is a function; leave it out")
    scaling, y = task.test.scaling, task.test.y.reshape(task.test.n_rows, -1)
    expected = (task.posterior.data.n_inputs, task.posterior.rows.y.shape[1])
    if (task.test.n_inputs, y.shape[1]) != expected:
        raise DataError(
            f"test: expected {expected[0]} inputs and {expected[1]} targets, as the models have, got "
            f"{task.test.n_inputs} and {y.shape[1]}"
        )
    theta = np.reshape(task.fit(task.posterior, rng=task.seed).theta, (-1, task.posterior.n_params))
    few = theta[:: -(-len(theta) // _MOST_DRAWS)]
    mean = task.posterior.moments(few, scaling.restore_inputs(task.test.X))[0].mean(axis=0)
    return float(np.sqrt(np.mean((mean - scaling.restore(y)) ** 2)))
