"""NIST's nonlinear regressions with certified answers: a file → data, model, starts, estimates, standard deviations."""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import bayesnn as bnn

_NUMBER = r"[-+]?\d*\.?\d+(?:[Ee][-+]?\d+)?"


@dataclass(frozen=True, eq=False)
class Regression:
    """One problem of the Statistical Reference Datasets (NIST 1997)."""

    name: str
    X: np.ndarray
    y: np.ndarray
    model: bnn.FunctionModel
    starts: np.ndarray
    estimates: np.ndarray
    standard_deviations: np.ndarray

    def posterior(self) -> bnn.Posterior:
        """Unknown noise and no prior at all."""
        prior = dict.fromkeys(self.model.names, bnn.Flat())
        gaussian = bnn.Gaussian(sigma=bnn.HalfNormal(1))
        return bnn.Posterior(self.model, gaussian, prior=prior, data=bnn.Dataset(self.X, self.y))


def read(path: Path) -> Regression:
    """Parse a file as NIST publishes it."""
    text = path.read_text().replace("\r", "")
    number = rf"\s+({_NUMBER})"
    rows = re.findall(rf"^\s*b\d+ =(?:{number}){{1}}{number}{number}{number}\s*$", text, re.MULTILINE)
    table = np.array(rows, dtype=float)
    data = np.array([line.split() for line in text.split("\n")[60:] if line.strip()], dtype=float)
    formula, is_log = _formula(text)
    return Regression(
        name=path.stem,
        X=data[:, 1:],
        y=np.log(data[:, 0]) if is_log else data[:, 0],
        model=bnn.FunctionModel(_function(formula, len(table), data.shape[1] - 1)),
        starts=table[:, :2].T,
        estimates=table[:, 2],
        standard_deviations=table[:, 3],
    )


def digits(value: np.ndarray, certified: np.ndarray) -> float:
    """Significant digits on which the worst of them agrees, at most the eleven that are certified."""
    with np.errstate(divide="ignore"):
        worst = np.max(np.abs(value / certified - 1))
    return float(np.clip(-np.log10(worst), 0, 11)) if np.isfinite(worst) else 0.0


def _formula(text: str) -> tuple[str, bool]:
    found = re.search(r"^ *(y|log\[y\]) *=(.*?)\+ *e *$", text, re.MULTILINE | re.DOTALL)
    assert found
    formula = found[2].replace("[", "(").replace("]", ")")
    return " ".join(formula.split()), found[1] != "y"


def _function(formula: str, n_params: int, n_inputs: int):
    names = ", ".join(f"b{i + 1}" for i in range(n_params))
    columns = "" if n_inputs == 1 else ", ".join(f"x{i + 1}" for i in range(n_inputs)) + " = x.T; "
    scope = {name: getattr(np, name) for name in ("exp", "log", "sin", "cos", "arctan", "pi")}
    exec(f"def curve(x, {names}): {columns}return {formula}", scope)
    return scope["curve"]
