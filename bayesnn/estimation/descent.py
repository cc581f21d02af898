"""Minibatch descent of several members at once, from their starts to where each ends."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from math import inf
from time import perf_counter

import numpy as np
from numpy.typing import DTypeLike

from bayesnn.errors import StartError
from bayesnn.estimation.course import Course, Trained
from bayesnn.nn.dropout import Dropout
from bayesnn.optimizers.transforms import Transform
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import Array, FloatArray
from bayesnn.threads import one_library_thread

_TRIES = 4
"""Steps timed before a training; the first pays for what all share."""
Group = tuple[slice, FloatArray]
"""Which of all members, and their starts (m, P)."""


@dataclass(frozen=True, eq=False)
class Descent:
    """The settings of a training: from a group of its members to what became of them.

    Batches are drawn by copies of one generator, so that every group sees the same, and members end where they would
    alone.
    """

    posterior: Posterior
    held: Posterior | None
    optimizer: Transform
    n_epochs: int
    batch_size: int
    n_members: int
    replacement: bool
    decay: bool
    noise: Dropout | None
    patience: int | None
    dtype: DTypeLike
    rng: np.random.Generator
    on_epoch: Callable[[int], None] | None

    @one_library_thread()
    def __call__(self, group: Group) -> list[Trained]:
        """Down from these starts."""
        members, start = group
        first = self.posterior.blend(prior=float(self.decay), log_det=0.0)(start)
        if not np.all(np.isfinite(first)):
            raise StartError("start: expected a finite log density, got another; move the start")
        course = Course(start, first, self._judge(start), patience=self.patience)
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            self._descend(members, start.astype(self.dtype), course)
        return course.members()

    @one_library_thread()
    def seconds(self, start: FloatArray) -> float:
        """What it takes, about: by the fastest of a few steps from there, since others may keep the machine busy."""
        rounded, theta = self.posterior.astype(self.dtype), start.astype(self.dtype)
        n_batches, least = -(-self.posterior.rows.n_rows // self.batch_size), inf
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            for _ in range(_TRIES):
                began = perf_counter()
                batch_gradient(rounded, theta, np.arange(self.batch_size), self.decay)
                least = min(least, perf_counter() - began)
        return least * n_batches * self.n_epochs

    def _descend(self, members: slice, theta: Array, course: Course) -> None:
        rounded, random, n_rows = self.posterior.astype(self.dtype), deepcopy(self.rng), self.posterior.rows.n_rows
        state = self.optimizer.init(theta)
        while course.n_epochs < self.n_epochs and np.any(course.goes_on):
            likelihood, n_seen = np.zeros(len(theta)), 0
            for batch in batches(n_rows, self.batch_size, random, self.replacement):
                kept = None if self.noise is None else self._masks(self.noise, random)[members]
                value, slope = batch_gradient(rounded, theta, batch, self.decay, kept)
                step, state = self.optimizer.update(slope, state, theta)
                theta += step
                likelihood += value
                n_seen += len(batch)
            at = theta.astype(np.float64)
            prior = self.posterior.log_prior(at) if self.decay else 0.0
            course.add(at, likelihood * (n_rows / n_seen) + prior, self._judge(at))
            if self.on_epoch is not None:
                self.on_epoch(course.n_epochs)

    def _masks(self, noise: Dropout, rng: np.random.Generator) -> Array:
        """Those of all members, of which a group takes its own."""
        return noise.masks(rng, self.n_members).astype(self.dtype)

    def _judge(self, theta: FloatArray) -> Array | None:
        """The mean log predictive density (m,) of a row held out."""
        return None if self.held is None else self.held.log_likelihood(theta) / self.held.rows.n_rows


def batches(n_rows: int, size: int, rng: np.random.Generator, replacement: bool) -> list[Array]:
    """The rows of one epoch: each once, or as many as that drawn anew."""
    n_batches = -(-n_rows // size)
    order = rng.integers(n_rows, size=n_batches * size) if replacement else rng.permutation(n_rows)
    return [order[first : first + size] for first in range(0, len(order), size)]


def batch_gradient(
    posterior: Posterior, theta: Array, batch: Array, decay: bool, kept: Array | None = None
) -> tuple[Array, Array]:
    """ln p(y_batch | θ) (M,) and the gradient of J that the batch gives (M, P), under masks of dropout if there are."""
    natural = posterior.parameters.natural(theta)
    value, slope = _log_likelihood_and_grad(posterior.take(batch), natural, kept)
    slope *= posterior.rows.n_rows / len(batch)
    if decay:
        posterior.prior.add_grad(natural, slope)
    slope *= -1 / posterior.rows.n_rows
    return value, posterior.parameters.pullback(theta, slope)


def _log_likelihood_and_grad(posterior: Posterior, natural: Array, kept: Array | None) -> tuple[Array, Array]:
    """At weights times their masks, the slopes by the weights themselves; the prior sees no masks."""
    if kept is None:
        return posterior.natural_log_likelihood_and_grad(natural)
    dropped, weights = natural.copy(), slice(kept.shape[1])
    dropped[:, weights] *= kept
    value, slope = posterior.natural_log_likelihood_and_grad(dropped)
    slope[:, weights] *= kept
    return value, slope
