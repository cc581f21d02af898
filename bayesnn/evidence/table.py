"""A comparison as a page of text or HTML."""

from collections.abc import Mapping
from html import escape
from typing import Protocol

import numpy as np

from bayesnn.evidence.criteria.criterion import Criterion
from bayesnn.evidence.result import Evidence

_SIGN = "In nats, larger is better; -2 × a criterion is AIC, BIC, DIC or WAIC as usually printed."
_ROUGH = "Approximations carry no error and can be off by nats; so can the probabilities beside them."


class Compared(Protocol):
    """What a table is made from: a `Comparison`."""

    @property
    def evidences(self) -> Mapping[str, Evidence]: ...
    @property
    def criteria(self) -> Mapping[str, Mapping[str, Criterion]]: ...
    @property
    def warnings(self) -> tuple[str, ...]: ...
    @property
    def probabilities(self) -> dict[str, float]: ...
    @property
    def probability_errors(self) -> dict[str, float]: ...


def as_text(table: Compared) -> str:
    """A line a model."""
    text = aligned([_header(table), *(_cells(table, name) for name in table.evidences)])
    return "\n".join([*([_SIGN] if table.criteria else []), *text, *_footnotes(table)])


def aligned(lines: list[list[str]]) -> list[str]:
    """Cells as columns: the first and the last to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = []
    for first, *numbers, last in lines:
        right = [number.rjust(width) for number, width in zip(numbers, widths[1:], strict=False)]
        text.append("  ".join([first.ljust(widths[0]), *right, last]).rstrip())
    return text


def as_html(table: Compared) -> str:
    """The same as a table, for notebooks."""
    head = _html_row(_header(table), "th")
    body = "".join(_html_row(_cells(table, name), "td") for name in table.evidences)
    notes = "".join(f"<p>{escape(note)}</p>" for note in _footnotes(table))
    caption = f"<caption>{escape(_SIGN)}</caption>" if table.criteria else ""
    return f"<table>{caption}<thead>{head}</thead><tbody>{body}</tbody></table>{notes}"


def _header(table: Compared) -> list[str]:
    return ["model", "ln evidence", "probability", *table.criteria, "method"]


def _cells(table: Compared, name: str) -> list[str]:
    evidence = table.evidences[name]
    defined = not np.isnan(evidence.log_z)
    return [
        name,
        number(evidence.log_z, evidence.error),
        number(table.probabilities[name], table.probability_errors[name]),
        *(number(found[name].value, found[name].error) for found in table.criteria.values()),
        evidence.method + (f" ({'; '.join(evidence.notes)})" if evidence.notes and defined else ""),
    ]


def number(value: float, error: float) -> str:
    """No error where none is known, or none that would show."""
    if np.isnan(value):
        return "-"
    return f"{value:.3f} ± {error:.3f}" if error >= 0.0005 else f"{value:.3f}"


def _footnotes(table: Compared) -> list[str]:
    rough = any(e.is_approximate and not np.isnan(e.log_z) for e in table.evidences.values())
    return ([_ROUGH] if rough else []) + [f"Warning: {warning}" for warning in table.warnings]


def _html_row(cells: list[str], tag: str) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"
