"""Draws of several quantities, one by one and two by two."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.ndimage import gaussian_filter

from bayesnn.plotting.canvas import COLORS, canvas
from bayesnn.plotting.labels import heading
from bayesnn.plotting.quantities import quantities
from bayesnn.protocols import Array, FloatArray
from bayesnn.sampling.draws import Draws

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MOST = 6
_BINS = 40
_MASSES = (0.9, 0.5)


def corner(draws: Draws, *, at: ArrayLike | None = None, title: str = "") -> "Figure":
    """Histograms with median and 90 % interval on the diagonal; below it, regions that hold 50 % and 90 % of the draws.

    Of E[y] at inputs `at`, or else of the first six parameters that mean one thing, on their own scale, or else, for
    networks, whose weights do not, of E[y] at three rows of the table.
    """
    chosen = {label: values.ravel() for label, values in quantities(draws, at, most=_MOST).items()}
    size = 1.4 + 1.7 * len(chosen)
    figure, axes = canvas(len(chosen), len(chosen), size=(max(size, 4.0), max(size, 3.2)))
    for i, (below, y) in enumerate(chosen.items()):
        for j, (left, x) in enumerate(chosen.items()):
            axis = axes[i, j]
            if j > i:
                axis.set_axis_off()
                continue
            _one(axis, x) if i == j else _two(axis, x, y)
            axis.tick_params(labelsize="small", labelbottom=i == len(chosen) - 1, labelleft=j == 0 and i > 0)
            axis.locator_params(nbins=3)
            axis.set_xlabel(left if i == len(chosen) - 1 else "", fontsize="small")
            axis.set_ylabel(below if j == 0 and i > 0 else "", fontsize="small")
    figure.suptitle(heading(title, draws.warning))
    return figure


def _one(axis: Any, x: Array) -> None:
    low, middle, high = np.quantile(x, (0.05, 0.5, 0.95))
    axis.hist(x, _edges(x), color=COLORS[0], alpha=0.7)
    for value, style in ((low, ":"), (middle, "-"), (high, ":")):
        axis.axvline(value, color="0.25", lw=1, ls=style)
    axis.set_title(f"{middle:.4g} (+{high - middle:.2g} −{middle - low:.2g})", fontsize="small")
    axis.set_yticks([])
    axis.set_xlim(*_edges(x)[[0, -1]])


def _two(axis: Any, x: Array, y: Array) -> None:
    counts, x_edges, y_edges = np.histogram2d(x, y, bins=(_edges(x), _edges(y)))
    smooth = gaussian_filter(counts, 1.0)
    levels = np.unique(highest_density(smooth, _MASSES))
    centers = [(edges[1:] + edges[:-1]) / 2 for edges in (x_edges, y_edges)]
    axis.contourf(*centers, smooth.T, levels=[*levels, np.inf], colors=[COLORS[0]] * 2, alpha=0.35)
    axis.contour(*centers, smooth.T, levels=levels, colors=COLORS[0], linewidths=1.0)
    axis.set(xlim=x_edges[[0, -1]], ylim=y_edges[[0, -1]])


def highest_density(counts: FloatArray, masses: tuple[float, ...]) -> FloatArray:
    """The heights above which bins (B, C) hold each of the masses.

    Examples
    --------
    >>> import numpy as np
    >>> from bayesnn.plotting.corner import highest_density
    >>> highest_density(np.array([[1.0, 2.0], [3.0, 4.0]]), (0.9, 0.5, 0.4))
    array([2., 3., 4.])
    """
    heights = np.sort(counts, axis=None)[::-1]
    held = np.cumsum(heights) / np.sum(heights)
    return np.asarray(heights[np.searchsorted(held, np.asarray(masses) - 1e-12)])


def _edges(x: Array) -> FloatArray:
    """Bins over all but the farthest 0.1 % on either side, and a little more."""
    low, high = np.quantile(x, (0.001, 0.999))
    room = 0.05 * (high - low) or 0.5
    return np.linspace(low - room, high + room, _BINS + 1)
