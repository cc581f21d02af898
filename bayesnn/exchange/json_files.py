"""Estimates and comparisons on disk: JSON, no pickle, a version tag in every file."""

import json
import os
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from bayesnn.errors import FileError
from bayesnn.estimation.optimum import Optimum
from bayesnn.evidence.comparison import Comparison
from bayesnn.evidence.criteria.criterion import Criterion
from bayesnn.evidence.result import Evidence
from bayesnn.posterior.density import PosteriorDensity

_FORMAT = "bayesnn results"
_VERSION = 1
_WEIGHTS = ("likelihood", "prior", "log_det")


def save_results(
    path: str | Path, *, estimates: Mapping[str, Optimum] | None = None, comparison: Comparison | None = None
) -> Path:
    """Write estimates by name, and a comparison, as one JSON file; it appears whole or not at all.

    The history of a training, the other members of its ensemble and the sensitivity of a comparison are left out.

    Raises
    ------
    FileError : a place where nothing can be written.

    Examples
    --------
    >>> import bayesnn as bnn, pathlib, tempfile
    >>> data = bnn.Dataset([0.0, 1.0], [0.0, 1.0], yerr=1.0)
    >>> line = bnn.LinearModel(bnn.polynomial(degree=1))
    >>> post = bnn.Posterior(line, bnn.Gaussian(), prior={"w": bnn.Normal(0, 1)}, data=data)
    >>> best = {"MAP": bnn.maximum_a_posteriori(post)}
    >>> path = bnn.save_results(pathlib.Path(tempfile.mkdtemp()) / "results.json", estimates=best,
    ...     comparison=bnn.compare({"line": post}))
    >>> again, table = bnn.load_results(path, posterior=post)
    >>> bool((again["MAP"].theta == best["MAP"].theta).all()), list(table.evidences)
    (True, ['line'])
    """
    content = {
        "format": _FORMAT,
        "version": _VERSION,
        "estimates": {name: _of_optimum(best) for name, best in (estimates or {}).items()},
        "comparison": None if comparison is None else _of_comparison(comparison),
    }
    out = Path(path)
    temporary = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", encoding="utf-8")
        os.replace(temporary, out)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise FileError(f"results {out}: expected a file that can be written, got {error}; choose another") from None
    return out


def load_results(
    path: str | Path, *, posterior: PosteriorDensity | None = None
) -> tuple[dict[str, Optimum], Comparison | None]:
    """Estimates by name and the comparison that `save_results` wrote.

    Parameters
    ----------
    path : the file.
    posterior : what was maximized; needed if there are estimates.

    Raises
    ------
    FileError : the file is missing, damaged, not ours, of a later version, or of another posterior.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise FileError(f"results {path}: expected a JSON file, got {error}; check the path") from None
    if not isinstance(content, dict) or content.get("format") != _FORMAT:
        raise FileError(f"results {path}: expected a file written by save_results, got other JSON")
    if content["version"] > _VERSION:
        raise FileError(f"results {path}: expected version <= {_VERSION}, got {content['version']}; update bayesnn")
    try:
        estimates = {name: _optimum(stored, posterior, path) for name, stored in content["estimates"].items()}
        table = content["comparison"]
        return estimates, None if table is None else _comparison(table)
    except (KeyError, TypeError, AttributeError) as error:
        raise FileError(f"results {path}: expected all fields, got {error!r}; write it anew") from None


def _of_optimum(best: Optimum) -> dict[str, Any]:
    return {
        "names": list(best.density.posterior.names),
        "theta": best.theta.tolist(),
        "maximized": {name: getattr(best.density, name) for name in _WEIGHTS},
        "log_likelihood": best.log_likelihood,
        "values": {name: value.tolist() for name, value in best.values.items()},
        "method": best.method,
        "converged": best.converged,
        "message": best.message,
        "n_evaluations": best.n_evaluations,
    }


def _optimum(stored: dict[str, Any], posterior: PosteriorDensity | None, path: str | Path) -> Optimum:
    if posterior is None:
        raise FileError(f"results {path}: expected posterior=..., since the file holds estimates, got none")
    theta = np.array(stored["theta"], dtype=np.float64)
    same = list(posterior.names) == stored["names"]
    if not same or not np.isclose(posterior.log_likelihood(theta), stored["log_likelihood"], rtol=1e-6, atol=1e-6):
        raise FileError(f"results {path}: expected estimates of this posterior, got those of another model or table")
    return Optimum(
        posterior.blend(**stored["maximized"]),
        theta,
        stored["method"],
        stored["converged"],
        stored["message"],
        stored["n_evaluations"],
    )


def _of_comparison(table: Comparison) -> dict[str, Any]:
    return {
        "evidences": _plain(table.evidences),
        "criteria": _plain(table.criteria),
        "checks": _plain(table.checks),
        "warnings": list(table.warnings),
    }


def _comparison(stored: dict[str, Any]) -> Comparison:
    return Comparison(
        evidences={name: _evidence(e) for name, e in stored["evidences"].items()},
        criteria={how: {n: _criterion(c) for n, c in found.items()} for how, found in stored["criteria"].items()},
        checks={how: {n: _evidence(e) for n, e in found.items()} for how, found in stored["checks"].items()},
        warnings=tuple(stored["warnings"]),
    )


def _evidence(stored: dict[str, Any]) -> Evidence:
    numbers = {name: _number(stored[name]) for name in ("log_z", "error")}
    return Evidence(**{**stored, **numbers, "notes": tuple(stored["notes"])})


def _criterion(stored: dict[str, Any]) -> Criterion:
    numbers = {name: _number(stored[name]) for name in ("value", "error", "n_effective", "monte_carlo_error")}
    arrays = {name: None if stored[name] is None else np.array([_number(x) for x in stored[name]])
              for name in ("pointwise", "pareto_k")}  # fmt: skip
    return Criterion(**{**stored, **numbers, **arrays, "warnings": tuple(stored["warnings"])})


def _plain(value: Any) -> Any:
    """For JSON, which has neither NaN nor infinity: these become text."""
    if isinstance(value, Evidence | Criterion):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, np.ndarray | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else str(float(value))
    return value.item() if isinstance(value, np.generic) else value


def _number(stored: float | str) -> float:
    return float(stored)
