"""Training over time."""

from typing import TYPE_CHECKING

import numpy as np

from bayesnn.errors import SettingError
from bayesnn.estimation.optimum import Optimum
from bayesnn.plotting.canvas import COLORS, canvas

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def training(optimum: Optimum, *, title: str = "") -> "Figure":
    """The log density that was maximized, against epochs; beneath it the validation, if any, and its best epoch.

    Raises
    ------
    SettingError : an optimum without a history; `train` keeps one.
    """
    history = optimum.history
    if history is None:
        raise SettingError("plot.training: expected an optimum from train, got one without history")
    curves = {"log density [nats]": history.log_density}
    if history.validation is not None:
        curves["validation: log predictive\ndensity of a row [nats]"] = history.validation
    figure, axes = canvas(len(curves), size=(7.0, 1.0 + 3.0 * len(curves)))
    for axis, (label, curve), color in zip(axes[:, 0], curves.items(), COLORS, strict=False):
        axis.plot(history.epochs, curve, color=color)
        axis.set(xlabel="epoch", ylabel=label)
    if history.validation is not None:
        best = int(np.nanargmax(history.validation))
        axes[1, 0].axvline(best, color="0.4", lw=1, ls=":", label=f"best: epoch {best}")
        axes[1, 0].legend(frameon=False)
    figure.suptitle(title)
    return figure
