"""Log evidence of models, exact ones told from approximations."""

from typing import TYPE_CHECKING, Any

from bayesnn.evidence.compare import Comparison
from bayesnn.plotting.canvas import COLORS, canvas

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WINDOW = 15.0
"""Nats below the best model that are shown."""


def comparison(table: Comparison, *, title: str = "") -> "Figure":
    """ln evidence of each model; filled markers are exact or carry an error, open ones are approximations without.

    Models far below the best stand at the edge, with an arrow and their value.
    """
    figure, axes = canvas(size=(7.5, 1.4 + 0.42 * len(table.evidences)))
    axis = axes[0, 0]
    best = max(table.log_evidence.values())
    edge = best - _WINDOW
    kinds: dict[str, Any] = {}
    for row, (_, evidence) in enumerate(table.evidences.items()):
        rough = evidence.is_approximate
        kind = f"{evidence.method}{' (approximation)' if rough else ''}"
        color = COLORS[1 if rough else 0]
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
    axis.set_yticks(range(len(table.evidences)), list(table.evidences))
    axis.set_ylim(len(table.evidences) - 0.5, -0.7)
    axis.set_xlim(edge - 0.5, best + 2.0)
    axis.set(xlabel="ln evidence [nats, standardized target]", title=title)
    axis.grid(axis="x", lw=0.4)
    figure.legend(list(kinds.values()), list(kinds), loc="outside lower center", ncols=2, frameon=False)
    return figure
