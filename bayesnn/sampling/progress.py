"""A progress bar for terminals and notebooks; plain lines where output is not a terminal."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from bayesnn.sampling.ensemble import Progress as Report

_LINE_EVERY = 5.0
"""Seconds between lines of a plain log."""


@contextmanager
def show_progress(wanted: bool, *, n_ensembles: int) -> Iterator[Callable[[Report], None] | None]:
    """What to call after each step of an ensemble, or None."""
    console = Console(file=sys.stderr)
    if not wanted:
        yield None
    elif console.is_terminal or console.is_jupyter:
        with _bar(console) as bar:
            task = bar.add_task("", total=None, note="")
            yield lambda report: bar.update(
                task,
                total=n_ensembles * report.total,
                completed=report.ensemble * report.total + report.step,
                note=_note(report, n_ensembles),
            )
    else:
        yield _lines(n_ensembles)


def _bar(console: Console) -> Progress:
    columns = (BarColumn(), TextColumn("{task.percentage:3.0f} % {task.fields[note]}"), TimeRemainingColumn())
    return Progress(*columns, console=console)


def _note(report: Report, n_ensembles: int) -> str:
    stage = "warm-up" if report.warming_up else f"acceptance {report.acceptance:.2f}"
    where = f"ensemble {report.ensemble + 1} of {n_ensembles}, step {report.step} of {report.total}"
    return f"{where}: {stage}, log posterior {report.log_prob:.1f}"


def _lines(n_ensembles: int) -> Callable[[Report], None]:
    last = time.monotonic()

    def show(report: Report) -> None:
        nonlocal last
        if time.monotonic() - last > _LINE_EVERY:
            last = time.monotonic()
            print(_note(report, n_ensembles), file=sys.stderr, flush=True)

    return show
