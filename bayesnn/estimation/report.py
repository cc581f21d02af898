"""A point estimate as a page of text or HTML."""

from dataclasses import dataclass
from html import escape
from typing import Protocol

import numpy as np

from bayesnn.posterior.density import Blend
from bayesnn.protocols import Array, FloatArray

_MOST_LINES = 40
_MOST_CORRELATIONS = 10


class Estimate(Protocol):
    """What a report is made from: an `Optimum`."""

    @property
    def density(self) -> Blend: ...
    @property
    def method(self) -> str: ...
    @property
    def converged(self) -> bool: ...
    @property
    def message(self) -> str: ...
    @property
    def n_evaluations(self) -> int: ...
    @property
    def n_rows(self) -> int: ...
    @property
    def values(self) -> dict[str, Array]: ...
    @property
    def standard_errors(self) -> dict[str, Array]: ...
    @property
    def theta(self) -> FloatArray: ...
    @property
    def covariance(self) -> FloatArray: ...
    @property
    def log_likelihood(self) -> float: ...
    @property
    def log_prob(self) -> float: ...
    @property
    def aic(self) -> float: ...
    @property
    def bic(self) -> float: ...
    @property
    def chi2(self) -> float: ...
    @property
    def reduced_chi2(self) -> float: ...


@dataclass(frozen=True)
class Line:
    """One value: its label, itself and its standard error; NaN where the data do not determine it, None if fixed."""

    label: str
    value: float
    error: float | None


def as_text(estimate: Estimate) -> str:
    """The whole report."""
    lines = [estimate.method, f"{_verdict(estimate)}: {estimate.message}", ""]
    lines += [f"  {name:<20} {value}" for name, value in _figures(estimate)]
    rows = _lines(estimate)
    width = max(len(row.label) for row in rows)
    lines += ["", "Estimates"] + [f"  {row.label:<{width}}  {row.value: .6g}  {_spread(row)}" for row in rows]
    lines += _left_out(estimate, rows)
    pairs = _correlations(estimate)
    if pairs:
        lines += ["", "Correlations"] + [f"  {a}, {b}: {value:+.3f}" for a, b, value in pairs]
    return "\n".join(lines)


def as_html(estimate: Estimate) -> str:
    """The same as tables, for notebooks."""
    rows = _lines(estimate)
    figures = "".join(_html_row(name, value) for name, value in _figures(estimate))
    values = "".join(_html_row(row.label, f"{row.value:.6g}", _spread(row)) for row in rows)
    pairs = "".join(_html_row(f"{a}, {b}", f"{value:+.3f}") for a, b, value in _correlations(estimate))
    head = _html_row("pair", "correlation", cell="th")
    left_out = "".join(f"<p>{escape(line.strip())}</p>" for line in _left_out(estimate, rows))
    return (
        f"<p><b>{escape(estimate.method)}</b>, {_verdict(estimate)}: {escape(estimate.message)}</p>"
        f"<table><tbody>{figures}</tbody></table>"
        f"<table><thead>{_html_row('parameter', 'estimate', 'standard error', cell='th')}</thead>"
        f"<tbody>{values}</tbody></table>{left_out}"
        + (f"<table><thead>{head}</thead><tbody>{pairs}</tbody></table>" if pairs else "")
    )


def _verdict(estimate: Estimate) -> str:
    return "converged" if estimate.converged else "NOT CONVERGED"


def _figures(estimate: Estimate) -> list[tuple[str, str]]:
    n_params, n_rows = estimate.density.n_params, estimate.n_rows
    figures = [("free parameters", f"{n_params}"), ("evaluations", f"{estimate.n_evaluations}")]
    if n_rows:
        figures.insert(0, ("values fitted", f"{n_rows}"))
    figures.append(("log likelihood", f"{estimate.log_likelihood:.6f}"))
    figures.append(("log posterior", f"{estimate.log_prob:.6f}"))
    if np.isfinite(estimate.chi2):
        figures.append(("chi-squared", f"{estimate.chi2:.6g}"))
        figures.append(("reduced chi-squared", f"{estimate.reduced_chi2:.6g}"))
    figures.append(("AIC", f"{estimate.aic:.4f}"))
    if n_rows:
        figures.append(("BIC", f"{estimate.bic:.4f}"))
    return figures


def _lines(estimate: Estimate) -> list[Line]:
    errors, lines = estimate.standard_errors, []
    for name, value in estimate.values.items():
        error = errors.get(name)
        for index in np.ndindex(*value.shape):
            label = f"{name}[{', '.join(map(str, index))}]" if index else name
            lines.append(Line(label, float(value[index]), None if error is None else float(error[index])))
            if len(lines) == _MOST_LINES:
                return lines
    return lines


def _left_out(estimate: Estimate, rows: list[Line]) -> list[str]:
    missing = sum(value.size for value in estimate.values.values()) - len(rows)
    return [f"  ... and {missing} more"] if missing else []


def _spread(row: Line) -> str:
    if row.error is None:
        return "(fixed)"
    if not np.isfinite(row.error):
        return "± ? (not determined)"
    relative = f" ({abs(row.error / row.value):.2%})" if row.value else ""
    return f"± {row.error:.4g}{relative}"


def _correlations(estimate: Estimate) -> list[tuple[str, str, float]]:
    """Of the natural values, the largest from |0.1| on."""
    parameters = estimate.density.posterior.parameters
    labels = [label for block in parameters.blocks for label in block.labels(block.shape)]
    if not 1 < len(labels) <= _MOST_LINES:
        return []
    covariance = parameters.natural_covariance(estimate.theta, estimate.covariance)
    sd = np.sqrt(np.diag(covariance))
    with np.errstate(invalid="ignore", divide="ignore"):
        matrix = covariance / np.outer(sd, sd)
    pairs = [(labels[j], labels[i], float(matrix[i, j])) for i in range(len(labels)) for j in range(i)]
    notable = [pair for pair in pairs if abs(pair[2]) >= 0.1]
    return sorted(notable, key=lambda pair: -abs(pair[2]))[:_MOST_CORRELATIONS]


def _html_row(*cells: str, cell: str = "td") -> str:
    return "<tr>" + "".join(f"<{cell}>{escape(text)}</{cell}>" for text in cells) + "</tr>"
