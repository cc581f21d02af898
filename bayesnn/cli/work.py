"""What the commands do, and what they say."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from bayesnn.cli.config import RunFile, read_config
from bayesnn.cli.folder import RunFolder, open_folder
from bayesnn.cli.problem import dataset_of, posterior_of
from bayesnn.data.tables import read_inputs
from bayesnn.errors import ConfigError
from bayesnn.estimation.maximum import maximum_a_posteriori, maximum_likelihood
from bayesnn.estimation.optimum import Optimum
from bayesnn.evidence.compare import compare
from bayesnn.exchange.json_files import load_results, save_results
from bayesnn.posterior.posterior import Posterior
from bayesnn.prediction.predictive import Predictive, predict_in_blocks
from bayesnn.reporting.page import report
from bayesnn.reporting.results import Results
from bayesnn.sampling.archive import load
from bayesnn.sampling.diagnosis import diagnose
from bayesnn.sampling.draws import Draws
from bayesnn.sampling.run import sample
from bayesnn.sampling.until import Until

_ESTIMATES = {"map": maximum_a_posteriori, "mle": maximum_likelihood}


@dataclass(frozen=True)
class Done:
    """What a command has to say, for people and for machines."""

    text: str
    content: dict[str, Any]
    converged: bool = True


@dataclass(frozen=True, eq=False)
class Opened:
    """A run file, its posterior and its folder."""

    run: RunFile
    posterior: Posterior
    folder: RunFolder


def fit_run(path: Path) -> Done:
    """The estimates that the file asks for, in fit.json."""
    opened = _open(path)
    found = _estimates(opened)
    content = {
        name: {
            "log_likelihood": best.log_likelihood,
            "log_posterior": best.log_prob,
            "converged": best.converged,
            "message": best.message,
            "values": {block: values.tolist() for block, values in best.values.items()},
        }
        for name, best in found.items()
    }
    opened.folder.write("fit.json", content)
    opened.folder.log(f"fit: {', '.join(found)}")
    text = "\n\n".join(best.summary() for best in found.values())
    return Done(
        f"{text}\n\nWritten: {opened.folder.path / 'fit.json'}", content, all(b.converged for b in found.values())
    )


def sample_run(path: Path, *, progress: bool) -> Done:
    """Draws and their diagnosis, in draws.h5 and summary.json; an interrupted run goes on, a whole one returns."""
    opened = _open(path)
    draws = _drawn(opened, progress=progress)
    diagnosis = diagnose(draws)
    content = {
        "converged": diagnosis.ok,
        "verdict": diagnosis.verdict,
        "advice": diagnosis.advice,
        "parameters": len(draws.names),
        "draws": int(draws.log_prob.size),
        "seconds": draws.seconds,
        "divergent": draws.n_divergent,
        "stopped": draws.stopped,
        "folder": str(opened.folder.path),
    }
    opened.folder.write("summary.json", content)
    opened.folder.log(f"sample: {diagnosis}")
    if draws.stopped.startswith("Interrupted"):
        raise KeyboardInterrupt(draws.stopped)
    size = f"{draws.log_prob.size} draws of {len(draws.names)} parameters in {draws.seconds:.0f} s"
    return Done(f"{size}\n{diagnosis}\nWritten: {opened.folder.path}", content, diagnosis.ok)


def compare_runs(paths: Sequence[Path]) -> Done:
    """The models of all files, and of [models] in each, side by side; compare.json in the folder of the first."""
    opened = [_open(path) for path in paths]
    models: dict[str, Posterior] = {}
    for one in opened:
        for name in (one.run.path.stem, *one.run.config.models):
            if name in models:
                raise ConfigError(f"{one.run.path}: expected models of different names, got two {name!r}; rename one")
            other = name if name in one.run.config.models else None
            models[name] = posterior_of(one.run, one.posterior.data, model=other)
    first = opened[0].run
    with first.at("compare"):
        section = first.config.compare
        table = compare(models, method=section.method, criteria=section.criteria, rng=first.config.seed)
    content = {"models": table.rows(), "warnings": list(table.warnings)}
    opened[0].folder.write("compare.json", content)
    save_results(opened[0].folder.comparison, comparison=table)
    opened[0].folder.log(f"compare: {', '.join(models)}")
    return Done(str(table), content)


def predict_run(path: Path, table: Path | None) -> Done:
    """The predictive distribution at new rows, as CSV, from draws if there are any."""
    opened = _open(path)
    run, posterior = opened.run, opened.posterior
    if table is None:
        X = posterior.data.scaling.restore_inputs(posterior.data.X)
    else:
        X = read_inputs(table, features=posterior.data.names)
    draws = _draws(opened)
    if draws is None:
        best = maximum_a_posteriori(posterior, rng=run.config.seed, n_starts=run.config.inference.n_starts)
    source, converged = (best, best.converged) if draws is None else (draws, diagnose(draws).ok)
    with run.at("output", "level"):
        parts = [_columns_of(block, run.config.output.level) for block in predict_in_blocks(posterior, source, X)]
    columns = dict(zip(posterior.data.names, X.T.tolist(), strict=True))
    columns |= {name: [value for part in parts for value in part[name]] for name in parts[0]}
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    content = {"source": "map" if draws is None else "draws", "converged": converged, "columns": columns}
    return Done(text.getvalue().rstrip("\n"), content, converged)


def report_run(path: Path, out: Path | None) -> Done:
    """One HTML page of what a run has so far; of a folder alone, without what needs the model and its data."""
    if path.is_dir():
        page = report(path, path / "report.html" if out is None else out)
        less = "without what needs the model and its data; the run's TOML file in place of the folder adds it"
        return Done(f"Written: {page}, {less}", {"written": str(page)})
    opened = _open(path)
    draws, estimates, compared = _draws(opened), _estimates(opened), opened.folder.comparison
    table = load_results(compared)[1] if compared.exists() else None
    results = Results(draws=draws, estimates=estimates, comparison=table, config=asdict(opened.run.config))
    page = report(results, opened.folder.path / "report.html" if out is None else out)
    opened.folder.log(f"report: {page}")
    converged = all(best.converged for best in estimates.values()) if draws is None else diagnose(draws).ok
    return Done(f"Written: {page}", {"written": str(page), "converged": converged}, converged)


def _open(path: Path) -> Opened:
    run = read_config(path)
    data = dataset_of(run)
    return Opened(run, posterior_of(run, data), open_folder(run, data))


def _estimates(opened: Opened) -> dict[str, Optimum]:
    """Those that the file asks for."""
    run = opened.run
    unknown = [name for name in run.config.inference.estimates if name not in _ESTIMATES]
    if unknown:
        why = f"estimates: expected some of {', '.join(_ESTIMATES)}, got {unknown[0]!r}"
        raise run.refused(("inference", "estimates"), why)
    with run.at("inference"):
        return {
            name: _ESTIMATES[name](opened.posterior, rng=run.config.seed, n_starts=run.config.inference.n_starts)
            for name in run.config.inference.estimates
        }


def _draws(opened: Opened) -> Draws | None:
    """Those that are in the folder."""
    return load(opened.folder.draws, posterior=opened.posterior) if opened.folder.draws.exists() else None


def _drawn(opened: Opened, *, progress: bool) -> Draws:
    section = opened.run.config.inference
    opened.folder.log("sample: begun")
    targets = {"ess": section.ess, "rhat": section.rhat, "max_seconds": section.max_seconds}
    with opened.run.at("inference"):
        return sample(
            opened.posterior,
            n_draws=section.n_draws,
            n_warmup=section.n_warmup,
            n_ensembles=section.n_ensembles,
            n_walkers=section.n_walkers,
            moves=section.moves,
            rng=opened.run.config.seed,
            until=Until(**targets) if any(target is not None for target in targets.values()) else None,
            checkpoint=opened.folder.draws,
            progress=progress,
        )


def _columns_of(prediction: Predictive, level: float) -> dict[str, list[float]]:
    """A column for each summary: of classes, their probabilities."""
    if prediction.classes is not None:
        p = prediction.probabilities
        return {f"P({label})": p[:, k].tolist() for k, label in enumerate(prediction.classes)}
    low, high = prediction.interval(level)
    summaries = {"mean": prediction.mean, "sd": prediction.sd, "low": low, "high": high}
    return {name: np.asarray(values).tolist() for name, values in summaries.items()}
