"""Tables of benchmarks: where and with what they were made, printed and kept under benchmarks/results."""

import os
import platform
import subprocess
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[1]
REFERENCE = Path(os.environ.get("BAYESNN_REFERENCE", ROOT.parent / "shared" / "reference"))


def write(
    name: str,
    title: str,
    *,
    notes: str,
    columns: Sequence[str],
    rows: Sequence[str],
    peers: str = "",
    more: Sequence[str] = (),
) -> None:
    """A page with one table; `rows` hold cells between bars, `peers` names packages beside our own, and `more` holds
    the lines that follow."""
    commit = subprocess.check_output(["git", "rev-parse", "--short", "HEAD"], text=True, cwd=ROOT).strip()
    packages = ("numpy", "scipy", "emcee", "arviz-stats", *peers.split())
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    page = [f"# {title}", "", f"{machine}; {versions}; at {commit}.", notes, ""]
    page += [*table(columns, rows), *more]
    text = "\n".join(page) + "\n"
    print(text)
    (ROOT / "benchmarks" / "results").mkdir(exist_ok=True)
    (ROOT / "benchmarks" / "results" / f"{name}.md").write_text(text)


def table(columns: Sequence[str], rows: Sequence[str]) -> list[str]:
    """The lines of a table."""
    return [f"| {' | '.join(columns)} |", "|" + "---|" * len(columns), *(f"| {row} |" for row in rows)]
