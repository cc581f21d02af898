"""Ensembles on their way together, slice by slice, so that they can be watched, stored and stopped."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import accumulate

import numpy as np

from bayesnn.executors import results
from bayesnn.protocols import Array, Executor
from bayesnn.sampling.ensemble import EnsembleState, EnsembleTask, Segment, advance

Parts = tuple[Array, ...]


@dataclass(frozen=True, eq=False)
class EnsembleRun:
    """A state and all draws before it: parts of θ (W, n, P) and of log_prob (W, n)."""

    state: EnsembleState
    theta: Parts = ()
    log_prob: Parts = ()

    @property
    def n_draws(self) -> int:
        """So far."""
        return sum(part.shape[1] for part in self.theta)

    def extended(self, segment: Segment) -> "EnsembleRun":
        """With the draws that follow."""
        if not segment.log_prob.size:
            return replace(self, state=segment.state)
        return EnsembleRun(segment.state, (*self.theta, segment.theta), (*self.log_prob, segment.log_prob))

    def draws(self, first: int = 0, out: tuple[Array, Array] | None = None) -> tuple[Array, Array]:
        """θ (W, n, P) and log_prob (W, n) from that draw on, each in one piece: of all draws, or as many as `out` has
        place for."""
        if out is None:
            n_walkers, n_params = self.state.coords.shape
            n = max(self.n_draws - first, 0)
            out = np.empty((n_walkers, n, n_params)), np.empty((n_walkers, n))
        begins = accumulate((part.shape[1] for part in self.theta), initial=-first)
        for begin, *parts in zip(begins, self.theta, self.log_prob, strict=False):
            for whole, part in zip(out, parts, strict=True):
                place = whole[:, max(begin, 0) : max(begin + part.shape[1], 0)]
                place[:] = part[:, max(-begin, 0) :][:, : place.shape[1]]
        return out


def rounds(
    task: EnsembleTask,
    runs: list[EnsembleRun],
    stop: int,
    *,
    executor: Callable[[], Executor],
    seconds: Callable[[], float],
) -> Iterator[tuple[list[EnsembleRun], BaseException | None]]:
    """All ensembles after each slice, until they are at step `stop` or one has raised: that error comes last.

    Where slices are worked on and how long they are is nothing but a matter of convenience: `executor` and `seconds`
    say it of the next.
    """
    n_steps, error = 1, None
    while (step := min(run.state.step for run in runs)) < stop and error is None:
        began = time.perf_counter()
        runs, error = _slice(task, runs, min(stop, step + n_steps), executor())
        yield runs, error
        speed = n_steps / max(time.perf_counter() - began, 1e-9)
        n_steps = int(np.clip(speed * seconds(), 1, 2 * n_steps))


def _slice(
    task: EnsembleTask, runs: list[EnsembleRun], stop: int, executor: Executor
) -> tuple[list[EnsembleRun], BaseException | None]:
    behind = [e for e, run in enumerate(runs) if run.state.step < stop]
    after = list(runs)
    segments = results(executor, advance, [(task, runs[e].state, stop) for e in behind])
    for e, segment in zip(behind, segments, strict=True):
        after[e] = runs[e].extended(segment)
        if segment.error is not None:
            return after, segment.error
    return after, None
