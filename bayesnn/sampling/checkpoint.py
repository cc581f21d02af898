"""A run on disk: one HDF5 file that is always whole, with all draws so far and the states they ended in."""

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from bayesnn.errors import FileError
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.protocols import Array, LogDensity
from bayesnn.sampling.archive import opened, read_draws, write_draws
from bayesnn.sampling.budget import Budget
from bayesnn.sampling.checked import read_text, write_array, write_text
from bayesnn.sampling.draws import Draws
from bayesnn.sampling.ensemble import EnsembleState
from bayesnn.sampling.fingerprint import Fingerprint, as_passed
from bayesnn.sampling.guard import Guard
from bayesnn.sampling.lock import locked
from bayesnn.sampling.moves.kept import numbers_of
from bayesnn.sampling.place import place, reason
from bayesnn.sampling.rounds import EnsembleRun
from bayesnn.sampling.signals import held
from bayesnn.sampling.whole_file import write_whole

_SHARE, _EVERY = 0.005, 1.0
"""Of the time, and seconds between two writings at least: all draws are written anew, the rarer the more they are. The
last one, which nothing holds back, takes 1 to 1.5 % of a run of the smallest networks."""
_SPEED = 4e8
"""Bytes a second that can be gathered and written, at most: the first file is empty, and tells little of the next."""
_COUNTS = ("step", "n_evaluations", "n_nan", "n_divergent")
_ARRAYS = ("coords", "log_prob", "accepted")
_NUMBERS = (bool, int, float, complex)
"""Of Python, whose powers round otherwise than NumPy's."""


@dataclass(frozen=True, eq=False)
class Stored:
    """A run as it was found: `goal`, the step at which to look at it next, holds as long as `plan` is the same."""

    draws: Draws
    runs: list[EnsembleRun]
    plan: str
    goal: int
    is_finished: bool


@dataclass(eq=False)
class Checkpoint:
    """Where a run is kept, and what of it has been found there; a path None keeps nothing."""

    path: Path | None
    fingerprint: Fingerprint
    stored: Stored | None = None
    budget: Budget = field(default_factory=lambda: Budget(share=_SHARE, every=_EVERY))
    n_safe: int = field(init=False)
    """Draws of each walker that the file holds."""

    def __post_init__(self) -> None:
        self.n_safe = 0 if self.stored is None else self.stored.draws.n_draws

    def is_due(self, runs: list[EnsembleRun]) -> bool:
        """Is it time to write, and is there a file to write?"""
        n_bytes = sum(run.n_draws * run.state.coords.nbytes for run in runs)
        return self.path is not None and self.budget.is_due(at_least=n_bytes / _SPEED)

    def promise(self, n_draws: int) -> str:
        """What the same call will do, after a run that ended with so many draws."""
        if self.path is None:
            return "with checkpoint=, the same call would go on from there"
        if self.n_safe < n_draws:
            return f"the same call goes on from {self.n_safe}, of which {self.path} knows"
        return "the same call goes on from there"

    def save(self, draws: Draws, runs: list[EnsembleRun], *, plan: str, goal: int, finished: bool) -> None:
        """Replace the file by all draws so far; where the disk refuses, warn and leave the file as it was."""
        if self.path is None:
            return

        def fill(file: h5py.File) -> None:
            write_draws(draws, file)
            group = file.create_group("run")
            write_text(group, "fingerprint", json.dumps(self.fingerprint))
            write_text(group, "plan", plan)
            group.attrs.update({"goal": goal, "finished": finished})
            for e, run in enumerate(runs):
                _write_run(run, draws.n_draws, group.create_group(f"{e}"))

        try:
            with held():
                write_whole(self.path, self.path.with_name(f".{self.path.name}.part"), fill)
                self.n_safe = draws.n_draws
        except OSError as error:
            warnings.warn(
                f"checkpoint {self.path}: could not be written ({reason(error)}); what it held before is still there, "
                "and sampling goes on: make room",
                RuntimeWarning,
                stacklevel=2,
            )


