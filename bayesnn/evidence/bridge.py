"""Bridge sampling: from draws of the posterior that already exist, back to the prior."""

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from bayesnn.diagnostics.convergence import convergence
from bayesnn.errors import EvidenceError
from bayesnn.evidence.ladder import Ladder, climb_ladder, leaving_one_out
from bayesnn.evidence.result import Evidence, require_proper
from bayesnn.evidence.weights import log_mean_exp
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.protocols import Array, Executor, FloatArray, Seed
from bayesnn.randomness import seed_sequence
from bayesnn.sampling.draws import Draws

_STACKS = 48
_RHAT = 1.1
"""Of ln L, above which draws have not converged."""
_ERRORS = 3.0
"""By which the last ratio may differ with and without the draws."""
_BEYOND = 0.05
"""Share of the draws with more likelihood than all of the ladder, above which it has missed a mode."""


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
    prior's own, and replica exchange finds those between, without a look at the top. No density has to be fitted to the
    draws, and mirror images of a network need no care: L is the same at all of them.

    Draws count modes by how often chains have found them, which is not by their mass, and R-hat does not tell. So the
    last ratio is also found from the rung below alone, by the mean of L^(1−β): where the two differ by more than three
    errors the draws are left out, the value is that of the ladder, and a note says so. Nothing tells of modes that the
    ladder and the draws have missed, nor of those that only draws have found and that are no higher than the others.

    Parameters
    ----------
    posterior : a problem with proper priors.
    draws : of this posterior, from at least 4 independent chains: walkers of gradient moves, ensembles of others.
    n_draws, n_warmup : of each of 48 stacks of chains; as many of the given draws are used in each.
    rng : one seed gives one result, whatever the executor.
    executor : anything with `map`, to move some stacks beside others.

    Raises
    ------
    EvidenceError : an improper prior, too few chains, draws of another problem, that have not converged, or from a mode
        that the ladder does not find.

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
    _require_found(ladder)
    apart, unsure = leaving_one_out(ladder, _apart, n_groups=n_groups)
    note = f"{n_groups} groups of independent draws; {len(ladder.powers)} temperatures, {_STACKS * n_draws} draws each"
    if abs(apart) <= _ERRORS * unsure:
        return Evidence(*leaving_one_out(ladder, _bridges, n_groups=n_groups), "bridge", ladder.n_evaluations, (note,))
    left_out = (
        f"the draws were left out: with them ln Z would be {apart:+.2f} ± {unsure:.2f} from that of the ladder, as "
        "where chains count modes by how often they have found them; predictions from such draws suffer as well"
    )
    log_z, error = leaving_one_out(ladder, _without_draws, n_groups=_STACKS)
    return Evidence(log_z, error, "bridge", ladder.n_evaluations, (note, left_out))


def _stacked(posterior: PosteriorDensity, draws: Draws, n_draws: int) -> tuple[FloatArray, int]:
    """ln L (C, S) for each stack from chains of its own, and the number of groups of stacks that share no chain."""
    theta, value = draws.theta, draws.log_prob[:, 0, -1]
    if theta.shape[-1] != posterior.n_params or not np.allclose(
        posterior(theta[:, 0, -1]), value, rtol=1e-6, atol=1e-6
    ):
        raise EvidenceError("bridge: expected draws of this posterior, got those of another model, prior or data")
    levels = draws.log_likelihood
    chains = levels if draws.interacting else levels.reshape(-1, 1, levels.shape[-1])
    n_groups = min(_STACKS, len(chains))
    if n_groups < 4 or n_draws < 1:
        raise EvidenceError(
            f"bridge: expected draws of at least 4 independent chains, got {n_groups}, and n_draws >= 1, got {n_draws};"
            " sample with n_ensembles=4"
        )
    rhat = float(convergence(chains[..., None]).rhat[0])
    if rhat > _RHAT:
        raise EvidenceError(
            f"bridge: expected draws that have converged, got R-hat {rhat:.2f} of ln L; sample longer, as until="
            'bnn.Until(rhat=1.01) does, and see bnn.diagnose(draws), or, where chains stay in modes, method="smc"'
        )
    parts = [part.ravel() for part in np.array_split(chains, n_groups)]
    size = -(-_STACKS // n_groups)  # stacks that share a group take other rows of it
    rows = [np.linspace(0, len(part) - 1, size * n_draws).astype(int) for part in parts]
    shared = [parts[c % n_groups][rows[c % n_groups][c // n_groups :: size]] for c in range(_STACKS)]
    return np.stack(shared), n_groups


def _require_found(ladder: Ladder) -> None:
    """Raise an EvidenceError where many draws have more likelihood than any place of the ladder."""
    *_, below, top = ladder.log_likelihood
    beyond = float(np.mean(top > below.max()))
    if beyond > _BEYOND:
        raise EvidenceError(
            f"bridge: expected a ladder that finds what the draws have found, got {beyond:.0%} of the draws with more "
            "likelihood than all of the rung below them: a narrow mode that cannot be reached from the prior, whose "
            'mass nothing here can tell; narrow the prior, or method="smc" with many particles'
        )


def _bridges(powers: FloatArray, log_likelihood: Array) -> float:
    weights = np.diff(powers)[:, None, None] * np.stack([log_likelihood[1:], log_likelihood[:-1]])
    return sum(log_ratio(upper, lower) for upper, lower in zip(*weights, strict=True))


def _without_draws(powers: FloatArray, log_likelihood: Array) -> float:
    return _bridges(powers, log_likelihood) - _apart(powers, log_likelihood)


def _apart(powers: FloatArray, log_likelihood: Array) -> float:
    """The last ln ratio, less what it is without draws at the top."""
    lower, upper = (powers[-1] - powers[-2]) * log_likelihood[-2:]
    return log_ratio(upper, lower) - float(log_mean_exp(lower.ravel()))


def log_ratio(upper: Array, lower: Array) -> float:
    """ln Z_β / Z_β' from equally many values of (β − β') ln L (M,) at draws of either density."""

    def excess(middle: float) -> float:
        return float(np.sum(expit(lower - middle)) - np.sum(expit(middle - upper)))

    low, high = min(upper.min(), lower[np.isfinite(lower)].min()), max(upper.max(), lower.max())
    return float(brentq(excess, low, high))
