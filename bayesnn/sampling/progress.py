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
def show_progress(wanted: bool) -> Iterator[Callable[[Report], None] | None]:
    """What to call after each step of an ensemble, or None."""
    if not wanted:
        yield None
        return
    console = Console(file=sys.stderr)
    if not console.is_terminal and not console.is_jupyter:
        yield _lines()
        return
    columns = (
        TextColumn("ensemble {task.fields[ensemble]}"),
        BarColumn(),
        TextColumn("{task.completed:.0f}/{task.total:.0f} {task.fields[note]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as bar:
        tasks: dict[int, int] = {}

        def show(report: Report) -> None:
            if report.ensemble not in tasks:
                tasks[report.ensemble] = bar.add_task("", total=report.total, ensemble=report.ensemble + 1, note="")
            bar.update(tasks[report.ensemble], completed=report.step, note=_note(report))  # type: ignore[arg-type]

        yield show


def _note(report: Report) -> str:
    stage = "warm-up" if report.warming_up else f"acceptance {report.acceptance:.2f}"
    return f"{stage}, log posterior {report.log_prob:.1f}"


def _lines() -> Callable[[Report], None]:
    last = time.monotonic()

    def show(report: Report) -> None:
        nonlocal last
        if time.monotonic() - last > _LINE_EVERY:
            last = time.monotonic()
            line = f"ensemble {report.ensemble + 1}: step {report.step} of {report.total}, {_note(report)}"
            print(line, file=sys.stderr, flush=True)

    return show
