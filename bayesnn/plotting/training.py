"""Training over time."""

from typing import TYPE_CHECKING

from bayesnn.errors import SettingError
from bayesnn.estimation.optimum import Optimum
from bayesnn.plotting.canvas import COLORS, canvas

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def training(optimum: Optimum, *, title: str = "") -> "Figure":
    """The log density that was maximized, against epochs.

    Raises
    ------
    SettingError : an optimum without a history; `train` keeps one.
    """
    if optimum.history is None:
        raise SettingError("plot.training: expected an optimum from train, got one without history")
    figure, axes = canvas(size=(7.0, 4.0))
    axes[0, 0].plot(optimum.history.epochs, optimum.history.log_density, color=COLORS[0])
    axes[0, 0].set(xlabel="epoch", ylabel="log density [nats]", title=title)
    return figure
