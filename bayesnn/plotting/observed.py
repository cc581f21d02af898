"""What was measured against what was predicted: for any number of inputs."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from bayesnn.errors import SettingError
from bayesnn.plotting.canvas import COLORS, MANY, canvas
from bayesnn.prediction.predictive import Predictive
from bayesnn.prediction.targets import rows_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def observed(
    prediction: Predictive, y: ArrayLike, *, yerr: ArrayLike | None = None, label: str = "y", title: str = ""
) -> "Figure":
    """Targets against their predictive means, with one standard deviation of the prediction along x and `yerr` along y.

    Parameters and errors as for `score`.

    Raises
    ------
    SettingError : a target of classes; `calibration` draws these.
    """
    if prediction.classes is not None:
        raise SettingError("plot.observed: expected a target of numbers, got classes; use plot.calibration")
    rows = rows_of(prediction, y, yerr)
    truth, shape = prediction.scaling.restore(rows.y), prediction.functions.shape[1:]
    errors = None if yerr is None else np.broadcast_to(np.asarray(yerr, dtype=np.float64), np.shape(y)).reshape(shape)
    mean, sd = prediction.mean.reshape(shape), prediction.sd.reshape(shape)
    figure, axes = canvas(size=(5.5, 5.0))
    axis = axes[0, 0]
    for target in range(shape[1]):
        axis.errorbar(
            mean[:, target],
            truth[:, target],
            None if errors is None else errors[:, target],
            sd[:, target],
            fmt="o",
            ms=3,
            lw=0.6,
            color=COLORS[target % len(COLORS)],
            rasterized=len(mean) > MANY,
            label=f"target {target + 1}" if shape[1] > 1 else "rows",
        )
    ends = [min(mean.min(), truth.min()), max(mean.max(), truth.max())]
    axis.plot(ends, ends, ls="--", lw=1, color="0.4", label="equal", zorder=0)
    axis.set(xlabel=f"{label}, predicted", ylabel=f"{label}, measured", title=title)
    axis.legend(framealpha=1.0, edgecolor="none", loc="upper left")
    return figure
