"""What moves along gradients share: trajectories of all walkers at once, their acceptance, and tuning in warm-up."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
from emcee.moves import Move
from emcee.state import State

from bayesnn.errors import SettingError
from bayesnn.protocols import Array, FloatArray, LogDensity
from bayesnn.sampling.leapfrog import Phase, Point
from bayesnn.sampling.metric import Metric, metric_of
from bayesnn.sampling.moves.given import is_positive, is_whole, require_gradient, require_scale_of
from bayesnn.sampling.moves.tuned import Beginning
from bayesnn.sampling.precision import exact_log_prob
from bayesnn.sampling.retries import N_TRIES, with_retries
from bayesnn.sampling.tempered import Tempered
from bayesnn.sampling.tuning import Memory, Moments, StepSize, packed, plain, unpacked
from bayesnn.sampling.walls import stopped_by_walls

_LENGTH = 1.2
"""Of a trajectory, in units of how far walkers wander. Near the best for f and for the log posterior of three networks,
whose best lengths in units of scale differ by a factor of six."""
_LONGEST = 256
_MEMORY = 4.0
"""Draws for which walkers may remember their log density; where it is more, trajectories get longer. While they are
short beside what is slow, its effective draws for a gradient rise with their length; they fall once there is one in two
to four draws. Measured on generated networks: where they remembered it for 11 draws, about twice the length gave 1.0 to
1.9 times as many for a gradient, and where for 3 to 6 draws 0.7 times."""
_STRETCH = 2.0
"""Of the length, at most: what walkers remember for good, since they are in modes of unequal height, asks for more."""

_ACCEPTANCE = 0.9
"""That warm-up tunes for. With 0.85 a walker of the 1-16-1 Hubble network now and then stood for 60 of 300 trajectories
where the posterior is narrow, in two runs of six, with 0.9 for 7 at most in six of six, for an eighth more steps."""

_RARELY, _SHORT = 1 / 32, 1 / 8
"""Of trajectories, the part whose steps are shorter, and how short: a walker that has come to where the density is too
narrow for the frozen step, and would stand there for good, goes on. One of 256 on a 1-12-1 network did stand."""

_OWN = ("step_size", "n_steps", "scale", "length", "stretch", "temperature", "in_warmup", "n_divergent")


class GradientMove(Move, ABC):  # type: ignore[misc]
    """A trajectory of every walker, accepted or not; a final class writes `trajectory`.

    A class whose walkers see each other also writes `groups` and `metric`. `n_divergent` trajectories lost all tries.
    """

    name: ClassVar[str]
    interacting: ClassVar[bool] = False
    learns_correlations: ClassVar[bool] = True

    def __init__(
        self,
        *,
        step_size: float = 0.1,
        n_steps: int | None = None,
        scale: float | FloatArray = 1.0,
        target_acceptance: float = _ACCEPTANCE,
    ) -> None:
        if not (
            is_positive(scale, most_axes=2 if self.learns_correlations else 1)
            and is_positive(step_size, most_axes=0)
            and (n_steps is None or (is_whole(n_steps) and n_steps >= 1))
            and is_positive(target_acceptance, most_axes=0)
            and target_acceptance < 1
        ):
            raise SettingError(
                f"{type(self).__name__}: expected scale > 0, step_size > 0, n_steps >= 1, a whole number, and "
                f"0 < target_acceptance < 1, got {scale!r:.100}, {step_size!r}, {n_steps!r}, {target_acceptance!r}; "
                "leave them out, and warm-up finds them"
            )
        self.step_size = float(step_size)
        self.n_steps = 20 if n_steps is None else int(n_steps)
        self.scale = scale if np.ndim(scale) == 0 else np.array(scale, dtype=np.float64)
        self.tune_length = n_steps is None
        self.length = _LENGTH
        self.stretch = self.temperature = 1.0
        self.target_acceptance = float(target_acceptance)
        self.in_warmup = False
        self.n_divergent = 0
        self._cache: tuple[LogDensity | None, Point] | None
        self._acceptance: Array = np.zeros(0)
        self._shrink = 1.0
        self.restart_tuning()

    @abstractmethod
    def trajectory(self, density: LogDensity, begin: Phase, n_steps: int, metric: Metric) -> tuple[Phase, Array]:
        """Ends of n_steps from there, and the log of the ratio that accepts them (W,).

        From an end with opposite momenta it leads back, with the opposite log.
        """

    def momenta(self, shape: tuple[int, int], rng: np.random.RandomState) -> Array:
        """Fresh ones, (W, P), whose density does not depend on their sign."""
        return np.asarray(rng.standard_normal(shape))

    def groups(self, n_walkers: int, rng: np.random.RandomState) -> list[Array]:
        """Walkers that move together, group after group."""
        return [np.arange(n_walkers)]

    def metric(self, complement: Array) -> Metric:
        """The units of length of a group, which may depend on where the other walkers are, (W − group, P)."""
        return metric_of(self.scale)

    def propose(self, model: Any, state: State) -> tuple[State, Array]:
        """One trajectory of every walker."""
        here, accepted = self.step(model.log_prob_fn.f, state.coords, model.random)
        return self.update(state, State(here.x, log_prob=here.log_prob, copy=True), accepted), accepted

    def step(self, density: LogDensity, x: Array, rng: np.random.RandomState) -> tuple[Point, Array]:
        """Where walkers at x are after it, and which of them have moved (W,)."""
        require_gradient(density, self)
        require_scale_of(self, x.shape[1], correlations=self.learns_correlations)
        here = self._at(density, x)
        accepted, self._acceptance = np.zeros((2, len(here.x)))
        self._shrink = _SHORT if rng.uniform() < _RARELY else 1.0
        for walkers in self.groups(len(here.x), rng):
            metric = self.metric(np.delete(here.x, walkers, axis=0)).times(self._shrink)
            end, gain, lost, stopped = self._fly(density, here.take(walkers), metric, rng)
            self.n_divergent += int(np.sum(lost))
            gain = np.where(np.isnan(gain), -np.inf, np.minimum(gain, 0.0))  # +inf where a walker was at −inf
            moved = np.log(rng.uniform(size=len(gain))) < gain
            here = here.put(walkers[moved], end.take(moved))
            accepted[walkers], self._acceptance[walkers] = moved, np.where(stopped, np.nan, np.exp(gain))
        self._cache = (density, here)
        return here, accepted > 0

    def _fly(
        self, density: LogDensity, start: Point, metric: Metric, rng: np.random.RandomState
    ) -> tuple[Point, Array, Array, Array]:
        """Ends of trajectories from there, ln of the ratios that accept them, which were lost, and which by walls."""
        n_steps = int(rng.randint(1, 2 * self.n_steps))
        begin = Phase(start.x, start.log_prob, start.grad, self.momenta(start.x.shape, rng)).over(self.temperature)
        flown = Tempered(density, self.temperature) if self.temperature != 1.0 else density

        def flight(at: Phase, n: int, units: Metric) -> tuple[Phase, Array]:
            return self.trajectory(flown, at, n, units)

        n_tries = 1 if self.in_warmup else N_TRIES
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            end, gain, lost = with_retries(lambda at, units: flight(at, n_steps, units), begin, metric, n_tries=n_tries)
            stopped = np.zeros_like(lost)
            if self.in_warmup:
                stopped = stopped_by_walls(flight, begin, (end, gain), n_steps, metric)
            return end.over(1 / self.temperature), gain, lost, stopped

    def tune(self, state: State, accepted: Array) -> None:
        """Called by emcee after each step of warm-up: follow the acceptance, note positions and gradients."""
        assert self._cache is not None
        self.in_warmup = True  # from here on, lost trajectories are not tried again
        self._moments.observe(self._cache[1].x, self._cache[1].grad)
        self._memory.observe(self._cache[1].log_prob)
        told = self._acceptance[~np.isnan(self._acceptance)]
        if self._shrink == 1.0 and told.size:
            self.step_size = self._steps.observe(float(np.mean(told)))
            self._set_length()

    def restart_tuning(self) -> None:
        """Begin a new window of warm-up with what was learned."""
        self._steps = StepSize(self.step_size, self.target_acceptance)
        self._moments = Moments(correlations=self.learns_correlations)
        self._memory = Memory()
        self._cache = None

    def begin_among(self, beginning: Beginning) -> None:
        """At that temperature, and in those units, unless it was given others."""
        self.temperature = beginning.temperature
        if beginning.scale is not None and np.ndim(self.scale) == 0 and self.scale == 1.0:
            self.scale = beginning.scale

    def end_window(self) -> None:
        """Take over the scales of the window that ends, and search the step size anew from there, at T = 1."""
        self.temperature = 1.0
        if self._moments.count < 2:  # a move that was hardly chosen has learned nothing
            return
        new = self._moments.scale()
        self.step_size = self._steps.average * float(np.exp(metric_of(self.scale).mean_log - metric_of(new).mean_log))
        self.stretch = float(np.clip(self.stretch * np.sqrt(self._memory.time / _MEMORY), 1.0, _STRETCH))
        self.scale, self.length = new, self.stretch * _LENGTH * self._moments.reach(new)
        self.restart_tuning()

    def freeze(self) -> None:
        """End warm-up: from here on the kernel is fixed, and what it was learned from is let go."""
        self.step_size = self._steps.average if self._steps.count else self.step_size
        self._set_length()
        self.in_warmup, self.temperature = False, 1.0
        self._moments, self._memory = Moments(correlations=self.learns_correlations), Memory()

    @property
    def kernel(self) -> str:
        """What warm-up found, in a few words."""
        return f"{self.name}, step {self.step_size:.3g}, {self.n_steps} steps"

    def state(self) -> dict[str, Array]:
        """All that the next step depends on."""
        own = {name: np.array(getattr(self, name)) for name in _OWN}
        here = {} if self._cache is None else packed("here", self._cache[1])
        return (
            own
            | packed("steps", self._steps)
            | packed("moments", self._moments)
            | packed("memory", self._memory)
            | here
        )

    def restore(self, state: dict[str, Array]) -> None:
        """Go on from there, on the same density."""
        for name in _OWN:
            setattr(self, name, plain(state[name]))
        self.restart_tuning()
        for name, part in self._window.items():
            vars(part).update(unpacked(name, state))
        here = unpacked("here", state)
        self._cache = (None, Point(**here)) if here else None

    @property
    def _window(self) -> dict[str, object]:
        """What has been learned since the last window ended."""
        return {"steps": self._steps, "moments": self._moments, "memory": self._memory}

    def _set_length(self) -> None:
        if self.tune_length:
            self.n_steps = int(np.clip(round(self.length / self.step_size), 2, _LONGEST))

    def _at(self, density: LogDensity, x: Array) -> Point:
        """Value and gradient at x, which the last step has left behind."""
        if self._cache is not None:
            known, here = self._cache
            if (known is density or known is None) and np.array_equal(here.x, x):
                return here
        log_prob, grad = density.value_and_grad(x)
        return Point(x.copy(), exact_log_prob(density, x, log_prob), grad)
