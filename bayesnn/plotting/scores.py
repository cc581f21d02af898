"""Training and validation error: against rows, against a setting of the fit, against the degree of a polynomial."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesnn.estimation.capacity_curve import CapacityCurve
from bayesnn.estimation.cross_validation import FoldScores
from bayesnn.estimation.learning_curve import LearningCurve
from bayesnn.estimation.validation_curve import ValidationCurve
from bayesnn.plotting import labels
from bayesnn.plotting.canvas import COLORS, canvas
from bayesnn.protocols import Array

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_QUANTITIES = {"mse": ("mean squared error", 2), "mae": ("mean absolute error", 1), "r2": ("R²", 0)}
_WIDE = 10.0
"""Ratio of the largest to the smallest error above which a logarithmic scale shows more."""


def learning_curve(curve: LearningCurve, *, title: str = "") -> "Figure":
    """Mean training and validation score against the number of training rows, with bands of one standard error."""
    figure, axes = canvas(size=(7.0, 4.5))
    _draw(axes[0, 0], curve.sizes, curve.scores)
    axes[0, 0].set(xlabel="training rows", ylabel=_label(curve.scores), title=title)
    axes[0, 0].legend(framealpha=1.0, edgecolor="none")
    _scale(axes[0, 0], [curve.scores])
    return figure


def validation_curve(curve: ValidationCurve, *, xlabel: str = "capacity", title: str = "") -> "Figure":
    """Mean training and validation score against a setting, with bands of one standard error, the best value and the
    simplest within one standard error of it.

    Complexity grows to the right; numbers over decades get a logarithmic axis, and values that are no numbers stand
    at equal distances.
    """
    figure, axes = canvas(size=(7.0, 4.5))
    _draw_choice(axes[0, 0], curve)
    axes[0, 0].set(xlabel=xlabel, ylabel=_label(curve.scores), title=title)
    axes[0, 0].legend(framealpha=1.0, edgecolor="none")
    _scale(axes[0, 0], [curve.scores])
    return figure


def capacity_curve(result: CapacityCurve, *, xlabel: str = "degree of the polynomial", title: str = "") -> "Figure":
    """The U-curves of error against capacity, one panel for each weight decay, all on one scale."""
    figure, axes = canvas(1, len(result.curves), size=(0.5 + 4.5 * len(result.curves), 4.5))
    for axis, (decay, curve) in zip(axes[0], result.curves.items(), strict=True):
        _draw_choice(axis, curve)
        axis.set(xlabel=xlabel, title=f"weight decay {decay:g}" if decay else "no weight decay")
        axis.legend(framealpha=1.0, edgecolor="none", fontsize="small")
        _scale(axis, [each.scores for each in result.curves.values()])
    axes[0, 0].set_ylabel(_label(next(iter(result.curves.values())).scores))
    figure.suptitle(title)
    return figure


def _draw(axis: Any, x: Sequence[Any] | Array, scores: FoldScores) -> None:
    for color, name, mean, error in (
        (COLORS[1], "training rows", scores.train_mean, scores.train_error),
        (COLORS[0], "held-out rows", scores.validation_mean, scores.validation_error),
    ):
        axis.plot(x, mean, "o-", ms=4, color=color, label=name)
        axis.fill_between(x, mean - error, mean + error, color=color, alpha=0.2, lw=0)


def _draw_choice(axis: Any, curve: ValidationCurve) -> None:
    values = curve.values
    x = list(values) if all(isinstance(value, int | float | np.number) for value in values) else range(len(values))
    _draw(axis, x, curve.scores)
    if isinstance(x, range):
        axis.set_xticks(x, [str(value) for value in values])
    else:
        if min(x) > 0 and max(x) >= 100 * min(x):
            axis.set_xscale("log")
        if len(x) > 1 and x[0] > x[-1]:
            axis.invert_xaxis()
    marks = {"best": (curve.best, "--")}
    if curve.scores.n_folds > 1:
        marks["simplest within one standard error"] = (curve.simplest, ":")
    for name, (value, style) in marks.items():
        axis.axvline(x[values.index(value)], ls=style, color="0.4", lw=1.2, label=f"{name}: {_short(value)}")


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float | np.floating) else str(value)


def _label(scores: FoldScores) -> str:
    quantity, power = _QUANTITIES.get(scores.score, (scores.score, 0))
    return labels.of(quantity, scores.target, power=power)


def _scale(axis: Any, all_scores: Sequence[FoldScores]) -> None:
    """Limits that show every validation score; training errors that vanish, and R² far below zero, leave the frame."""
    spread = [np.nan_to_num(scores.validation_error) for scores in all_scores]
    low = min(np.min([scores.train_mean, scores.validation_mean]) for scores in all_scores)
    high = max(np.max(s.validation_mean + e) for s, e in zip(all_scores, spread, strict=True))
    high = max(high, max(np.max(scores.train_mean) for scores in all_scores))
    if all_scores[0].larger_is_better:
        low = max(low, -1.0)
    elif low >= 0 and high > _WIDE * low:
        low = max(low, 0.01 * min(np.min(scores.validation_mean) for scores in all_scores))
        axis.set_yscale("log")
        axis.set_ylim(low / 1.4, high * 2.5)
        return
    axis.set_ylim(low - 0.08 * (high - low), high + 0.25 * (high - low))
