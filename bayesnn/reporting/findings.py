"""Sections of what was found: the function, the parameters, the evidence, and how well it predicts."""

from collections.abc import Callable, Mapping, Sequence
from itertools import islice

import numpy as np

from bayesnn.data.dataset import Dataset
from bayesnn.estimation.optimum import Optimum
from bayesnn.evidence.comparison import Comparison
from bayesnn.plotting.calibration import calibration
from bayesnn.plotting.comparison import comparison
from bayesnn.plotting.observed import observed
from bayesnn.plotting.predictive import predictive
from bayesnn.plotting.prior_vs_posterior import prior_vs_posterior
from bayesnn.plotting.quantities import elements
from bayesnn.posterior.posterior import Posterior
from bayesnn.prediction.predictive import Source, predict
from bayesnn.prediction.score import ClassScore, NumberScore, score
from bayesnn.protocols import Array, FloatArray
from bayesnn.reporting.results import Results
from bayesnn.reporting.section import Section, Table, number, picture

_N_GRID = 200
_N_ROWS = 500
"""Rows, evenly taken, that are shown, and by which predictions are judged."""
_N_LINES = 40
_ERRORS = "Estimates with one standard error, where the data determine it; values on the parameters' own scale."
_SWAPS = (
    "Hidden units may change places and signs, so that single weights and their errors mean nothing, and need not "
    "agree between an estimate and the posterior: compare the functions."
)
_MARGIN = 0.05
_NARROW = 5.4
"""Inches: a figure of one panel is readable on a phone at this width."""


def function(results: Results) -> Section | None:
    """Data, the band of the posterior and the curves of the estimates; or measured against predicted."""
    posterior, source = results.posterior, _source(results)
    if not isinstance(posterior, Posterior) or source is None:
        return None
    if posterior.likelihood.labels(posterior.data) is not None:
        return None
    data = posterior.data
    if data.n_inputs == 1 and posterior.rows.y.shape[1] == 1:
        x = _grid(data.scaling.restore_inputs(data.X)[:, 0])
        what = "posterior" if results.draws is not None else next(iter(results.estimates))
        others = {name: best for name, best in results.estimates.items() if name != what}
        curves = {name: predict(posterior, best, x) for name, best in others.items()}
        shown = _some(data)
        figure = predictive(predict(posterior, source, x), shown, curves=curves, label=what)
        alt = f"{data.target} against {data.names[0]}: data and the 68 % and 95 % bands of the {what}"
        alt += f", with the curves of {', '.join(curves)}." if curves else "."
        caption = f"{shown.n_rows} of {data.n_rows:,} rows are shown." if shown.n_rows < data.n_rows else ""
        plot = picture(figure, alt, caption=caption, width=_NARROW)
        return Section("function", "Data and prediction", pictures=(plot,))
    X, y, yerr = _rows(data)
    figure = observed(predict(posterior, source, X), y, yerr=yerr, label=data.target)
    alt = f"{data.target}: measured against predicted, row by row, beside the line where both are equal."
    return Section("function", "Data and prediction", pictures=(picture(figure, alt, width=_NARROW),))


def parameters(results: Results) -> Section | None:
    """Point estimates beside the posterior, on the parameters' own scale."""
    posterior, draws = results.posterior, results.draws
    swaps = isinstance(posterior, Posterior) and posterior.model.log_symmetries > 0
    head, columns, n_values = ["parameter"], [], 0
    sources = [source.values for source in (draws, *results.estimates.values()) if source is not None]
    names = list(sources[0]) if sources else []  # draws from a file may have their blocks in another order
    if draws is not None:
        head += ["posterior mean", "sd", "90 % interval"]
        columns.append(_cells(names, draws.values, 3, _summary))
        n_values = sum(values[0, 0, 0].size for values in draws.values.values())
    for name, best in results.estimates.items():
        head.append(name)
        columns.append(_cells(names, _with_errors(best, known=not swaps), 1, _estimate))
        n_values = sum(values.size for values in best.values.values())
    if not columns:
        return None
    rows = tuple((label, *(cell for column in columns for cell in column[label])) for label in columns[0])
    note = f"... and {n_values - len(rows)} more" if n_values > len(rows) else ""
    values = Table("Values of the parameters", tuple(head), rows, note, folded=swaps)
    return Section("parameters", "Parameters", _SWAPS if swaps else _ERRORS, tables=(*_heights(results), values))


def _with_errors(best: Optimum, *, known: bool) -> dict[str, Array]:
    """Values and standard errors (2, ...) of each block; NaN where an error is not known, or means nothing."""
    errors = best.standard_errors if known else {}
    return {
        name: np.stack([value, np.broadcast_to(errors.get(name, np.nan), value.shape)])
        for name, value in best.values.items()
    }


def _heights(results: Results) -> tuple[Table, ...]:
    """How high the estimates stand, beside the draws."""
    rows = [
        (
            name,
            number(best.log_likelihood, digits=6),
            number(best.log_prob, digits=6),
            "yes" if best.converged else f"no: {best.message}",
        )
        for name, best in results.estimates.items()
    ]
    if not rows:
        return ()
    head = ("estimate", "log likelihood", "log posterior", "converged")
    note = "The log posterior is that of the parameters as they are written, without the log-det, up to the evidence."
    return (Table("Point estimates [nats]", head, tuple(rows), note),)


