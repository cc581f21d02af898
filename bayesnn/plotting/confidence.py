"""What a likelihood excludes: profiles of one parameter, contours of two."""

from typing import TYPE_CHECKING

import numpy as np

from bayesnn.estimation.contour import Contour
from bayesnn.estimation.profile import Profile
from bayesnn.plotting.canvas import COLORS, canvas

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def profile(found: Profile, *, title: str = "") -> "Figure":
    """How −2 ln L rises away from the estimate, the others refitted, with the interval."""
    figure, axes = canvas(size=(6.0, 4.0))
    axis = axes[0, 0]
    rises = np.maximum(found.deviance, 0.0)
    shown = rises <= 3 * _at_ends(found)
    axis.plot(found.values[shown], rises[shown], color=COLORS[0], marker="o", ms=4, label="others refitted")
    axis.axvline(found.estimate, color="0.4", lw=1, ls=":", label=f"estimate {found.estimate:.4g}")
    if np.isfinite(found.low) and np.isfinite(found.high):
        label = f"{found.level:.0%}: {found.low:.4g} to {found.high:.4g}"
        axis.axvspan(found.low, found.high, color=COLORS[1], alpha=0.15, lw=0, label=label)
    axis.set(xlabel=found.name, ylabel="rise of −2 ln L", ylim=(0, None), title=title)
    axis.legend(frameon=False)
    return figure


def contour(region: Contour, *, title: str = "") -> "Figure":
    """Regions of joint confidence."""
    figure, axes = canvas(size=(5.5, 4.5))
    axis, levels = axes[0, 0], sorted(region.levels)
    colors = [COLORS[i % len(COLORS)] for i in range(len(levels))]
    drawn = axis.contour(region.x, region.y, region.confidence, levels=levels, colors=colors)
    axis.clabel(drawn, fmt=lambda level: f"{level:.0%}")
    axis.plot(*region.estimate, color="0.3", marker="+", ms=10, ls="none")
    axis.annotate("estimate", region.estimate, xytext=(6, 6), textcoords="offset points", color="0.3")
    axis.set(xlabel=region.names[0], ylabel=region.names[1], title=title)
    return figure


def _at_ends(found: Profile) -> float:
    """The rise at the ends of the interval, as far as they were visited."""
    inside = (found.values >= found.low) & (found.values <= found.high)
    return max(float(np.max(found.deviance[inside])), 1.0)
