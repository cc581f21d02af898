"""From a run file to the posteriors that it describes."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from bayesnn.cli.config import LikelihoodSection, ModelSection, RunFile
from bayesnn.cli.priors import prior_of
from bayesnn.data.bundled import load_dataset
from bayesnn.data.dataset import Dataset
from bayesnn.data.tables import column_names, read_table
from bayesnn.errors import FileError, SettingError
from bayesnn.likelihoods.bernoulli import Bernoulli
from bayesnn.likelihoods.categorical import Categorical
from bayesnn.likelihoods.gaussian import Gaussian
from bayesnn.likelihoods.heteroscedastic_gaussian import HeteroscedasticGaussian
from bayesnn.likelihoods.poisson import Poisson
from bayesnn.likelihoods.student_t import StudentT
from bayesnn.linear.model import LinearModel
from bayesnn.linear.polynomial import polynomial
from bayesnn.nn.mlp import MLP
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import Array, ForwardModel, Likelihood

LIKELIHOODS: Mapping[str, Callable[[LikelihoodSection], Likelihood]] = {
    "gaussian": lambda section: Gaussian(sigma=prior_of(section.sigma), jitter=prior_of(section.jitter)),
    "student-t": lambda section: StudentT(df=section.df, scale=prior_of(section.sigma)),
    "heteroscedastic": lambda section: HeteroscedasticGaussian(),
    "bernoulli": lambda section: Bernoulli(),
    "categorical": lambda section: Categorical(),
    "poisson": lambda section: Poisson(),
}
_LABELS = ("bernoulli", "categorical", "poisson")
"""Whose targets are not measured, and never standardized."""


def dataset_of(run: RunFile) -> Dataset:
    """The table, standardized if the file says so.

    Raises
    ------
    ConfigError : a file, a column or a matrix that is not there or cannot be used; with the line of its key.
    """
    section = run.config.data
    if (section.file is None) == (section.dataset is None):
        raise run.refused(("data",), '[data]: expected file or dataset, got both or neither; dataset = "hz", say')
    if section.dataset is not None:
        with run.at("data", "dataset"):
            data = load_dataset(section.dataset)
    else:
        data = _read(run, run.beside(str(section.file)))
    return data.standardize(target=run.config.likelihood.kind not in _LABELS) if section.standardize else data


def posterior_of(run: RunFile, data: Dataset, *, model: str | None = None) -> Posterior:
    """Prior × likelihood × [model], or one of [models], of the table.

    Raises
    ------
    ConfigError : what a model, a likelihood or a prior refuses; with the line of its key.
    """
    where = ("model",) if model is None else ("models", model)
    section = run.config.model if model is None else run.config.models[model]
    prior = {}
    for block, value in run.config.prior.items():
        with run.at("prior", block):
            prior[block] = prior_of(value)
    likelihood = _likelihood(run)
    with run.at("likelihood"):
        n_outputs = likelihood.n_outputs(likelihood.targets(data)[0])
    with run.at(*where):
        forward = _forward(section, data.n_inputs, n_outputs)
    with run.at("prior"):
        return Posterior(forward, likelihood, prior=prior, data=data)


def _read(run: RunFile, path: Path) -> Dataset:
    section = run.config.data
    if section.target is None:
        raise run.refused(("data",), '[data]: expected target, the column to predict, got none; target = "y", say')
    with run.at("data", "file"):
        known = column_names(path)
    for key in ("target", "yerr", "features"):
        given = getattr(section, key)
        for name in (given,) if isinstance(given, str) else given or ():
            if name not in known:
                why = f"{key}: expected one of the columns {', '.join(known)}, got {name!r}, which {path} has not"
                raise run.refused(("data", key), why)
    with run.at("data", "file"):
        table = read_table(path, target=section.target, yerr=section.yerr, features=section.features)
    if section.covariance is None:
        return table
    with run.at("data", "covariance"):
        cov = _matrix(run.beside(section.covariance))
        return Dataset(table.X, table.y, cov=cov, yerr=table.yerr, names=[*table.names, table.target])


def _matrix(path: Path) -> Array:
    """Numbers of a text file, or the one array of a .npy file."""
    try:
        return np.asarray(np.load(path) if path.suffix == ".npy" else np.loadtxt(path, ndmin=2, delimiter=_comma(path)))
    except (OSError, ValueError) as error:
        raise FileError(f"{path}: expected a matrix of numbers, text or .npy, got: {error}") from None


def _comma(path: Path) -> str | None:
    return "," if path.suffix == ".csv" else None


def _likelihood(run: RunFile) -> Likelihood:
    section = run.config.likelihood
    if section.kind not in LIKELIHOODS:
        why = f"kind: expected one of {', '.join(LIKELIHOODS)}, got {section.kind!r}"
        raise run.refused(("likelihood", "kind"), why)
    with run.at("likelihood"):
        return LIKELIHOODS[section.kind](section)


def _forward(section: ModelSection, n_inputs: int, n_outputs: int) -> ForwardModel:
    if section.polynomial is not None and section.hidden is not None:
        raise SettingError("model: expected hidden or polynomial, got both; remove one")
    if section.polynomial is not None:
        return LinearModel(polynomial(section.polynomial, n_inputs=n_inputs))
    hidden = (16,) if section.hidden is None else section.hidden
    return MLP((n_inputs, *hidden, n_outputs), activation=section.activation)
