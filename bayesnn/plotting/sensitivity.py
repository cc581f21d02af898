"""Log evidence against the scale of the priors."""

from typing import TYPE_CHECKING

import numpy as np

from bayesnn.evidence.sensitivity import Sensitivity
from bayesnn.plotting.canvas import COLORS, canvas

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_WINDOW = 15.0
"""Nats below the most probable model, where it is lowest, that are shown at least."""
_STYLES = ("-", "--", "-.", ":")


def sensitivity(
    result: Sensitivity, *, xlabel: str = "prior scale, relative to the prior as written", title: str = ""
) -> "Figure":
    """ln evidence of each model against the prior scale, on a logarithmic axis; the best at each scale is ringed.

    Models far below the best at all scales leave the frame.
    """
    figure, axes = canvas(size=(7.0, 4.5))
    axis = axes[0, 0]
    order = np.argsort(result.scales)
    scales = result.scales[order]
    for i, (name, log_z) in enumerate(result.log_evidence.items()):
        color, errors = COLORS[i % len(COLORS)], np.nan_to_num(result.errors[name])[order]
        style = _STYLES[i // len(COLORS) % len(_STYLES)]
        axis.errorbar(scales, log_z[order], errors, fmt=f"o{style}", ms=4, capsize=2, color=color, label=name)
    top = np.max(list(result.log_evidence.values()), axis=0)
    axis.plot(result.scales, top, "o", ms=10, mfc="none", color="0.2", label="most probable")
    lowest, room = min(map(np.min, result.log_evidence.values())), 0.05 * np.ptp(top) + 1.0
    axis.set_ylim(max(lowest, top.min() - _WINDOW) - room, top.max() + room)
    axis.set(xscale="log", xlabel=xlabel, ylabel="ln evidence [nats]", title=title)
    axis.grid(lw=0.4)
    axis.legend(framealpha=1.0, edgecolor="none")
    return figure
