"""Occam's hill: the evidence of the models of a search against one of their settings, and against their test error."""

from typing import TYPE_CHECKING, Any

import numpy as np

from bayesnn.errors import SettingError
from bayesnn.evidence.search import Search
from bayesnn.evidence.trials import Trial, name_of
from bayesnn.plotting.canvas import COLORS, canvas

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_STYLES = ("-", "--", "-.", ":")


def occam_hill(found: Search, *, x: str, title: str = "") -> "Figure":
    """ln evidence of each model against the setting `x`, a line for each choice of the others, the best ringed.

    Where there are test rows a second panel shows the test error against ln evidence, with the rank correlation. Models
    without an evidence have no marker.

    Raises
    ------
    SettingError : a setting that the search did not vary.
    """
    if x not in found.trials[0].settings:
        raise SettingError(f"x: expected one of {', '.join(found.trials[0].settings)}, got {x!r}")
    has_errors = not np.all(np.isnan([trial.test_error for trial in found.trials]))
    figure, axes = canvas(1, 2 if has_errors else 1, size=(11.0 if has_errors else 6.5, 4.5))
    hill, best = axes[0, 0], found.rank[0]
    places, ticks = _places(found, x)
    for i, (name, trials) in enumerate(_lines(found, x).items()):
        color, style = COLORS[i % len(COLORS)], _STYLES[i // len(COLORS) % len(_STYLES)]
        log_z, errors, missed = np.array([[t.evidence.log_z, t.evidence.error, t.test_error] for t in trials]).T
        at = [places[str(trial.settings[x])] for trial in trials]
        bars = np.nan_to_num(errors)
        hill.errorbar(at, log_z, bars, fmt=f"o{style}", ms=4, capsize=2, color=color, label=name or None)
        if has_errors:
            axes[0, 1].errorbar(log_z, missed, xerr=bars, fmt="o", ms=4, capsize=2, color=color)
    top = (places[str(best.settings[x])], best.evidence.log_z)
    hill.plot(*top, "o", ms=11, mfc="none", color="0.2", label="most probable")
    hill.set(xlabel=x, ylabel="ln evidence [nats]", title=title)
    if ticks:
        hill.set_xticks(range(len(ticks)), ticks)
    elif all(float(place).is_integer() for place in places.values()):
        hill.xaxis.get_major_locator().set_params(integer=True)
    if has_errors:
        said = f"rank correlation {found.rank_correlation:+.2f}"
        axes[0, 1].set(xlabel="ln evidence [nats]", ylabel="test error (root mean square)", title=said)
    for axis in axes[0]:
        axis.grid(lw=0.4)
    hill.legend(framealpha=1.0, edgecolor="none")
    return figure


def _lines(found: Search, x: str) -> dict[str, list[Trial]]:
    """Models that differ in `x` only, by what they have in common."""
    lines: dict[str, list[Trial]] = {}
    for trial in found.trials:
        others = {name: value for name, value in trial.settings.items() if name != x}
        lines.setdefault(name_of(others), []).append(trial)
    return lines


def _places(found: Search, x: str) -> tuple[dict[str, Any], list[str]]:
    """Where each value stands: numbers where they are, others in their order, with ticks."""
    values = {str(trial.settings[x]): trial.settings[x] for trial in found.trials}
    if all(isinstance(value, int | float | np.number) for value in values.values()):
        return values, []
    return {name: place for place, name in enumerate(values)}, list(values)
