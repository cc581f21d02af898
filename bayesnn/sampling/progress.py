"""A progress bar for terminals and notebooks; plain lines where output is not a terminal."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn

_LINE_EVERY = 5.0
"""Seconds between lines of a plain log."""


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
        stage = "warm-up" if self.step < self.n_warmup else f"acceptance {self.acceptance:.2f}"
        figures = [f"step {self.step} of {self.total}: {stage}", f"log posterior {self.log_prob:.1f}"]
        figures += [f"ESS {self.ess:.0f}"] if self.ess == self.ess else []
        figures += [f"R-hat {self.rhat:.3f}"] if self.rhat == self.rhat else []
        return ", ".join([*figures, f"{_clock(self.seconds_left)} left"])


Show = Callable[[Report], None]


@contextmanager
def show_progress(wanted: bool) -> Iterator[Show | None]:
    """What to call now and then, or None."""
    console = Console(file=sys.stderr)
    if not wanted:
        yield None
    elif console.is_terminal or console.is_jupyter:
        columns = (BarColumn(), TextColumn("{task.percentage:3.0f} % {task.description}"))
        with Progress(*columns, console=console) as bar:
            task = bar.add_task("", total=None)
            yield lambda report: bar.update(
                task, total=report.total, completed=report.step, description=str(report), refresh=True
            )
    else:
        yield _lines()


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
