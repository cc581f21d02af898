"""Said and seen: how often what was predicted came to be."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from bayesnn.plotting.canvas import COLORS, canvas
from bayesnn.plotting.labels import heading
from bayesnn.posterior.rows import DataRows
from bayesnn.prediction.calibration import reliability, transforms
from bayesnn.prediction.predictive import Predictive
from bayesnn.prediction.targets import replicates, rows_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DRAWS = 2000


def calibration(prediction: Predictive, y: ArrayLike, *, yerr: ArrayLike | None = None, title: str = "") -> "Figure":
    """For classes, how often the most probable one was right against its probability (reliability diagram); for
    numbers, how often central intervals held y against their level.

    Beneath, how many predictions fall into each bin, or the histogram of P(Y ≤ y), which is flat if all is well. Bars
    and bands are two standard errors. Parameters and errors as for `score`.
    """
    rows = rows_of(prediction, y, yerr)
    figure, axes = canvas(2, size=(6.0, 7.0))
    (_numbers if prediction.classes is None else _classes)(axes[:, 0], prediction, rows)
    axes[0, 0].plot([0, 1], [0, 1], ls="--", color="0.4", lw=1, label="calibrated", zorder=0)
    axes[0, 0].set(xlim=(0, 1), ylim=(0, 1.02), title=heading(title, prediction.warning))
    axes[0, 0].legend(framealpha=1.0, edgecolor="none", loc="upper left")
    axes[1, 0].set_xlim(0, 1)
    return figure


def _classes(axes: Any, prediction: Predictive, rows: DataRows) -> None:
    p = prediction.probabilities
    found = reliability(p.max(axis=1), p.argmax(axis=1) == rows.y[:, 0])
    error = 2 * _standard_error(found.confidence, found.count)
    label = f"expected calibration error {found.error:.3f}"
    axes[0].errorbar(found.confidence, found.frequency, error, fmt="o-", ms=4, capsize=2, color=COLORS[0], label=label)
    axes[0].set(xlabel="probability of the predicted class", ylabel="how often it was right")
    axes[1].hist(p.max(axis=1), bins=np.linspace(0, 1, 11), color=COLORS[0], alpha=0.7)
    axes[1].set(xlabel="probability of the predicted class", ylabel="predictions")


def _numbers(axes: Any, prediction: Predictive, rows: DataRows) -> None:
    pit = transforms(prediction.scaling.restore(rows.y), replicates(prediction, rows, _DRAWS)).ravel()
    levels = np.linspace(0, 1, 101)
    coverage = np.searchsorted(np.sort(np.abs(2 * pit - 1)), levels, side="right") / len(pit)
    error = 2 * _standard_error(levels, len(pit))
    axes[0].fill_between(levels, levels - error, levels + error, color="0.4", alpha=0.2, lw=0)
    axes[0].plot(levels, coverage, color=COLORS[0], label="central intervals")
    axes[0].set(xlabel="level of the interval", ylabel="how often it held y")
    n_bins = int(np.clip(len(pit) // 10, 5, 20))
    expected, scatter = len(pit) / n_bins, 2 * len(pit) * _standard_error(np.array(1 / n_bins), len(pit))
    axes[1].hist(pit, bins=np.linspace(0, 1, n_bins + 1), color=COLORS[0], alpha=0.7)
    axes[1].axhspan(expected - scatter, expected + scatter, color="0.4", alpha=0.2, lw=0)
    axes[1].axhline(expected, color="0.4", ls="--", lw=1)
    axes[1].set(xlabel="P(Y ≤ y)", ylabel="rows")


def _standard_error(p: np.ndarray, n: np.ndarray | int) -> np.ndarray:
    return np.asarray(np.sqrt(p * (1 - p) / n))
