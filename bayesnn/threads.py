"""Threads for array work: NumPy lets go of the interpreter while it computes."""

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from functools import cache
from operator import index
from threading import Lock
from typing import Any

from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from bayesnn.errors import SettingError
from bayesnn.protocols import Result, Task

_VARIABLE = "BAYESNN_THREADS"
_chosen: int | None = None
_busy, _counting = Lock(), Lock()
_n_holders = 0
_limit: Any = None


def set_threads(n: int | None = None) -> None:
    """Work through blocks of walkers and rows in n threads; None for the default again.

    By default it is as many as the environment variable BAYESNN_THREADS says, and without it one or as many as there
    are cores to spare, whichever has been faster (see `Pace`). Ensembles in processes of their own use the cores
    better: `sample` and `train` take as many for long runs as there are cores for n threads, each of which then has
    one. Numbers do not depend on the threads, bit for bit.

    Raises
    ------
    SettingError : not a whole number, or less than one.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> bnn.set_threads(1)    # leave the other cores to somebody else
    >>> bnn.set_threads()
    """
    global _chosen
    _chosen = None if n is None else _whole(n, "set_threads")


def n_threads() -> int | None:
    """How many threads are to work, if somebody has said so."""
    if _chosen is not None:
        return _chosen
    return _from_environment(os.environ.get(_VARIABLE, ""))


def in_threads(function: Callable[[Task], Result], tasks: Sequence[Task], n: int) -> list[Result]:
    """function of each task, in their order, on n threads.

    One call at a time has the pool; a second one, from another thread or from a task, works through its tasks itself.
    Libraries of linear algebra keep to one thread meanwhile.
    """
    if min(n, len(tasks)) < 2 or not _busy.acquire(blocking=False):
        return [function(task) for task in tasks]
    try:
        with one_library_thread():
            return _shared(function, tasks, min(n, len(tasks)))
    finally:
        _busy.release()


@contextmanager
def one_library_thread() -> Iterator[None]:
    """Libraries of linear algebra keep to one thread, since theirs would compete with ours and those of other workers.

    What goes on in another thread, or within, ends later or sooner: the last one out restores what was.
    """
    global _n_holders, _limit
    with _counting:
        if _n_holders == 0:
            _limit = _libraries().limit(limits=1, user_api="blas")
        _n_holders += 1
    try:
        yield
    finally:
        with _counting:
            _n_holders -= 1
            if _n_holders == 0:
                _limit.restore_original_limits()


def _shared(function: Callable[[Task], Result], tasks: Sequence[Task], n: int) -> list[Result]:
    todo, results = deque(enumerate(tasks)), dict[int, Result]()

    def work() -> None:
        while todo:
            try:
                place, task = todo.popleft()
            except IndexError:  # another thread was faster
                return
            results[place] = function(task)

    others = [_pool(n - 1).submit(copy_context().run, work) for _ in range(n - 1)]  # with what np.errstate holds here
    try:
        work()
    finally:
        todo.clear()
        for other in others:
            if not other.cancel():  # what has not begun by now has nothing left to do
                other.result()
    return [results[place] for place in range(len(tasks))]


@cache
def _pool(n: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(n, thread_name_prefix="bayesnn")


@cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController()


@cache
def _from_environment(text: str) -> int | None:
    return _whole(text, _VARIABLE) if text else None


def _whole(n: int | str, what: str) -> int:
    try:
        number = int(n) if isinstance(n, str) else index(n)
    except (TypeError, ValueError):
        number = 0
    if number < 1:
        raise SettingError(f"{what}: expected a whole number of threads, at least 1, got {n!r}; 1, say")
    return number


def _after_fork() -> None:
    """Threads do not survive a fork, nor does the one that held the pool."""
    global _busy, _counting
    _busy, _counting = Lock(), Lock()
    _pool.cache_clear()
    _from_environment.cache_clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