@contextmanager
def checkpoint_at(path: str | Path | None, fingerprint: Fingerprint, posterior: LogDensity) -> Iterator[Checkpoint]:
    """A checkpoint that is this process's alone, with the run that it holds, if any.

    Raises
    ------
    SettingError : no name of a file.
    FileError : another process is at work on it; it is no whole checkpoint, or one of another run.
    """
    if path is None:
        yield Checkpoint(None, fingerprint)
        return
    path = place(path, "checkpoint")
    with locked(path):
        stored = _read(path, fingerprint, posterior) if path.exists() else None
        yield Checkpoint(path, fingerprint, stored)


def _read(path: Path, expected: Fingerprint, posterior: LogDensity) -> Stored:
    named = posterior if isinstance(posterior, PosteriorDensity) else None
    with opened(path, "checkpoint") as file:
        draws = read_draws(file, f"checkpoint {path}", named)
        if "run" not in file:
            raise FileError(f"checkpoint {path}: expected a run, got finished draws alone; take another path")
        group = file["run"]
        found = json.loads(read_text(group, "fingerprint"))
        for name, value in expected.items():
            if found.get(name) != value:
                on = f"pass rng={as_passed(found[name])} to go on with it, " if name == "rng" else ""
                raise FileError(
                    f"checkpoint {path}: expected {name} = {value}, got a run with {found.get(name)}; {on}take "
                    "another path, or remove the file"
                )
        parts = zip(draws.theta, draws.log_prob, strict=True)
        runs = [_read_run(group[f"{e}"], *part) for e, part in enumerate(parts)]
        goal, is_finished = int(group.attrs["goal"]), bool(group.attrs["finished"])
        stored = Stored(draws, runs, read_text(group, "plan"), goal, is_finished)
    for run in stored.runs:
        if run.n_draws != max(run.state.step - draws.n_warmup, 0):
            raise FileError(f"checkpoint {path}: expected as many draws as steps, got a damaged file; remove it")
        if not np.allclose(Guard(posterior)(run.state.coords), run.state.log_prob, rtol=1e-6, atol=1e-6):
            raise FileError(
                f"checkpoint {path}: expected a run of this posterior, got one of another model, prior or data; take "
                "another path, or remove the file"
            )
    return stored


def _write_run(run: EnsembleRun, n_draws: int, group: h5py.Group) -> None:
    """The state, and draws that the other ensembles do not have yet."""
    state = run.state
    group.attrs.update({name: getattr(state, name) for name in _COUNTS})
    for name in _ARRAYS:
        write_array(group, name, getattr(state, name))
    _, words, position, has_normal, normal = state.random
    write_array(group, "random", words)
    group["random"].attrs.update({"position": position, "has_normal": has_normal, "normal": normal})
    for i, move in enumerate(state.moves):
        kept = group.create_group(f"moves/{i}")
        for key, value in numbers_of(move).items():
            write_array(kept, key, value)
            if type(value) in _NUMBERS:
                kept[key].attrs["python"] = True
    theta, log_prob = run.draws(first=n_draws)
    write_array(group, "theta", theta)
    write_array(group, "log_prob_of_draws", log_prob)


def _read_run(group: h5py.Group, theta: Array, log_prob: Array) -> EnsembleRun:
    random = group["random"]
    about = {name: random.attrs[name].item() for name in ("position", "has_normal", "normal")}
    moves = [group[f"moves/{i}"] for i in range(len(group["moves"]))] if "moves" in group else []
    state = EnsembleState(
        **{name: group.attrs[name].item() for name in _COUNTS},
        **{name: group[name][()] for name in _ARRAYS},
        random=("MT19937", random[()], *about.values()),
        moves=tuple({key: _kept(move[key]) for key in move} for move in moves),
    )
    more, log_prob_more = group["theta"][()], group["log_prob_of_draws"][()]
    return EnsembleRun(state, (theta, more), (log_prob, log_prob_more))


def _kept(dataset: h5py.Dataset) -> Any:
    value = dataset[()]
    return value.item() if dataset.attrs.get("python") else np.array(value)
