"""Metropolis-adjusted microcanonical dynamics as an emcee move."""

import numpy as np

from bayesnn.errors import SettingError
from bayesnn.protocols import Array, LogDensity
from bayesnn.sampling.leapfrog import Phase, log_prob_of_ends
from bayesnn.sampling.metric import Metric
from bayesnn.sampling.moves.gradient import GradientMove


class MAMS(GradientMove):
    """Metropolis-adjusted microcanonical sampler with a jittered number of steps.

    Walkers move at constant speed and the gradient g = Lᵀ ∇ ln π turns them: in units of `scale`, with u a unit vector
    of R^P, drawn afresh for each trajectory,

        u' = (u + e (sinh δ + (e·u) (cosh δ − 1))) / (cosh δ + (e·u) sinh δ),   e = g / |g|,  δ = ε √P |g| / (P − 1)

    between halves of which x' = x + ε √P L u'. The end is accepted with probability min(1, π(x') / π(x) exp(−Δ)), Δ the
    sum of (P − 1) ln(cosh δ + (e·u) sinh δ) over all turns. √P makes steps as long as those of `HMC`; as there,
    some trajectories are of shorter ones.

    Parameters
    ----------
    step_size : ε, positive; where warm-up starts, or what is used in a plain emcee sampler.
    n_steps : mean number of steps of a trajectory, drawn uniformly from 1 ... 2 n_steps − 1; left out, warm-up sets it
        (20 in a plain emcee sampler).
    scale : (P,) or a number, or a lower triangular factor L (P, P), as in `HMC`; tuned in warm-up.
    target_acceptance : what warm-up tunes ε for; lower ones let walkers linger where the posterior is narrow.

    Raises
    ------
    SettingError : one parameter only, where a unit vector cannot turn.

    References
    ----------
    Robnik, Cohn-Gordon & Seljak, Metropolis adjusted microcanonical Hamiltonian Monte Carlo (2025).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> data = bnn.load_dataset("hz").standardize()
    >>> line = bnn.LinearModel(bnn.polynomial(degree=1))
    >>> post = bnn.Posterior(line, bnn.Gaussian(), prior={"w": bnn.Normal(0, 1)}, data=data)
    >>> draws = bnn.sample(post, moves=bnn.MAMS(), n_draws=200, n_warmup=100, progress=False)
    >>> bnn.diagnose(draws).ok
    True
    """

    name = "mams"

    def momenta(self, shape: tuple[int, int], rng: np.random.RandomState) -> Array:
        """Random directions, unit vectors."""
        if shape[1] < 2:
            raise SettingError('mams: expected at least two parameters, got one; use moves="hmc"')
        u = super().momenta(shape, rng)
        u /= np.sqrt(np.vecdot(u, u))[:, None]
        return u

    def trajectory(self, density: LogDensity, begin: Phase, n_steps: int, metric: Metric) -> tuple[Phase, Array]:
        """Halves of turns around steps along x."""
        step = self.step_size * np.sqrt(begin.x.shape[1])
        drift, x, u = metric.times(step), begin.x.copy(), begin.p.copy()
        kinetic, lowest = turn(u, metric.pull(begin.grad), 0.5 * step), np.asarray(np.inf)
        for i in range(n_steps):
            x += drift.push(u)
            log_prob, grad = density.value_and_grad(x)
            lowest = np.minimum(lowest, log_prob)
            kinetic += turn(u, metric.pull(grad), (1.0 if i < n_steps - 1 else 0.5) * step)
        log_prob = log_prob_of_ends(density, begin, x, log_prob, lowest)
        return Phase(x, log_prob, grad, u), log_prob - begin.log_prob - kinetic


def turn(u: Array, grad: Array, step: float) -> Array:
    """Turn unit vectors (W, P) towards the gradient for a while, where they stand: the change of kinetic energy (W,).

    In powers of exp(−δ), so that a steep gradient does not overflow. Both arrays are written to.
    """
    n_params = u.shape[1]
    length = np.maximum(np.sqrt(np.vecdot(grad, grad)), 1e-300)
    along = np.vecdot(u, grad) / length
    delta = length * (step / (n_params - 1))
    fall = np.exp(-delta)
    rest = 1.0 - fall
    norm = 1.0 + along + (1.0 - along) * fall * fall
    grad *= (rest * (1.0 + fall + along * rest) / length)[:, None]
    u *= (2.0 * fall)[:, None]
    u += grad
    u *= (1.0 / np.sqrt(np.vecdot(u, u)))[:, None]
    return np.asarray((n_params - 1) * (delta + np.log(0.5 * norm)))
