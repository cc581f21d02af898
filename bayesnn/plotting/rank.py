"""Ranks of draws, ensemble by ensemble: even where the ensembles agree."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata

from bayesnn.plotting.canvas import COLORS, canvas
from bayesnn.plotting.labels import heading
from bayesnn.plotting.quantities import quantities
from bayesnn.sampling.draws import Draws

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_BINS = 20
_MOST = 3


def rank(draws: Draws, *, at: ArrayLike | None = None, title: str = "") -> "Figure":
    """How the ranks of each ensemble's draws, among those of all, spread over twenty bins, relative to an even spread.

    Of the log posterior, and of E[y] at inputs `at` or else of parameters, as in `corner`. An ensemble that leans to
    one side, or piles up at the ends, has another location or another width than the rest (Vehtari et al. 2021).
    """
    rows = {"log posterior": draws.log_prob, **quantities(draws, at, most=_MOST)}
    figure, axes = canvas(1, len(rows), size=(0.6 + 2.8 * len(rows), 3.2))
    edges = np.linspace(0.0, 1.0, _BINS + 1)
    for axis, (label, values) in zip(axes[0], rows.items(), strict=True):
        shares = (rankdata(values, axis=None).reshape(values.shape) - 0.5) / values.size
        for e, share in enumerate(shares):
            density = np.histogram(share, edges, density=True)[0]
            axis.stairs(density, edges, color=COLORS[e % len(COLORS)], lw=1.4, label=f"ensemble {e + 1}")
        axis.axhline(1.0, color="0.4", lw=1, ls="--")
        axis.set(xlabel=f"rank of {label}", xlim=(0, 1), ylim=(0, None))
    axes[0, 0].set_ylabel("relative to even")
    handles = axes[0, 0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside lower center", ncols=min(draws.n_ensembles, 4), frameon=False)
    figure.suptitle(heading(title, draws.warning))
    return figure
