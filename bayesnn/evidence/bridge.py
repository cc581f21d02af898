"""Bridge sampling: from draws of the posterior that already exist, back to the prior."""

import numpy as np
from scipy.special import expit

from bayesnn.diagnostics.convergence import convergence
from bayesnn.errors import EvidenceError
from bayesnn.evidence.ladder import climb_ladder, leaving_one_out
from bayesnn.evidence.result import Evidence, require_proper
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.protocols import Array, Executor, FloatArray, Seed
from bayesnn.randomness import seed_sequence
from bayesnn.sampling.draws import Draws

_STACKS = 48
_RHAT = 1.1
"""Of ln L, above which draws have not converged."""


def bridge(
    posterior: PosteriorDensity,
    draws: Draws,
    *,
    n_draws: int = 150,
    n_warmup: int = 100,
    rng: Seed = 0,
    executor: Executor | None = None,
) -> Evidence:
    """ln Z as a sum of bridges between neighbors of a ladder of powers 0 < β_1 < ... < 1 of the likelihood.

    Each ratio r = Z_β / Z_β' is the root of Σ_β 1 / (1 + L^(β−β') / r) = Σ_β' 1 / (1 + r / L^(β−β')), over equally many
    draws of either density (Meng & Wong's optimal bridge). At the top are the draws that exist, at the bottom the
    prior's own, and replica exchange finds those between. No density has to be fitted to the draws, and mirror images
    of a network need no care: L is the same at all of them. Draws that have not converged, by R-hat of ln L, would
    spoil the value and are refused; nothing tells of modes that all chains have missed.

    Parameters
    ----------
    posterior : a problem with proper priors.
    draws : of this posterior, from at least 4 independent chains: walkers of gradient moves, ensembles of others.
    n_draws, n_warmup : of each of 48 stacks of chains; as many of the given draws are used in each.
    rng : one seed gives one result, whatever the executor.
    executor : anything with `map`, to move some stacks beside others.

    Raises
    ------
    EvidenceError : an improper prior, too few chains, draws of another problem or that have not converged.

    References
    ----------
    Meng & Wong, Simulating ratios of normalizing constants via a simple identity, Statistica Sinica 6, 831 (1996).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> post = bnn.FunctionPosterior(lambda x: -0.5 * x**2, {"x": bnn.Normal(0, 1)}, vectorized=True)
    >>> draws = bnn.sample(post, n_draws=200, n_warmup=100, progress=False)
    >>> evidence = bnn.log_evidence(post, method="bridge", draws=draws)     # Z = 1 / √2
    >>> bool(abs(evidence.log_z + 0.3466) < 3 * evidence.error)
    True
    """
    require_proper(posterior)
    top, n_groups = _stacked(posterior, draws, n_draws)
    seed = seed_sequence(rng)
    ladder = climb_ladder(
        posterior, seed, n_stacks=_STACKS, n_draws=n_draws, n_warmup=n_warmup, top=top, executor=executor
    )
    log_z, error = leaving_one_out(ladder, _bridges, n_groups=n_groups)
    note = f"{n_groups} groups of independent draws; {len(ladder.powers)} temperatures, {_STACKS * n_draws} draws each"
    return Evidence(log_z, error, "bridge", ladder.n_evaluations, (note,))


def _stacked(posterior: PosteriorDensity, draws: Draws, n_draws: int) -> tuple[FloatArray, int]:
    """θ (C, S, P) for each stack from chains of its own, and the number of groups of stacks that share no chain."""
    theta, value = draws.theta, draws.log_prob[:, 0, -1]
    if theta.shape[-1] != posterior.n_params or not np.allclose(
        posterior(theta[:, 0, -1]), value, rtol=1e-6, atol=1e-6
    ):
        raise EvidenceError("bridge: expected draws of this posterior, got those of another model, prior or data")
    chains = theta.reshape(len(theta) if draws.interacting else -1, *theta.shape[1 if draws.interacting else 2 :])
    n_groups = min(_STACKS, len(chains))
    if n_groups < 4 or n_draws < 1:
        raise EvidenceError(
            f"bridge: expected draws of at least 4 independent chains, got {n_groups}, and n_draws >= 1, got {n_draws};"
            " sample with n_ensembles=4"
        )
    parts = [part.reshape(-1, theta.shape[-1]) for part in np.array_split(chains, n_groups)]
    levels = draws.log_likelihood if draws.interacting else draws.log_likelihood.reshape(len(chains), 1, -1)
    rhat = float(convergence(levels[..., None]).rhat[0])
    if rhat > _RHAT:
        raise EvidenceError(
            f"bridge: expected draws that have converged, got R-hat {rhat:.2f} of ln L; sample longer, as until="
            "bnn.Until(rhat=1.01) does, and see bnn.diagnose(draws)"
        )
    size = -(-_STACKS // n_groups)  # stacks that share a group take other rows of it
    rows = [np.linspace(0, len(part) - 1, size * n_draws).astype(int) for part in parts]
    shared = [parts[c % n_groups][rows[c % n_groups][c // n_groups :: size]] for c in range(_STACKS)]
    return np.stack(shared), n_groups


def _bridges(powers: FloatArray, log_likelihood: Array) -> float:
    steps = np.diff(powers)
    return sum(log_ratio(d * log_likelihood[t + 1], d * log_likelihood[t]) for t, d in enumerate(steps))


def log_ratio(upper: Array, lower: Array) -> float:
    """ln Z_β / Z_β' from equally many values of (β − β') ln L (M,) at draws of either density, by bisection."""
    low, high = float(min(upper.min(), lower[np.isfinite(lower)].min())), float(max(upper.max(), lower.max()))
    for _ in range(60):
        middle = 0.5 * (low + high)
        excess = np.sum(expit(lower - middle)) - np.sum(expit(middle - upper))
        low, high = (middle, high) if excess > 0 else (low, middle)
    return 0.5 * (low + high)
