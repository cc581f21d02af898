"""Data, the band of the posterior, and point estimates, over one input."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from bayesnn.data.dataset import Dataset
from bayesnn.errors import SettingError
from bayesnn.plotting.canvas import COLORS, MANY, canvas
from bayesnn.plotting.labels import heading
from bayesnn.prediction.average import AveragedPredictive
from bayesnn.prediction.predictive import Predictive

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_STYLES = ("--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)))


def predictive(
    prediction: Predictive | AveragedPredictive,
    data: Dataset,
    *,
    curves: Mapping[str, Predictive] | None = None,
    label: str = "posterior",
    title: str = "",
) -> "Figure":
    """Data with error bars, the 68 % and 95 % bands of a predictive distribution, and other curves by name.

    `label` says where the prediction comes from.

    Raises
    ------
    SettingError : more than one input or target; a target of classes.
    """
    n_targets = 1 if prediction.mean.ndim == 1 else prediction.mean.shape[1]
    if prediction.classes is not None:
        raise SettingError("plot.predictive: expected a target of numbers, got classes; draw probabilities")
    if data.n_inputs != 1 or n_targets != 1:
        raise SettingError(
            f"plot.predictive: expected one input and one target, got {data.n_inputs} inputs and {n_targets} targets; "
            "draw the numbers of the prediction"
        )
    figure, axes = canvas(size=(8.0, 5.0))
    axis = axes[0, 0]
    x = prediction.X[:, 0]
    order = np.argsort(x)
    for level, shade in ((0.95, 0.18), (0.68, 0.30)):
        low, high = prediction.interval(level)
        axis.fill_between(
            x[order],
            low[order],
            high[order],
            color=COLORS[0],
            alpha=shade,
            lw=0,
            label=f"{label}, {level:.0%}",
        )
    axis.plot(x[order], prediction.mean[order], color=COLORS[0], lw=2, label=f"{label} mean")
    for i, (name, curve) in enumerate((curves or {}).items()):
        style, color = _STYLES[i % len(_STYLES)], COLORS[(i + 1) % len(COLORS)]
        points = np.argsort(curve.X[:, 0])
        axis.plot(curve.X[points, 0], curve.mean[points], ls=style, color=color, lw=1.8, label=name)
    y, yerr = _measured(data)
    axis.errorbar(
        data.scaling.restore_inputs(data.X)[:, 0],
        y,
        yerr,
        fmt="o",
        ms=4,
        lw=1,
        color="0.25",
        capsize=2,
        label="data",
        rasterized=len(y) > MANY,
    )
    axis.set(xlabel=data.names[0], ylabel=data.target, title=heading(title, prediction.warning))
    axis.legend(framealpha=1.0, edgecolor="none", fontsize="small", loc="upper left", ncols=2)
    axis.margins(x=0.01)
    _leave_room(axis, y, yerr, prediction)
    return figure


def _measured(data: Dataset) -> tuple[np.ndarray, np.ndarray | None]:
    y = data.scaling.restore(data.y)
    if data.cov is not None:
        return y, data.scaling.restore_sd(np.sqrt(np.diag(data.cov)))
    return y, None if data.yerr is None else data.scaling.restore_sd(data.yerr)


def _leave_room(
    axis: object, y: np.ndarray, yerr: np.ndarray | None, prediction: Predictive | AveragedPredictive
) -> None:
    """Limits that show all data and the band, whatever a wild curve does, with room for the legend above."""
    spread = 0.0 if yerr is None else yerr
    low, high = prediction.interval(0.95)
    bottom, top = min(np.min(y - spread), low.min()), max(np.max(y + spread), high.max())
    axis.set_ylim(bottom - 0.04 * (top - bottom), top + 0.25 * (top - bottom))  # type: ignore[attr-defined]
