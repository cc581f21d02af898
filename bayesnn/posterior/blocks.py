"""Walkers × rows in blocks that stay in cache, worked through by all threads and summed in one order."""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import numpy as np

from bayesnn.executors import spare_cores
from bayesnn.pace import Pace
from bayesnn.protocols import Array
from bayesnn.threads import in_threads, n_threads

_NUMBERS_IN_CACHE = 2**17
"""Numbers of one block's intermediate values, 1 MiB of float64 an array: the few arrays that a layer needs at once
stay near a second-level cache. Measured on eight networks: half of it costs as much in float64 and, of as many bytes,
1.1 to 1.3 times the time in float32, a quarter 1.2 to 2 times, for calls of NumPy then outweigh their work."""

_NUMBERS_A_WALKER = 2**15
"""Of these, those of one walker at most: so several share what is made of the rows once. All of a block in long runs of
rows takes 1.3 times the time."""

np.empty(2**21)
"""16 MiB, given back at once. The allocator of Linux takes it as the size of what comes and goes, and keeps as much at
hand; by itself it hands every block's arrays back to the system and takes them anew, page by page, which costs 2.5
times the time in float64. Elsewhere it does nothing."""

_WORTH_THREADS = 2**16
"""Numbers of all blocks together from which on it is tried whether threads gain more than it costs to wake them: a few
tenths of a millisecond, about what fewer of them take."""

_TASKS = 16
"""Into as many the work is cut at least, if it has so many blocks; a fixed number, so that sums do not depend on how
many threads there are."""

Block = tuple[slice, slice]
"""Walkers, rows."""
Part = Callable[[Array, slice], Sequence[Array]]
"""From θ (w, ·) of some walkers and a range of rows to sums over these rows, each (w, ...)."""


def sum_over_blocks(part: Part, theta: Array, blocks: list[list[Block]], *, width: int, kind: str) -> Sequence[Array]:
    """part(θ, rows) summed over all rows for every walker, sums over several blocks in float64.

    Each list of blocks is one task, added up as it goes: no more than one partial sum a task is kept. In how many
    threads they go fastest is found out for each size of the problem and `kind` of part.
    """
    n_rows = blocks[-1][-1][1].stop

    def work(n: int) -> Sequence[Array]:
        if len(blocks) == 1:
            return _of_one_block(part, theta, blocks[0], n)
        found = in_threads(lambda task: _sum_of(part, theta, task), blocks, n)
        totals = _zeros(len(theta), found[0])
        for task, sums in zip(blocks, found, strict=True):
            _add(totals, sums, task[0][0])
        return totals

    if len(theta) * n_rows * width < _WORTH_THREADS:
        return work(1)
    return _pace(len(theta), n_rows, width, kind + theta.dtype.char).run(work, ways=_ways())


def _of_one_block(part: Part, theta: Array, task: list[Block], n: int) -> Sequence[Array]:
    """By half of the walkers for each of two threads."""
    if n == 1 or len(task) > 1 or len(theta) == 1:
        return _sum_of(part, theta, task)
    halves = [[(some, task[0][1])] for some in _evenly(len(theta), -(-len(theta) // 2))]
    found = in_threads(lambda half: _sum_of(part, theta, half), halves, n)
    return [np.concatenate(parts) for parts in zip(*found, strict=True)]


def _ways() -> tuple[int, ...]:
    """Numbers of threads to choose from."""
    asked = n_threads()
    return tuple(sorted({1, spare_cores()})) if asked is None else (asked,)


@lru_cache(maxsize=64)
def _pace(n_walkers: int, n_rows: int, width: int, kind: str) -> Pace:
    return Pace()


def fits(n_rows: int, width: int) -> bool:
    """Are all rows of one walker no more than a block?"""
    return n_rows * width <= _NUMBERS_IN_CACHE


@lru_cache(maxsize=16)
def tasks(n_walkers: int, n_rows: int, *, width: int, divisible: bool) -> list[list[Block]]:
    """Blocks of a width of numbers a row and walker, dealt out as tasks of one range of walkers each."""
    if n_walkers * n_rows * width <= _NUMBERS_IN_CACHE:
        return [[(slice(0, n_walkers), slice(0, n_rows))]]
    rows = n_rows if not divisible else max(1, min(_NUMBERS_IN_CACHE, _NUMBERS_A_WALKER) // width)
    walkers = max(1, _NUMBERS_IN_CACHE // (width * min(rows, n_rows)))
    groups = _evenly(n_walkers, walkers, doubling=True)
    ranges = _evenly(n_rows, rows)
    n_chapters = min(len(ranges), _TASKS)
    chapters = [ranges[i * len(ranges) // n_chapters : (i + 1) * len(ranges) // n_chapters] for i in range(n_chapters)]
    return [[(group, where) for where in chapter] for group in groups for chapter in chapters]


def pieces(n_walkers: int, n_rows: int, *, width: int, divisible: bool) -> Iterator[Block]:
    """The same blocks one after the other."""
    for task in tasks(n_walkers, n_rows, width=width, divisible=divisible):
        yield from task


def _evenly(n: int, most: int, *, doubling: bool = False) -> list[slice]:
    """0 ... n in ranges no longer than `most`, as few as can be, or 1, 2, 4, ... for an even load."""
    count = max(1, -(-n // most))
    count = min(n, 1 << (count - 1).bit_length()) if doubling and n else count
    return [slice(i * n // count, (i + 1) * n // count) for i in range(count)]


def _sum_of(part: Part, theta: Array, task: list[Block]) -> Sequence[Array]:
    walkers = task[0][0]
    mine = theta[walkers]
    first = part(mine, task[0][1])
    if len(task) == 1:
        return first
    totals = _zeros(len(mine), first)
    _add(totals, first, slice(None))
    for _, rows in task[1:]:
        _add(totals, part(mine, rows), slice(None))
    return totals


def _zeros(n: int, like: Sequence[Array]) -> list[Array]:
    return [np.zeros((n, *array.shape[1:]), np.result_type(array, np.float64)) for array in like]


def _add(totals: Sequence[Array], sums: Sequence[Array], walkers: slice) -> None:
    for total, term in zip(totals, sums, strict=True):
        total[walkers] += term
