"""With what a run was made."""

import platform
from importlib.metadata import PackageNotFoundError, version

PACKAGES = ("bayesnn-toolkit", "numpy", "scipy", "emcee", "arviz-stats")


def versions() -> dict[str, str]:
    """Python and the packages that make the numbers; those that are not installed as packages are left out."""
    return {"python": platform.python_version()} | {name: number for name in PACKAGES if (number := _version(name))}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
