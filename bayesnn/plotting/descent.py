"""The way of an optimizer over the function that it minimizes."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from bayesnn.errors import SettingError
from bayesnn.optimizers.minimize import Descent
from bayesnn.plotting.canvas import COLORS, canvas
from bayesnn.protocols import FloatArray

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_POINTS = 120
"""Of the grid, a side."""


def path(descent: Descent, function: Callable[[FloatArray], Any], *, title: str = "") -> "Figure":
    """The points of a descent over the contours of its function of two parameters.

    Contours and shades divide the ranks of the values on the grid, more finely where they are low. Of a descent that
    diverged the part below its start is shown, and how it leaves the frame.

    Raises
    ------
    SettingError : a function of anything but two parameters.
    """
    if descent.path.shape[1] != 2:
        raise SettingError(f"plot.path: expected two parameters, got {descent.path.shape[1]}; fix all but two of them")
    from matplotlib.colors import BoundaryNorm

    shown = descent.path[descent.values <= descent.values[0]] if descent.diverged else descent.path
    first, second = (_around(shown[:, p]) for p in (0, 1))
    with np.errstate(all="ignore"):
        values = np.array([[float(function(np.array([a, b]))) for a in first] for b in second])
    figure, axes = canvas(size=(6.5, 5.5))
    axis = axes[0, 0]
    levels = np.unique(np.quantile(values[np.isfinite(values)], np.linspace(0, 1, 22) ** 2))
    filled = axis.contourf(first, second, values, levels, norm=BoundaryNorm(levels, 256), cmap="Greys", alpha=0.4)
    axis.contour(first, second, values, levels, colors="0.55", linewidths=0.5)
    axis.plot(*descent.path.T, "-", color=COLORS[0], lw=1.2, marker=".", ms=4, label=f"{len(descent.path) - 1} steps")
    axis.plot(*descent.path[0], "s", color=COLORS[4], mec="black", ms=8, label="start")
    axis.plot(*descent.theta, "*", color=COLORS[1], mec="black", ms=14, label="lowest" if descent.diverged else "end")
    axis.set(xlim=first[[0, -1]], ylim=second[[0, -1]])
    figure.colorbar(filled, label="function", format="%.3g")
    axis.set(xlabel="theta[0]", ylabel="theta[1]", title=title)
    axis.legend(framealpha=1.0, edgecolor="none", fontsize="small")
    return figure


def _around(coordinates: FloatArray) -> FloatArray:
    """A grid over the path with a margin on both sides."""
    low, high = float(coordinates.min()), float(coordinates.max())
    margin = 0.25 * (high - low) or 1.0
    return np.linspace(low - margin, high + margin, _POINTS)
