"""A progress bar for terminals and notebooks; plain lines where output is neither."""

import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

_LINE_EVERY = 5.0
"""Seconds between lines of a plain log."""
_WIDE = 80
"""Columns of a terminal that has room for a percentage too."""


@dataclass(frozen=True)
class Report:
    """How far a run is: ESS and nested R-hat are those of the log posterior, NaN where not known yet."""

    step: int
    total: int
    n_warmup: int
    acceptance: float
    log_prob: float
    ess: float
    rhat: float
    seconds_left: float

    def __str__(self) -> str:
        """First what one looks for, since a narrow terminal cuts off the end."""
        warm = self.step >= self.n_warmup
        figures = [] if warm else ["warm-up"]
        figures += [f"ESS {self.ess:.0f}"] if self.ess == self.ess else []
        figures += [f"R-hat {self.rhat:.3f}"] if self.rhat == self.rhat else []
        figures += [f"{_clock(self.seconds_left)} left"]
        figures += [f"acceptance {self.acceptance:.2f}"] if warm else []
        return f"step {self.step} of {self.total}: " + ", ".join([*figures, f"log posterior {self.log_prob:.1f}"])


Show = Callable[[Report], None]


@contextmanager
def show_progress(wanted: bool) -> Iterator[Show | None]:
    """What to call now and then, or None."""
    console = Console(file=sys.stderr)
    if not wanted:
        yield None
    elif console.is_jupyter:
        yield _in_notebook()
    elif console.is_terminal:
        text = "{task.percentage:3.0f} % {task.description}" if console.width >= _WIDE else "{task.description}"
        with Progress(BarColumn(), TextColumn(text), console=console) as bar:  # the bar has the room that is left
            task = bar.add_task("", total=None)
            yield lambda report: bar.update(
                task, total=report.total, completed=report.step, description=str(report), refresh=True
            )
    else:
        yield _lines()


@dataclass(frozen=True, repr=False)
class _Bar:
    """A report as notebooks display it, with or without HTML."""

    report: Report

    def __repr__(self) -> str:
        return str(self.report)

    def _repr_html_(self) -> str:
        return f'<progress value="{self.report.step}" max="{self.report.total}"></progress> {self.report}'


def _in_notebook() -> Show:
    """One output that is replaced: rich would need ipywidgets for it."""
    from IPython.display import display

    name, is_there = uuid.uuid4().hex, False

    def show(report: Report) -> None:
        nonlocal is_there
        display(_Bar(report), display_id=name, update=is_there)  # type: ignore[no-untyped-call,unused-ignore]
        is_there = True

    return show


def _lines() -> Show:
    last = time.monotonic()

    def show(report: Report) -> None:
        nonlocal last
        if time.monotonic() - last > _LINE_EVERY:
            last = time.monotonic()
            print(report, file=sys.stderr, flush=True)

    return show


def _clock(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"
