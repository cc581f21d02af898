"""What the data have taught: each parameter before and after."""

from typing import TYPE_CHECKING

import numpy as np

from bayesnn.errors import SettingError
from bayesnn.plotting.canvas import COLORS, canvas
from bayesnn.plotting.labels import heading
from bayesnn.plotting.quantities import elements, free_blocks, permutable
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.protocols import Array
from bayesnn.sampling.draws import Draws

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MOST = 12
_COLUMNS = 4
_N_PRIOR = 20_000
_FAR = 8.0
"""Posterior standard deviations beyond which a wide prior is cut off."""


def prior_vs_posterior(draws: Draws, *, title: str = "") -> "Figure":
    """Histograms of draws of prior and posterior, on the parameters' own scale; the first twelve.

    Weights of units that may be permuted stand together, one panel a block. A prior that is improper is not drawn; one
    much wider than the posterior is cut off.

    Raises
    ------
    SettingError : draws that do not know their posterior.
    """
    posterior = draws.posterior
    if posterior is None:
        raise SettingError("prior_vs_posterior: expected draws that know their posterior, got draws alone; "
                           "load(path, posterior=...)")  # fmt: skip
    before = posterior.unpack(posterior.sample_prior(np.random.default_rng(0), _N_PRIOR))
    panels = _panels(draws, posterior, before)
    n_columns = min(len(panels), _COLUMNS)
    n_rows = -(-len(panels) // n_columns)
    figure, axes = canvas(n_rows, n_columns, size=(max(0.4 + 2.3 * n_columns, 4.0), 0.8 + 2.1 * n_rows))
    for axis in axes.flat[len(panels) :]:
        axis.set_axis_off()
    for axis, (label, (prior, found)) in zip(axes.flat, panels.items(), strict=False):
        bins = _bins(prior, found)
        if prior is not None:
            weights = np.full(prior.size, 1 / (prior.size * (bins[1] - bins[0])))
            axis.hist(prior, bins, weights=weights, histtype="step", lw=1.6, color=COLORS[1], ls="--", label="prior")
        weights = np.full(found.size, 1 / (found.size * (bins[1] - bins[0])))
        axis.hist(found, bins, weights=weights, color=COLORS[0], alpha=0.6, label="posterior")
        axis.set(xlabel=label, yticks=[])
        axis.locator_params(axis="x", nbins=4)
    handles = {label: handle for axis in axes.flat for handle, label in zip(*axis.get_legend_handles_labels(),
                                                                            strict=True)}  # fmt: skip
    figure.legend(handles.values(), handles.keys(), loc="outside lower center", ncols=2, frameon=False)
    figure.suptitle(heading(title, draws.warning))
    return figure


def _panels(
    draws: Draws, posterior: PosteriorDensity, before: dict[str, Array]
) -> dict[str, tuple[Array | None, Array]]:
    """By label: draws of the prior, if there is one that integrates to one, and of the posterior."""
    together, improper = permutable(draws), set(posterior.prior.improper)
    panels: dict[str, tuple[Array | None, Array]] = {}
    for name in free_blocks(draws):
        known, found = before[name], draws.values[name]
        if name in together:
            panels[f"all of {name}"] = (None if name in improper else known.ravel(), found.ravel())
            continue
        priors = elements(name, known, n_leading=1)
        for label, values in elements(name, found, n_leading=3).items():
            panels[label] = (None if name in improper else priors[label], values.ravel())
    return dict(list(panels.items())[:_MOST])


def _bins(prior: Array | None, found: Array) -> Array:
    low, high = np.quantile(found, (0.001, 0.999))
    if prior is not None:
        middle, far = float(np.mean(found)), _FAR * float(np.std(found))
        ends = np.quantile(prior, (0.02, 0.98))
        low, high = min(low, max(ends[0], middle - far)), max(high, min(ends[1], middle + far))
    room = 0.03 * (high - low) or 0.5
    return np.linspace(low - room, high + room, 51)
