"""One session of a run: rounds and looks at the draws, until there are enough; nothing is lost on the way."""

import time
import warnings
from contextlib import suppress
from dataclasses import dataclass, field

import numpy as np

from bayesnn.diagnostics.convergence import convergence
from bayesnn.protocols import Executor
from bayesnn.sampling.budget import Budget
from bayesnn.sampling.checkpoint import Checkpoint
from bayesnn.sampling.draws import Draws
from bayesnn.sampling.ensemble import EnsembleTask, unsaid
from bayesnn.sampling.gather import common, gather, log_prob_of
from bayesnn.sampling.progress import Report, Show
from bayesnn.sampling.rounds import EnsembleRun, rounds
from bayesnn.sampling.until import Plan
from bayesnn.sampling.workers import Workers

_FIGURES_SHARE, _FIGURES_EVERY = 0.02, 2.0
"""Of the time, for the ESS and R-hat of a progress bar, and seconds between them at least."""


@dataclass(eq=False)
class Session:
    """Runs on their way to a goal, a number of steps; `seconds_before` were spent in earlier sessions."""

    task: EnsembleTask
    runs: list[EnsembleRun]
    goal: int
    plan: Plan
    checkpoint: Checkpoint
    workers: Workers
    show: Show | None
    seed: str
    began: float
    seconds_before: float = 0.0
    _figures: tuple[float, float] = field(default=(np.nan, np.nan), init=False)
    _budget: Budget = field(init=False, default_factory=lambda: Budget(share=_FIGURES_SHARE, every=_FIGURES_EVERY))

    def __post_init__(self) -> None:
        self._first_step, self._first_time = self._step, time.perf_counter()

    def run(self) -> Draws:
        """All draws, or those so far after Ctrl-C; whatever else ends it is raised once they are safe."""
        try:
            self._save_unfinished()
            draws = self._draws(self._to_the_end(), with_likelihood=True)
            self._save(draws, finished=True)
        except KeyboardInterrupt:
            draws = self._interrupted()
        except BaseException as error:
            self._save_unfinished()
            if self.checkpoint.path is not None:
                error.add_note(f"{self.checkpoint.n_safe} draws of each walker are safe in {self.checkpoint.path}.")
            raise
        return draws

    def _to_the_end(self) -> str:
        """What ended it."""
        while True:
            for runs, error in rounds(
                self.task, self.runs, self.goal, executor=self._executor, seconds=self._slice_seconds
            ):
                self.runs = runs
                if error is not None:
                    raise error
                self._report()
                if (late := self.plan.out_of_time(common(runs), self._seconds)) is not None:
                    return late
                if self._step < self.goal:
                    self._save_if_due()
            enough, n_draws = self.plan.look(self._draws(""))
            if enough is not None:
                return enough
            self.goal = self.task.n_warmup + n_draws
            self._save_if_due()

    def _executor(self) -> Executor:
        return self.workers.executor(self._elapsed, self._seconds_left)

    def _slice_seconds(self) -> float:
        return self.plan.seconds_left(self.workers.slice_seconds, self._seconds)

    def _interrupted(self) -> Draws:
        n = common(self.runs)
        with suppress(KeyboardInterrupt):  # pressed twice
            self._save_unfinished()
        advice = f"; {self.checkpoint.promise(n)}"
        if n == 0:
            raise KeyboardInterrupt(f"during warm-up, before the first draw{advice}")
        note = f"Interrupted after {n} draws, {self._wanted} were wanted."
        warnings.warn(f"{note[:-1]}{advice}", RuntimeWarning, stacklevel=4)
        try:
            return self._draws(note, with_likelihood=True)
        except KeyboardInterrupt:  # they are not to be lost while something is computed of them
            return self._draws(note)

    def _save_if_due(self) -> None:
        if self.checkpoint.is_due(self.runs):
            self._save_unfinished()

    def _save_unfinished(self) -> None:
        if self.checkpoint.path is not None:
            with self.checkpoint.budget.spending():
                note = f"Unfinished: {common(self.runs)} draws, {self._wanted} were wanted."
                self._save(self._draws(note), finished=False)

    def _save(self, draws: Draws, *, finished: bool) -> None:
        if self.checkpoint.path is not None and (unknown := unsaid(self.task, self.runs[0].state)):
            warnings.warn(
                f"checkpoint {self.checkpoint.path}: expected moves that keep numbers and arrays, got "
                f"{', '.join(unknown)}, which a file cannot hold, so that a run which goes on from it draws otherwise; "
                "write state and restore",
                RuntimeWarning,
                stacklevel=5,
            )
        self.checkpoint.save(draws, self.runs, plan=repr(self.plan), goal=self.goal, finished=finished)

    def _draws(self, stopped: str, *, with_likelihood: bool = False) -> Draws:
        return gather(
            self.task,
            self.runs,
            seed=self.seed,
            seconds=lambda: self._seconds,
            stopped=stopped,
            with_likelihood=with_likelihood,
        )

    def _report(self) -> None:
        if self.show is None:
            return
        if (self._budget.is_due() or self._step == self.goal) and common(self.runs):
            with self._budget.spending():
                found = convergence(log_prob_of(self.runs)[..., None])
                self._figures = float(found.ess_bulk[0]), float(found.rhat[0])
        states = [run.state for run in self.runs]
        report = Report(
            step=self._step,
            total=self.goal,
            n_warmup=self.task.n_warmup,
            acceptance=float(np.mean([np.mean(run.state.accepted) / max(run.n_draws, 1) for run in self.runs])),
            log_prob=float(np.mean([np.mean(state.log_prob) for state in states])),
            ess=self._figures[0],
            rhat=self._figures[1],
            seconds_left=self._seconds_left,
        )
        try:
            self.show(report)
        except OSError:  # nobody is there to see it: a pipe that is closed, a full disk under a log
            self.show = None

    @property
    def _step(self) -> int:
        return min(run.state.step for run in self.runs)

    @property
    def _wanted(self) -> int:
        return max(self.goal - self.task.n_warmup, 0)

    @property
    def _elapsed(self) -> float:
        return max(time.perf_counter() - self._first_time, 1e-9)

    @property
    def _seconds_left(self) -> float:
        """At the speed so far."""
        rate = (self._step - self._first_step) / self._elapsed
        return self.plan.seconds_left((self.goal - self._step) / max(rate, 1e-9), self._seconds)

    @property
    def _seconds(self) -> float:
        return self.seconds_before + time.perf_counter() - self.began
