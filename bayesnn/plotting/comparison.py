"""Log evidence of models, exact ones told from approximations, and criteria beside it."""

from typing import TYPE_CHECKING, Any

import numpy as np

from bayesnn.evidence.comparison import Comparison
from bayesnn.plotting.canvas import COLORS, canvas

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WINDOW = 15.0
"""Nats below the best model that are shown."""
_MARKERS = "sD^vPXp"


def comparison(table: Comparison, *, title: str = "") -> "Figure":
    """ln evidence of each model, a color a method; open markers are approximations without an error.

    Where there are criteria, a second panel shows each of them as nats below its best model, with the paired standard
    error of the difference. Models far below the best stand at the edge, with an arrow; a model without an evidence
    has no marker.
    """
    n_panels = 2 if table.criteria else 1
    height = 1.4 + (0.42 + 0.12 * len(table.criteria)) * len(table.evidences)
    figure, axes = canvas(1, n_panels, size=(7.5 if n_panels == 1 else 11.0, height))
    kinds = _draw_evidence(axes[0, 0], table)
    for axis in axes[0]:
        axis.set_yticks(range(len(table.evidences)), list(table.evidences) if axis is axes[0, 0] else [])
        axis.set_ylim(len(table.evidences) - 0.5, -0.7)
        axis.grid(axis="x", lw=0.4)
    axes[0, 0].set(xlabel="ln evidence [nats]", title=title)
    if table.criteria:
        kinds |= _draw_criteria(axes[0, 1], table)
        axes[0, 1].set_xlabel("criterion less that of its best model [nats], ± paired standard error")
    figure.legend(list(kinds.values()), list(kinds), loc="outside lower center", ncols=4, frameon=False)
    return figure


def _draw_evidence(axis: Any, table: Comparison) -> dict[str, Any]:
    defined = {row: e for row, e in enumerate(table.evidences.values()) if not np.isnan(e.log_z)}
    best = max((evidence.log_z for evidence in defined.values()), default=0.0)
    edge = best - _WINDOW
    methods = list(dict.fromkeys(evidence.method for evidence in defined.values()))
    kinds: dict[str, Any] = {}
    for row, evidence in defined.items():
        rough = evidence.is_approximate
        kind = f"{evidence.method}{' (approximation)' if rough else ''}"
        color = COLORS[methods.index(evidence.method) % len(COLORS)]
        x = max(evidence.log_z, edge)
        marker = axis.errorbar(
            x,
            row,
            xerr=None if rough or not evidence.error else evidence.error,
            fmt="o" if evidence.log_z >= edge else "<",
            mfc="white" if rough else color,
            color=color,
            ms=8,
        )
        if evidence.log_z >= edge:
            kinds.setdefault(kind, marker)
        axis.annotate(f"{evidence.log_z:.2f}", (x, row), (8, 6), textcoords="offset points", fontsize="small")
    axis.set_xlim(edge - 0.5, best + 2.0)
    return kinds


def _draw_criteria(axis: Any, table: Comparison) -> dict[str, Any]:
    kinds: dict[str, Any] = {}
    offsets = np.linspace(-0.3, 0.3, len(table.criteria)) if len(table.criteria) > 1 else [0.0]
    names = list(table.evidences)
    for i, (criterion, found) in enumerate(table.criteria.items()):
        values = [found[name].value for name in names]
        if np.all(np.isnan(values)):
            continue
        best = names[int(np.nanargmax(values))]
        for row, name in enumerate(names):
            below, error = table.difference(criterion, name, best)
            inside = below >= -_WINDOW
            marker = axis.errorbar(
                max(below, -_WINDOW),
                row + offsets[i],
                xerr=error if inside and error > 0 else None,
                fmt=_MARKERS[i % len(_MARKERS)] if inside else "<",
                color=COLORS[(i + 2) % len(COLORS)],
                ms=6,
            )
            if name == best:
                kinds[criterion] = marker
    axis.axvline(0.0, lw=0.8, color="0.4")
    axis.set_xlim(left=-_WINDOW - 0.5)
    return kinds
