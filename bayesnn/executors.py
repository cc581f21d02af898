"""Where independent tasks are worked on: here, or wherever joblib is told to take them."""

import os
import pickle
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from functools import cache
from multiprocessing import parent_process
from pickle import PicklingError
from threading import current_thread, main_thread
from typing import Any

import joblib  # type: ignore[import-untyped]

from bayesnn.errors import SettingError
from bayesnn.protocols import Executor, Result, Task

_WORTH = 4.0
"""Seconds of work from which on processes pay: they begin after one or two."""


@dataclass(frozen=True)
class Joblib:
    """An executor that hands tasks to joblib.

    Parameters
    ----------
    n_jobs : workers, −1 for one a core; left out, what `joblib.parallel_config` says, and without it no other process.

    So ``with joblib.parallel_config("dask")`` takes the tasks to a Dask cluster, and "loky" to processes on this
    machine. Any `executor=` of this package takes it; results do not depend on the workers.

    References
    ----------
    Joblib developers, Joblib: running Python functions as pipeline jobs (2008 ...).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> list(bnn.Joblib(n_jobs=1).map(abs, [-1, 2]))
    [1, 2]
    """

    n_jobs: int | None = None

    @property
    def is_here(self) -> bool:
        """Are tasks worked on one after the other, in this thread?"""
        return bool(joblib.Parallel(n_jobs=self.n_jobs).n_jobs == 1)

    def map(self, function: Callable[[Task], Result], tasks: list[Task], /) -> Iterable[Result]:
        """The results, in the order of the tasks."""
        if self.is_here:
            return map(function, tasks)
        results: list[Result] = joblib.Parallel(n_jobs=self.n_jobs)(joblib.delayed(function)(task) for task in tasks)
        return results


@dataclass
class Processes:
    """Processes of this machine, for work that nobody has placed: what cannot travel is worked on here."""

    n: int

    def map(self, function: Callable[[Task], Result], tasks: list[Task], /) -> Iterable[Result]:
        """The results, in the order of the tasks."""
        try:
            return Joblib(self.n).map(function, tasks)
        except (PicklingError, BrokenProcessPool) as error:
            wanted = (
                "a posterior that can be sent to other processes"
                if isinstance(error, PicklingError)
                else "workers that live, with memory enough"
            )
            warnings.warn(
                f"executor: expected {wanted}, got {type(error).__name__}: {str(error).splitlines()[0]}; it goes on in "
                "this process, as executor=bnn.Joblib(n_jobs=1) says",
                RuntimeWarning,
                stacklevel=2,
            )
            self.n = 1
            return map(function, tasks)


def require_executor(given: object) -> None:
    """Raise a SettingError for what cannot map."""
    if given is not None and (isinstance(given, type) or not isinstance(given, Executor)):
        raise SettingError(
            "executor: expected something with `map`, such as bnn.Joblib(n_jobs=4) or a ThreadPoolExecutor(4), got "
            f"{given!r:.60}; leave it out"
        )


def results(executor: Executor | None, function: Callable[[Task], Result], tasks: list[Task]) -> Iterator[Result]:
    """Of all tasks, in their order; without an executor, one after the other here.

    Raises
    ------
    SettingError : tasks that cannot be sent to where the executor works, or an executor that loses or mixes some.
    """
    if executor is None:
        yield from map(function, tasks)
        return
    n, got = 0, ""
    try:
        for found in executor.map(_Numbered(function), list(enumerate(tasks))):
            if n == len(tasks) or not isinstance(found, tuple) or found[0] != n:
                got = "more" if n == len(tasks) else "others"
                break
            n += 1
            yield found[1]
    except (PicklingError, AttributeError, TypeError) as error:
        if tasks and _is_of_pickle(error, (function, tasks[0])):
            raise SettingError(
                f"executor: expected a posterior that can be sent to other processes, got {type(error).__name__}: "
                f"{str(error).splitlines()[0]:.120}; bnn.Joblib(n_jobs=2) sends lambdas, too, and n_jobs=1 "
                "stays in this process"
            ) from error
        raise
    if got or n < len(tasks):
        raise SettingError(
            f"executor: expected {len(tasks)} results of its map, one a task in their order, got {got or n} from "
            f"{type(executor).__name__}; bnn.Joblib(n_jobs={len(tasks)}), say"
        )


@dataclass(frozen=True)
class _Numbered:
    """What an executor works on, so that a result is known by its task."""

    function: Callable[[Any], Any]

    def __call__(self, task: tuple[int, Any]) -> tuple[int, Any]:
        return task[0], self.function(task[1])


def _is_of_pickle(error: BaseException, task: object) -> bool:
    """Is it not of the task itself, but of sending it? pickle raises AttributeErrors and TypeErrors, too."""
    if isinstance(error, PicklingError):
        return True
    try:
        pickle.dumps(task)
    except (PicklingError, AttributeError, TypeError) as found:
        return str(found) == str(error)
    return False


def placed(given: Executor | None, *, seconds: float, n_processes: int) -> Executor:
    """The executor given, or what joblib is configured for; or processes, for work of so many seconds that they pay."""
    chosen = Joblib() if given is None else given
    pays = given is None and n_processes > 1 and seconds > _WORTH and Joblib().is_here
    return Processes(n_processes) if pays else chosen


def works_here(executor: Executor) -> bool:
    """Does it work on tasks one after the other, in this thread?"""
    return isinstance(executor, Joblib) and executor.is_here


def spare_cores() -> int:
    """Cores that this process may take; 1 for a worker of somebody's pool, since the others are busy with its like."""
    is_worker = parent_process() is not None or "PYTEST_XDIST_WORKER" in os.environ
    return 1 if is_worker or current_thread() is not main_thread() else _n_cores()


@cache
def _n_cores() -> int:
    return int(joblib.cpu_count())
