"""Draws over time, ensemble by ensemble: where they disagree, they have not converged."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from bayesnn.plotting.canvas import COLORS, MANY, canvas
from bayesnn.plotting.labels import heading
from bayesnn.plotting.quantities import functions, quantities
from bayesnn.sampling.draws import Draws

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MOST = 3


def trace(draws: Draws, *, at: ArrayLike | None = None, title: str = "") -> "Figure":
    """The log posterior, and E[y] (first target or class) at inputs `at`, or else three parameters, as in `corner`: one
    walker of each ensemble over time, beside the histogram of all walkers of each ensemble.
    """
    shown = quantities(draws, None, most=_MOST) if at is None else functions(draws, at)
    rows = {"log posterior": draws.log_prob, **shown}
    figure, axes = canvas(len(rows), 2, size=(9.0, 1.2 + 1.9 * len(rows)))
    for (left, right), (label, values) in zip(axes, rows.items(), strict=True):
        bins = np.linspace(values.min(), values.max(), 50)
        for e in range(draws.n_ensembles):
            color = COLORS[e % len(COLORS)]
            left.plot(values[e, 0], lw=0.6, color=color, rasterized=draws.n_draws > MANY)
            right.hist(values[e].ravel(), bins, histtype="step", density=True, color=color, label=f"ensemble {e + 1}")
        left.set_ylabel(label)
        right.set(xlabel=label, ylabel="density")
    axes[-1, 0].set_xlabel("draw")
    axes[0, 1].legend(frameon=False, fontsize="small")
    figure.suptitle(heading(title, draws.warning))
    return figure
