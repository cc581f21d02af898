"""Draws over time, ensemble by ensemble: where they disagree, they have not converged."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from bayesnn.data.dataset import as_inputs
from bayesnn.errors import SettingError
from bayesnn.plotting.canvas import COLORS, canvas
from bayesnn.plotting.labels import heading
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import Array
from bayesnn.sampling.draws import Draws

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def trace(draws: Draws, *, at: ArrayLike | None = None, title: str = "") -> "Figure":
    """The log posterior, and E[y] (first target or class) at inputs `at` or else the first parameters: one walker
    of each ensemble over time, beside the histogram of all walkers of each ensemble.
    """
    rows = {"log posterior": draws.log_prob, **(_parameters(draws) if at is None else _functions(draws, at))}
    figure, axes = canvas(len(rows), 2, size=(9.0, 1.2 + 1.9 * len(rows)))
    for (left, right), (label, values) in zip(axes, rows.items(), strict=True):
        bins = np.linspace(values.min(), values.max(), 50)
        for e in range(draws.n_ensembles):
            color = COLORS[e % len(COLORS)]
            left.plot(values[e, 0], lw=0.6, color=color, label=f"ensemble {e + 1}, walker 1")
            right.hist(values[e].ravel(), bins, histtype="step", density=True, color=color, label=f"ensemble {e + 1}")
        left.set_ylabel(label)
        right.set(xlabel=label, ylabel="density")
    axes[-1, 0].set_xlabel("draw")
    axes[0, 1].legend(frameon=False, fontsize="small")
    figure.suptitle(heading(title, draws.warning))
    return figure


def _parameters(draws: Draws) -> dict[str, Array]:
    return {name: draws.theta[..., i] for i, name in enumerate(draws.names[:3])}


def _functions(draws: Draws, at: ArrayLike) -> dict[str, Array]:
    posterior = draws.posterior
    if not isinstance(posterior, Posterior):
        raise SettingError("trace: expected draws that know their model, got draws alone; load(path, posterior=...)")
    points = as_inputs(at, posterior.data.n_inputs)
    outputs = posterior.outputs(draws.theta, posterior.data.scaling.inputs(points))
    means = posterior.data.scaling.restore(posterior.likelihood.mean(outputs))
    labels = [", ".join(f"{value:g}" for value in point) for point in points]
    return {f"{posterior.data.target}\nat {label}": means[..., i, 0] for i, label in enumerate(labels)}