def learned(results: Results) -> Section | None:
    """Prior against posterior."""
    draws = results.draws
    if draws is None or draws.posterior is None:
        return None
    figure = prior_vs_posterior(draws)
    alt = "Histograms of prior and posterior of each parameter, or of all weights of a layer."
    caption = "Where both agree, the data say nothing about the parameter."
    return Section("learned", "Prior and posterior", pictures=(picture(figure, alt, caption=caption),))


def evidence(table: Comparison | None) -> Section | None:
    """Models side by side."""
    if table is None:
        return None
    rows = [
        (
            name,
            _fixed(found.log_z, found.error),
            _fixed(table.probabilities[name], table.probability_errors[name]),
            *(_fixed(by_model[name].value, by_model[name].error) for by_model in table.criteria.values()),
            found.method,
        )
        for name, found in table.evidences.items()
    ]
    head = ("model", "ln evidence [nats]", "probability", *table.criteria, "method")
    alt = "Log evidence of each model in nats" + (", and criteria relative to their best." if table.criteria else ".")
    return Section(
        "evidence",
        "Evidence",
        " ".join(["Models equally probable beforehand. Larger is better.", *table.warnings]),
        (picture(comparison(table), alt, width=None if table.criteria else 6.5),),
        (Table("Evidence", head, tuple(rows)),),
    )


def predictions(results: Results) -> Section | None:
    """Scores and calibration, on held-out rows if there are any."""
    posterior, source = results.posterior, _source(results)
    if not isinstance(posterior, Posterior) or source is None:
        return None
    X, y, yerr = _rows(posterior.data if results.held_out is None else results.held_out)
    prediction = predict(posterior, source, X)
    where = "rows of the fit itself, which flatters" if results.held_out is None else "rows that were held out"
    judged = score(prediction, y, yerr=yerr)
    alt = f"Calibration on {where.split(',')[0]}: how often what was predicted came to be."
    lead = f"Judged on {len(X)} {where}."
    figures = (picture(calibration(prediction, y, yerr=yerr), alt, width=_NARROW),)
    return Section("calibration", "Calibration", lead, figures, (_scores(judged),))


def _source(results: Results) -> Source | None:
    return results.draws if results.draws is not None else next(iter(results.estimates.values()), None)


def _grid(x: FloatArray) -> FloatArray:
    room = _MARGIN * float(np.ptp(x)) or 1.0
    return np.linspace(x.min() - room, x.max() + room, _N_GRID)


def _rows(data: Dataset) -> tuple[FloatArray, Array, FloatArray | None]:
    """Inputs, targets and their standard deviations in the units of the table."""
    part = _some(data)
    scaling, numbers = part.scaling, np.issubdtype(part.y.dtype, np.number)
    spread = part.yerr if part.cov is None else np.sqrt(np.diag(part.cov))
    return (
        scaling.restore_inputs(part.X),
        scaling.restore(part.y) if numbers else part.y,
        None if spread is None else scaling.restore_sd(spread),
    )


def _some(data: Dataset) -> Dataset:
    return data.take(np.unique(np.linspace(0, data.n_rows - 1, _N_ROWS).astype(int)))


def _cells(
    names: Sequence[str], values: Mapping[str, Array], n_leading: int, written: Callable[[Array], tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    """What is written of the first elements of the blocks of those names, by their labels."""
    each = (
        (label, value) for name in names for label, value in elements(name, values[name], n_leading=n_leading).items()
    )
    return {label: written(value) for label, value in islice(each, _N_LINES)}


def _summary(values: Array) -> tuple[str, ...]:
    low, high = np.quantile(values, (0.05, 0.95))
    return number(values.mean()), number(values.std(), digits=2), f"{number(low)} to {number(high)}"


def _estimate(pair: Array) -> tuple[str, ...]:
    value, error = number(float(pair[0])), number(float(pair[1]), digits=2)
    return (value if error in ("–", "0") else f"{value} ± {error}",)


def _fixed(value: float, error: float) -> str:
    """Three decimals, as the text of a comparison has them; no error where none is known, or none that would show."""
    shown = f"{value:.3f}".replace("-", "−") if np.isfinite(value) else "–"
    return f"{shown} ± {error:.3f}" if error >= 0.0005 else shown


def _scores(judged: NumberScore | ClassScore) -> Table:
    if isinstance(judged, ClassScore):
        rows = [("accuracy", number(judged.accuracy)), ("Brier score", number(judged.brier))]
        rows += [("log loss [nats a row]", number(judged.log_loss))]
    else:
        rows = [("log predictive density [nats a row]", number(judged.lppd)), ("RMSE", number(judged.rmse))]
        rows += [("CRPS", number(judged.crps))]
        rows += [(f"coverage of the {level:.0%} interval", f"{held:.1%}") for level, held in judged.coverage.items()]
    rows += [("calibration error", number(judged.calibration_error))]
    return Table("Scores", ("score", "value"), tuple(rows))
