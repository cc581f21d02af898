"""Estimation and Bayesian inference for curves and small neural networks, sampled with emcee.

>>> import bayesnn as bnn
>>> data = bnn.load_dataset("hz").standardize()
>>> post = bnn.Posterior(bnn.MLP((1, 16, 1)), bnn.Gaussian(), prior={"*": bnn.Normal(0, 1)}, data=data)
>>> post.n_params
49

Public names stand in ``__init__.pyi`` and are loaded when they are first used, so that ``import bayesnn`` is light.
"""

import ast
from importlib import import_module
from pathlib import Path

__version__ = "0.1.0"


def _public_names() -> dict[str, tuple[str, str]]:
    """Name → (module, name there), from the lines ``from module import name as public`` of the stub."""
    lines = ast.parse(Path(__file__).with_suffix(".pyi").read_text(encoding="utf-8")).body
    imports = [(line.module, alias) for line in lines if isinstance(line, ast.ImportFrom) for alias in line.names]
    return {str(alias.asname): (str(module), alias.name) for module, alias in imports}


_HOME = _public_names()
__all__ = sorted(_HOME)


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module 'bayesnn' has no attribute {name!r}")
    module, original = _HOME[name]
    value = import_module(f"bayesnn.{original}") if module == "bayesnn" else _from(module, original)
    globals()[name] = value
    return value


def _from(module: str, name: str) -> object:
    """What ``from module import name`` gives: an attribute, or a submodule."""
    return getattr(__import__(module, fromlist=[name]), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
