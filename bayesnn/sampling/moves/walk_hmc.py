"""The affine-invariant Hamiltonian walk: each half of the walkers moves in units of the other half's covariance."""

import numpy as np

from bayesnn.protocols import Array
from bayesnn.sampling.metric import Dense, Metric
from bayesnn.sampling.moves.hmc import HMC


class WalkHMC(HMC):
    """Hamiltonian Monte Carlo whose metric is the covariance of the other half of the walkers, regularized.

    For halves A and B in turn, A moves by leapfrog with x = L z,

        L Lᵀ = (1 − λ) cov(B) + λ diag(scale²),   λ = P / (P + W_B)

    which depends on B only, so that it is exact for any λ, and with fewer than 2 P walkers too. As in `HMC`, some
    trajectories are of shorter steps. Correlations are followed as the walkers find them, where `HMC` has to learn
    them in warm-up; where walkers sit in different modes (of the weights of a network, say) their covariance means
    nothing, and `HMC` is better.

    Parameters
    ----------
    step_size : ε, positive; where warm-up starts, or what is used in a plain emcee sampler.
    n_steps : mean number of leapfrog steps, drawn uniformly from 1 ... 2 n_steps − 1; left out, warm-up sets it
        (20 in a plain emcee sampler).
    scale : (P,) or a number, the diagonal part of the metric; tuned in warm-up.
    target_acceptance : what warm-up tunes ε for; lower ones let walkers linger where the posterior is narrow.

    References
    ----------
    Chen, New affine invariant ensemble samplers and their dimensional scaling (2025).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> data = bnn.load_dataset("hz").standardize()
    >>> line = bnn.LinearModel(bnn.polynomial(degree=1))
    >>> post = bnn.Posterior(line, bnn.Gaussian(), prior={"w": bnn.Normal(0, 1)}, data=data)
    >>> draws = bnn.sample(post, moves=bnn.WalkHMC(), n_draws=200, n_warmup=100, progress=False)
    >>> bnn.diagnose(draws).ok
    True
    """

    name = "walk-hmc"
    interacting = True
    learns_correlations = False

    def groups(self, n_walkers: int, rng: np.random.RandomState) -> list[Array]:
        """Two halves, drawn anew each time."""
        return np.array_split(rng.permutation(n_walkers), 2) if n_walkers > 1 else [np.arange(1)]

    def metric(self, complement: Array) -> Metric:
        """A factor of the regularized covariance of the other half."""
        n, n_params = complement.shape
        weight = n_params / (n_params + n)
        diagonal = weight * np.broadcast_to(np.square(self.scale), n_params)
        delta = complement - complement.mean(axis=0) if n else complement
        covariance = (1 - weight) / max(n - 1, 1) * delta.T @ delta
        return Dense(np.linalg.cholesky(covariance + np.diag(diagonal)))
