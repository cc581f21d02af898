"""Hamiltonian Monte Carlo as an emcee move: all walkers at once, each a chain of its own."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from emcee.moves import Move
from emcee.state import State

from bayesnn.errors import SettingError
from bayesnn.protocols import Array, FloatArray, LogDensity
from bayesnn.sampling.precision import exact_log_prob
from bayesnn.sampling.tuning import DualAveraging, Moments

_LENGTH = 2.0
"""Of a trajectory, in units of scale: near the best of 0.5 ... 6 on a 1-16-1 network, where half of it mixes badly."""


@dataclass(frozen=True, eq=False)
class Phase:
    """Positions (W, P), momenta (W, P), log density (W,) and its gradient (W, P)."""

    x: Array
    p: Array
    log_prob: Array
    grad: Array

    @property
    def energy(self) -> Array:
        """H = ½ |p|² − log density, (W,)."""
        return np.asarray(0.5 * np.einsum("wp,wp->w", self.p, self.p) - self.log_prob)


class HMC(Move):  # type: ignore[misc]
    """Hamiltonian Monte Carlo with a jittered number of leapfrog steps.

    In units of `scale`, p ~ N(0, I) and x' = x + ε p', p' = p + ε ∇ ln π; the end of the trajectory is accepted with
    probability min(1, exp(H − H')). The number of steps is drawn uniformly from 1 ... 2 n_steps − 1, one number for
    all walkers. Walkers do not see each other: any number of them will do, and they are independent chains.

    Parameters
    ----------
    step_size : ε, positive; where warm-up starts, or what is used in a plain emcee sampler.
    n_steps : mean number of leapfrog steps of a trajectory; left out, warm-up sets it so that a trajectory is
        two units of `scale` long, within 4 ... 128 steps (20 in a plain emcee sampler).
    scale : (P,) or a number, the unit of length of each component, or a lower triangular factor L (P, P) whose z in
        x = L z are of unit length; tuned in warm-up, with correlations for P <= 32.
    target_acceptance : what warm-up tunes ε for; met from about 0.8 on (lower ones give too small a step). At 0.8
        walkers of a network linger where the posterior is narrow.

    The density must be the function of the sampler itself and have `value_and_grad`.

    References
    ----------
    Neal, MCMC using Hamiltonian dynamics, in Handbook of Markov Chain Monte Carlo (2011).

    Examples
    --------
    >>> import bayesnn as bnn, emcee, numpy as np
    >>> data = bnn.load_dataset("hz").standardize()
    >>> line = bnn.LinearModel(bnn.polynomial(degree=1))
    >>> post = bnn.Posterior(line, bnn.Gaussian(), prior={"w": bnn.Normal(0, 1)}, data=data)
    >>> sampler = emcee.EnsembleSampler(8, 2, post, vectorize=True, moves=bnn.HMC(step_size=0.05, n_steps=10))
    >>> state = sampler.run_mcmc(np.zeros((8, 2)), 50, skip_initial_state_check=True)
    >>> bool(np.mean(sampler.acceptance_fraction) > 0.6)
    True
    """

    name = "hmc"

    def __init__(
        self,
        *,
        step_size: float = 0.1,
        n_steps: int | None = None,
        scale: float | FloatArray = 1.0,
        target_acceptance: float = 0.9,
    ) -> None:
        if (
            not np.all(np.diag(scale) > 0 if np.ndim(scale) == 2 else np.asarray(scale) > 0)
            or not step_size > 0
            or (n_steps is not None and n_steps < 1)
            or not 0 < target_acceptance < 1
        ):
            raise SettingError(
                "HMC: expected scale > 0, step_size > 0, n_steps >= 1 and 0 < target_acceptance < 1, "
                f"got {scale}, {step_size}, {n_steps}, {target_acceptance}"
            )
        self.step_size = float(step_size)
        self.n_steps = 20 if n_steps is None else int(n_steps)
        self.scale = scale
        self.tune_length = n_steps is None
        self.target_acceptance = float(target_acceptance)
        self.n_divergent = 0
        self._cache: tuple[LogDensity, Array, Array, Array] | None = None
        self._acceptance: Array = np.zeros(0)
        self.restart_tuning()

    def propose(self, model: Any, state: State) -> tuple[State, Array]:
        """One trajectory of every walker."""
        density, rng = model.log_prob_fn.f, model.random
        _check(density)
        start = Phase(state.coords, rng.standard_normal(state.coords.shape), *self._at(density, state.coords))
        n_steps = int(rng.randint(1, 2 * self.n_steps))
        with np.errstate(over="ignore", invalid="ignore"):
            if np.ndim(self.scale) == 2:
                end = leapfrog(density, start, self.step_size, n_steps, 1.0, factor=np.asarray(self.scale))
            else:
                end = leapfrog(density, start, self.step_size, n_steps, self.scale)
            end = replace(end, log_prob=exact_log_prob(density, end.x, end.log_prob))
            gain = start.energy - end.energy
        fine = np.isfinite(gain)
        accepted = fine & (np.log(rng.uniform(size=len(gain))) < np.where(fine, gain, -np.inf))
        self.n_divergent += int(np.sum(~(gain > -1000.0)))
        self._acceptance = np.where(fine, np.exp(np.minimum(np.where(fine, gain, 0.0), 0.0)), 0.0)
        kept = (np.where(accepted, end.log_prob, start.log_prob), _choose(accepted, end.grad, start.grad))
        state = self.update(state, State(end.x, log_prob=end.log_prob), accepted)
        self._cache = (density, state.coords.copy(), *kept)
        return state, accepted

    def tune(self, state: State, accepted: Array) -> None:
        """Called by emcee after each step of warm-up: follow the acceptance, note positions and gradients."""
        assert self._cache is not None
        self._moments.observe(self._cache[1], self._cache[3])
        self.step_size = self._dual.observe(float(np.mean(self._acceptance)))
        self._set_length()

    def restart_tuning(self) -> None:
        """Begin a new window of warm-up with what was learned."""
        self._dual = DualAveraging(self.step_size, self.target_acceptance)
        self._moments = Moments()

    def end_window(self) -> None:
        """Take over the scales of the window that ends, and search the step size anew from there."""
        if self._moments.count < 2:  # a move that was hardly chosen has learned nothing
            return
        new = self._moments.scale()
        self.step_size = self._dual.average * float(np.exp(_mean_log(self.scale) - _mean_log(new)))
        self.scale = new
        self.restart_tuning()

    def freeze(self) -> None:
        """End warm-up: from here on the kernel is fixed."""
        self.step_size = self._dual.average if self._dual.count else self.step_size
        self._set_length()

    def _set_length(self) -> None:
        if self.tune_length:
            self.n_steps = int(np.clip(round(_LENGTH / self.step_size), 4, 128))

    def _at(self, density: LogDensity, x: Array) -> tuple[Array, Array]:
        """Value and gradient at x, which the last step has left behind."""
        if self._cache is not None and self._cache[0] is density and np.array_equal(self._cache[1], x):
            return self._cache[2], self._cache[3]
        log_prob, grad = density.value_and_grad(x)
        return exact_log_prob(density, x, log_prob), grad


def leapfrog(
    density: LogDensity,
    start: Phase,
    step_size: float | FloatArray,
    n_steps: int,
    scale: float | FloatArray,
    *,
    factor: FloatArray | None = None,
) -> Phase:
    """n_steps of the leapfrog integrator, every walker by itself, in units of `scale` or of x = L z for a factor L.

    Step size and scale may be one a walker.
    """
    step = step_size * np.asarray(scale)
    x, log_prob, grad = start.x, start.log_prob, start.grad
    p = start.p + 0.5 * step * _pulled(grad, factor)
    for i in range(n_steps):
        x = x + (step * p if factor is None else step * p @ factor.T)
        log_prob, grad = density.value_and_grad(x)
        p = p + (1.0 if i < n_steps - 1 else 0.5) * step * _pulled(grad, factor)
    return Phase(x, p, log_prob, grad)


def _pulled(grad: Array, factor: FloatArray | None) -> Array:
    """Lᵀ ∇ ln π of each walker."""
    return grad if factor is None else grad @ factor


def _mean_log(scale: float | FloatArray) -> float:
    """Of the scales, or of the diagonal of their factor: ln |L| / P."""
    diagonal = np.diag(scale) if np.ndim(scale) == 2 else scale
    return float(np.mean(np.log(diagonal)))


def _choose(accepted: Array, new: Array, old: Array) -> Array:
    return np.where(accepted[:, None], new, old)


def _check(density: object) -> None:
    if not isinstance(density, LogDensity):
        raise SettingError(
            f"HMC: expected a log density with value_and_grad, got {type(density).__name__}; "
            'give the sampler the posterior itself, or use moves="stretch"'
        )
