"""What it costs to begin."""

import resource
import subprocess
import sys

import pytest

pytest.importorskip("typer")

HEAVY = {"matplotlib", "arviz", "emcee", "sklearn", "h5py", "pandas", "scipy"}


def cpu_seconds(*arguments: str) -> float:
    """The least of five runs: CPU time, so that a busy machine counts for little."""
    found = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *arguments], capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        found.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(found)


def test_import_and_help_are_quick() -> None:
    unit = cpu_seconds("-c", "import numpy, scipy.special")
    assert cpu_seconds("-c", "import bayesnn") < 1.6 * unit
    assert cpu_seconds("-m", "bayesnn", "--help") < 3 * unit


def test_help_loads_nothing_heavy() -> None:
    code = "import bayesnn.cli.app, sys; print(*sorted(m for m in sys.modules if '.' not in m))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not HEAVY & set(loaded)
