"""With what a run was made."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

PACKAGES = ("bayesnn-toolkit", "numpy", "scipy", "emcee", "h5py", "arviz", "arviz-stats", "scikit-learn", "matplotlib")
_EXTRAS = ("pandas", "pyarrow", "dynesty", "typer", "rich")
_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def environment() -> dict[str, Any]:
    """Versions of Python and of packages (None: not installed), the BLAS that NumPy was built with, and threads."""
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": {name: _version(name) for name in PACKAGES},
        "extras": {name: _version(name) for name in _EXTRAS},
        "blas": {key: blas.get(key) for key in ("name", "version")},
        "cores": os.cpu_count(),
        "threads": {name: os.environ.get(name) for name in _THREADS},
    }


def described(found: dict[str, Any]) -> str:
    """The same as lines, with a word on what is missing."""
    packages = found["packages"] | found["extras"]
    lines = [f"{'python':<20} {found['python']}, {found['platform']}"]
    lines += [f"{name:<20} {number or 'not installed'}" for name, number in packages.items()]
    lines.append(f"{'BLAS':<20} {found['blas']['name']} {found['blas']['version']}")
    threads = ", ".join(f"{name}={value}" for name, value in found["threads"].items() if value) or "not limited"
    lines.append(f"{'cores, threads':<20} {found['cores']}, {threads}")
    missing = [name for name, number in found["packages"].items() if number is None]
    lines.append(f"missing: {', '.join(missing)}; pip install bayesnn-toolkit" if missing else "all is there")
    return "\n".join(lines)


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
