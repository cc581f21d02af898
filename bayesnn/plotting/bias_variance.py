"""Bias² and variance, over an input or for each component of an estimate."""

from typing import TYPE_CHECKING, Any

import numpy as np

from bayesnn.errors import SettingError
from bayesnn.estimation.bias_variance import BiasVariance
from bayesnn.plotting import labels
from bayesnn.plotting.canvas import COLORS, canvas
from bayesnn.protocols import FloatArray

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def bias_variance(result: BiasVariance, *, xlabel: str = "x", ylabel: str = "y", title: str = "") -> "Figure":
    """Above, the truth and the estimates, mean and standard deviation over data sets; below, the parts of the squared
    error with bands of one Monte Carlo error.

    Fits over one input are drawn against it, anything else component by component.

    Raises
    ------
    SettingError : more than one target.
    """
    if result.truth.ndim > 1 and result.X is not None:
        raise SettingError(f"plot.bias_variance: expected one target, got {result.truth.shape[1]}")
    figure, axes = canvas(2, 1, size=(7.5, 6.5))
    top, bottom = axes[:, 0]
    curves = result.X is not None and result.X.shape[1] == 1
    x = result.X[:, 0] if result.X is not None and curves else np.arange(float(result.truth.size))
    draw, line, mark = (_curve, "--", "") if curves else (_points, "none", "_")
    order, errors = np.argsort(x), result.standard_errors
    draw(top, x, np.ravel(result.mean), np.ravel(np.sqrt(result.variance)), 0, "mean ± sd of the estimates")
    top.plot(x[order], np.ravel(result.truth)[order], color="0.2", ls=line, marker=mark, ms=18, label="truth")
    draw(bottom, x, np.ravel(result.squared_bias), np.ravel(errors["squared_bias"]), 1, "bias²")
    draw(bottom, x, np.ravel(result.variance), np.ravel(errors["variance"]), 2, "variance")
    draw(bottom, x, np.ravel(result.squared_error), np.ravel(errors["squared_error"]), 3, "bias² + variance")
    if np.any(result.noise):
        level = np.broadcast_to(result.noise**2, result.truth.shape).ravel()[order]
        bottom.plot(x[order], level, color="0.4", ls=line, marker=mark, ms=18, label="noise²")
    top.set(ylabel=ylabel, title=title)
    bottom.set(xlabel=xlabel if curves else "component", ylabel=labels.of("squared error", ylabel, power=2))
    for axis in (top, bottom):
        axis.margins(y=0.25)
        axis.legend(framealpha=1.0, edgecolor="none", fontsize="small", ncols=2)
        if not curves:
            axis.set_xlim(-0.5, len(x) - 0.5)
            axis.set_xticks(x[:: max(1, len(x) // 10)])
    return figure


def _curve(axis: Any, x: FloatArray, y: FloatArray, error: FloatArray, i: int, label: str) -> None:
    order = np.argsort(x)
    axis.plot(x[order], y[order], color=COLORS[i], label=label)
    axis.fill_between(x[order], (y - error)[order], (y + error)[order], color=COLORS[i], alpha=0.25, lw=0)


def _points(axis: Any, x: FloatArray, y: FloatArray, error: FloatArray, i: int, label: str) -> None:
    axis.errorbar(x + 0.12 * (i - 2 if i else 0), y, error, fmt="o", ms=5, capsize=3, color=COLORS[i], label=label)
