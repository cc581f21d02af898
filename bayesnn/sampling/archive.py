"""Draws on disk: HDF5, no pickle, a version tag in every file."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from math import prod
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from bayesnn.errors import FileError
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.protocols import Array
from bayesnn.sampling.checked import read_text, write_array, write_text
from bayesnn.sampling.draws import Draws
from bayesnn.sampling.guard import Guard
from bayesnn.sampling.place import place, reason
from bayesnn.sampling.signals import held
from bayesnn.sampling.whole_file import write_whole

_FORMAT = "bayesnn draws"
_VERSION = 2
_ARRAYS = ("theta", "log_prob", "log_likelihood", "acceptance")
_NUMBERS = ("n_warmup", "n_evaluations", "n_nan", "n_divergent", "seconds", "interacting")
_TEXTS = ("names", "kernels")


def save_draws(draws: Draws, path: str | Path) -> None:
    """Write a temporary neighbor and put it in place; FileError where that cannot be."""
    path = place(path, "draws")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with held():
            write_whole(path, path.with_name(f".{path.name}.{os.getpid()}"), partial(write_draws, draws))
    except OSError as error:
        raise FileError(
            f"draws {path}: expected a place that can be written, got {reason(error)}; make room, or take another path"
        ) from None


def write_draws(draws: Draws, file: h5py.File) -> None:
    """All fields, but for the posterior."""
    file.attrs.update({"format": _FORMAT, "version": _VERSION})
    file.attrs.update({name: getattr(draws, name) for name in (*_NUMBERS, "one_start")})
    for name in ("seed", "stopped"):
        write_text(file, name, getattr(draws, name))
    for name in _ARRAYS:
        write_array(file, name, getattr(draws, name))
    for name in _TEXTS:
        write_array(file, name, np.array([text.encode() for text in getattr(draws, name)]))
    group = file.create_group("values", track_order=True)
    for name, values in draws.values.items():
        columns = _columns(draws, name, values)
        if columns is None:
            write_array(group, name, values)
        else:
            group.create_dataset(name, data=h5py.Empty("f8")).attrs.update({"columns": columns, "shape": values.shape})


def _columns(draws: Draws, name: str, values: Array) -> tuple[int, int] | None:
    """From where to where in θ these values are, if they are numbers of it as they are: no need to keep them twice."""
    sizes = draws.theta.shape[:-1]
    if values.shape[: len(sizes)] != sizes:
        return None
    mine = (i for i, label in enumerate(draws.names) if label == name or label.startswith(f"{name}["))
    start = next(mine, len(draws.names))
    stop = start + prod(values.shape[len(sizes) :])
    if stop > len(draws.names):
        return None
    columns = draws.theta[..., start:stop].reshape(values.shape)
    is_view = columns.__array_interface__ == values.__array_interface__  # the same memory: no need to look at it
    return (start, stop) if is_view or np.array_equal(columns, values) else None


def _read_values(group: h5py.Group, theta: Array) -> dict[str, Array]:
    """What was written of each block, or its columns of θ."""
    found = {}
    for name, dataset in group.items():
        if "columns" in dataset.attrs:
            found[name] = theta[..., slice(*dataset.attrs["columns"])].reshape(tuple(dataset.attrs["shape"])).copy()
        else:
            found[name] = dataset[()]
    return found


def load(path: str | Path, *, posterior: PosteriorDensity | None = None) -> Draws:
    """Draws that `Draws.save` wrote, or those so far of a checkpoint.

    Parameters
    ----------
    path : the file.
    posterior : the problem that was sampled, if predictions or function-space diagnostics are wanted.

    Raises
    ------
    FileError : the file is missing, truncated, not ours, of a later version, or of another problem.

    Examples
    --------
    >>> import bayesnn as bnn, pathlib, tempfile
    >>> data = bnn.Dataset([0.0, 1.0], [0.0, 1.0], yerr=1.0)
    >>> line = bnn.LinearModel(bnn.polynomial(degree=1))
    >>> post = bnn.Posterior(line, bnn.Gaussian(), prior={"w": bnn.Normal(0, 1)}, data=data)
    >>> draws = bnn.sample(post, n_draws=20, n_warmup=20, n_walkers=4, progress=False)
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "draws.h5"
    >>> draws.save(path)
    >>> bool((bnn.load(path, posterior=post).theta == draws.theta).all())
    True
    """
    path = place(path, "draws")
    with opened(path, "draws") as file:
        draws = read_draws(file, f"draws {path}", posterior)
    if posterior is None:
        return draws
    _check_problem(draws, posterior, path)
    if draws.n_draws and np.all(np.isnan(draws.log_likelihood)):  # a run that is not finished
        return replace(draws, log_likelihood=posterior.log_likelihood(draws.theta))
    return draws


@contextmanager
def opened(path: Path, what: str) -> Iterator[h5py.File]:
    """A file to read from; whatever is wrong with it becomes a FileError."""
    try:
        with h5py.File(path, "r") as file:
            yield file
    except FileError:
        raise
    except FileNotFoundError:
        raise FileError(f"{what} {path}: expected a file, got nothing of that name; check the path") from None
    except (OSError, KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
        raise FileError(
            f"{what} {path}: expected a whole HDF5 file of draws, got a damaged one or another kind of file ({error}); "
            "restore a copy that is whole, or sample again, to another path"
        ) from None


def _check_problem(draws: Draws, posterior: PosteriorDensity, path: Path) -> None:
    if posterior.names != draws.names:
        raise FileError(
            f"draws {path}: expected the parameters {posterior.names[:3]}..., got {draws.names[:3]}...; pass the "
            "posterior that was sampled"
        )
    if not draws.n_draws:
        return
    if not np.allclose(Guard(posterior)(draws.theta[:, 0, -1]), draws.log_prob[:, 0, -1], rtol=1e-6, atol=1e-6):
        raise FileError(
            f"draws {path}: expected draws of this posterior, got those of another model, prior or data; pass the one "
            "that was sampled"
        )


def read_draws(file: h5py.File, what: str, posterior: PosteriorDensity | None) -> Draws:
    """What `write_draws` wrote, a FileError about `what` if it did not."""
    if file.attrs.get("format") != _FORMAT:
        raise FileError(f"{what}: expected a file that bayesnn wrote, got another HDF5 file; take another path")
    if int(file.attrs["version"]) > _VERSION:
        raise FileError(f"{what}: expected version <= {_VERSION}, got {file.attrs['version']}; update bayesnn")
    stored: dict[str, Any] = {name: file[name][()] for name in _ARRAYS}
    stored |= {name: file.attrs[name].item() for name in _NUMBERS}
    stored |= {name: tuple(text.decode() for text in file[name][()]) for name in _TEXTS}
    return Draws(
        **stored,
        one_start=bool(file.attrs.get("one_start", False)),  # earlier files do not say
        seed=read_text(file, "seed"),
        values=_read_values(file["values"], stored["theta"]),
        posterior=posterior,
        stopped=read_text(file, "stopped") if "stopped" in file.attrs else "",
    )
