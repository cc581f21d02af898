"""Hamiltonian Monte Carlo as an emcee move: all walkers at once, each a chain of its own."""

from bayesnn.protocols import Array, LogDensity
from bayesnn.sampling.leapfrog import Phase, hamiltonian
from bayesnn.sampling.metric import Metric
from bayesnn.sampling.moves.gradient import GradientMove


class HMC(GradientMove):
    """Hamiltonian Monte Carlo with a jittered number of leapfrog steps.

    In units of `scale`, p ~ N(0, I) and x' = x + ε p', p' = p + ε ∇ ln π; the end of the trajectory is accepted with
    probability min(1, exp(H − H')). The number of steps is drawn uniformly from 1 ... 2 n_steps − 1, one number for
    all walkers. Walkers do not see each other: any number of them will do, and they are independent chains. So that
    none of them stands for good where it is narrow, one trajectory in 32 is of steps an eighth as long, and after
    warm-up a walker that loses its energy tries steps of an eighth and a sixty-fourth, in a way that leaves π as it is.

    Parameters
    ----------
    step_size : ε, positive; where warm-up starts, or what is used in a plain emcee sampler.
    n_steps : mean number of leapfrog steps of a trajectory; left out, warm-up sets it so that a trajectory is 1.2 times
        as long as walkers wander, or up to twice that where they remember their log density for more than four draws
        (20 steps in a plain emcee sampler).
    scale : (P,) or a number, the unit of length of each component, or a lower triangular factor L (P, P) whose z in
        x = L z are of unit length; tuned in warm-up, with correlations for P <= 32.
    target_acceptance : what warm-up tunes ε for; lower ones let walkers linger where the posterior is narrow.

    The density must be the function of the sampler itself and have `value_and_grad`.

    References
    ----------
    Neal, MCMC using Hamiltonian dynamics, in Handbook of Markov Chain Monte Carlo (2011); Modi, Barnett & Carpenter,
    Delayed rejection Hamiltonian Monte Carlo for sampling multiscale distributions (2024), on shorter tries.

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

    def trajectory(self, density: LogDensity, begin: Phase, n_steps: int, metric: Metric) -> tuple[Phase, Array]:
        """Leapfrog; ln of the ratio is H − H'."""
        return hamiltonian(density, begin, self.step_size, n_steps, metric)
