"""Bridge sampling: from draws of the posterior that already exist, back to the prior."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit

from bayesnn.diagnostics.convergence import convergence
from bayesnn.errors import EvidenceError
from bayesnn.evidence.result import Evidence, require_proper
from bayesnn.evidence.smc import annealed, notes_on
from bayesnn.evidence.weights import jackknifed, log_mean_exp
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.protocols import Array, Executor, FloatArray, Seed
from bayesnn.randomness import seed_sequence
from bayesnn.sampling.draws import Draws

_GROUPS = 32
"""Of draws, at most, that are left out in turn."""
_RHAT = 1.1
"""Of ln L, above which draws have not converged."""
_ERRORS = 3.0
"""By which draws and particles may differ in their mean of ln L."""
_BEYOND = 0.05
"""Share of the draws with more likelihood than all particles, above which these have missed a mode."""
_FAR = 40.0
"""Beyond all ln l, a ratio that is surely too low or too high."""


def bridge(
    posterior: PosteriorDensity,
    draws: Draws,
    *,
    n_particles: int = 500,
    n_repeats: int = 32,
    n_states: int = 10,
    rng: Seed = 0,
    executor: Executor | None = None,
) -> Evidence:
    """ln Z from a bridge between the draws and particles of annealed SMC at the power β of the likelihood below 1.

    With weights v of particles whose mean is Z_β, and l = L^(1−β), Z = E[v l f] / E_draws[f] whatever f(l); the best is
    f = 1 / (1 + l Z_β / Z) (Meng & Wong's optimal bridge). From the prior to β go particles, as in `smc`, which weigh
    modes by their mass and never see the draws. No density has to be fitted to the draws, and mirror images of a
    network need no care: L is the same at all of them.

    Draws count modes by how often chains have found them, and R-hat of ln L tells only where these differ from chain to
    chain. So their mean of ln L is compared with that of the weighted particles: where it differs by more than three
    errors the draws are left out, f is 1, and a note says so. Where draws are from a mode of higher likelihood than any
    particle has found, there is no value. Nothing tells of modes that both have missed, nor of those that only
    draws have found and that look like others by their ln L.

    Parameters
    ----------
    posterior : a problem with proper priors.
    draws : of this posterior, from at least 4 independent chains: walkers of gradient moves, ensembles of others.
    n_particles, n_repeats, n_states : as of `smc`.
    rng : one seed gives one result, whatever the executor.
    executor : anything with `map`, to do runs in parallel.

    Raises
    ------
    EvidenceError : an improper prior, too few chains, draws of another problem, that have not converged, or from a mode
        that particles do not find.

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
    groups = _grouped(posterior, draws)
    runs = annealed(
        posterior,
        seed_sequence(rng).spawn(1)[0],  # other runs than those of `smc` by this seed, to be compared with them
        n_particles=n_particles,
        n_repeats=n_repeats,
        n_states=n_states,
        executor=executor,
    )
    _require_found(groups, runs.log_likelihood)
    ends = Ends(runs.log_mass, runs.log_likelihood, runs.last_step, groups)
    apart, unsure = ends.leaving_one_out(_apart)
    log_z, error = ends.leaving_one_out(_bridged if abs(apart) <= _ERRORS * unsure else _forwards)
    notes = (f"{len(groups)} groups of independent draws", *notes_on(runs))
    if abs(apart) > _ERRORS * unsure:
        notes = (
            f"the draws were left out: their mean of ln L is {apart:+.2f} ± {unsure:.2f} from that of particles, as "
            "where chains count modes by how often they have found them; predictions from such draws suffer as well",
            *notes,
        )
    return Evidence(log_z, error, "bridge", runs.n_evaluations, notes)


@dataclass(frozen=True, eq=False)
class Ends:
    """ln Z_β (R,) of each run with ln L (R, M) of its particles there, and ln L of draws in G independent groups."""

    log_mass: FloatArray
    log_likelihood: FloatArray
    step: float
    groups: tuple[FloatArray, ...]

    def leaving_one_out(self, estimate: Callable[["Ends"], float]) -> tuple[float, float]:
        """The estimate, and its standard error from leaving out each run, and each group, in turn."""
        without_runs = [estimate(self._without_run(out)) for out in range(len(self.log_mass))]
        without_groups = [estimate(self._without_group(out)) for out in range(len(self.groups))]
        error = np.hypot(jackknifed(np.array(without_runs)), jackknifed(np.array(without_groups)))
        return estimate(self), float(error)

    def _without_run(self, out: int) -> "Ends":
        return replace(
            self, log_mass=np.delete(self.log_mass, out), log_likelihood=np.delete(self.log_likelihood, out, axis=0)
        )

    def _without_group(self, out: int) -> "Ends":
        return replace(self, groups=self.groups[:out] + self.groups[out + 1 :])


def _grouped(posterior: PosteriorDensity, draws: Draws) -> tuple[FloatArray, ...]:
    """ln L of draws in groups that share no chain."""
    theta, value = draws.theta, draws.log_prob[:, 0, -1]
    if theta.shape[-1] != posterior.n_params or not np.allclose(
        posterior(theta[:, 0, -1]), value, rtol=1e-6, atol=1e-6
    ):
        raise EvidenceError("bridge: expected draws of this posterior, got those of another model, prior or data")
    levels = draws.log_likelihood
    chains = levels if draws.interacting else levels.reshape(-1, 1, levels.shape[-1])
    if len(chains) < 4:
        raise EvidenceError(
            f"bridge: expected draws of at least 4 independent chains, got {len(chains)}; sample with n_ensembles=4"
        )
    rhat = float(convergence(chains[..., None]).rhat[0])
    if not rhat <= _RHAT:
        raise EvidenceError(
            f"bridge: expected draws that have converged, got R-hat {rhat:.2f} of ln L; sample longer, as until="
            'bnn.Until(rhat=1.01) does, and see bnn.diagnose(draws), or, where chains stay in modes, method="smc"'
        )
    return tuple(group.ravel() for group in np.array_split(chains, min(_GROUPS, len(chains))))


def _require_found(groups: tuple[FloatArray, ...], of_particles: FloatArray) -> None:
    """Raise an EvidenceError where many draws have more likelihood than any particle."""
    beyond = float(np.mean(np.concatenate(groups) > of_particles.max()))
    if beyond > _BEYOND:
        raise EvidenceError(
            f"bridge: expected particles that find what the draws have found, got {beyond:.0%} of the draws with more "
            "likelihood than any of them: a narrow mode that is hard to reach from the prior, and whose mass is "
            "unknown; raise n_particles, or narrow the prior"
        )


def _apart(ends: Ends) -> float:
    """Mean ln L of the draws, less that of weighted particles."""
    weights = np.exp(_log_weights(ends) - _log_weights(ends).max())
    alive = weights > 0
    of_particles = np.average(ends.log_likelihood[alive], weights=weights[alive])
    return float(np.mean(np.concatenate(ends.groups)) - of_particles)


def _forwards(ends: Ends) -> float:
    return float(log_mean_exp(_log_weights(ends).ravel()))


def _bridged(ends: Ends) -> float:
    upper, lower = (ends.step * log_l for log_l in (np.concatenate(ends.groups), ends.log_likelihood))
    log_mass = log_mean_exp(ends.log_mass)
    return float(log_mass) + log_ratio(upper, lower, np.exp(ends.log_mass - log_mass)[:, None])


def _log_weights(ends: Ends) -> FloatArray:
    return np.asarray(ends.log_mass[:, None] + ends.step * ends.log_likelihood)


def log_ratio(upper: Array, lower: Array, weights: Array | float = 1.0) -> float:
    """ln Z_1 / Z_β from ln l (M,) at draws of the upper density, and at draws of the lower with weights of mean 1."""

    def excess(middle: float) -> float:
        return float(np.mean(weights * expit(lower - middle)) - np.mean(expit(middle - upper)))

    low, high = min(upper.min(), lower[np.isfinite(lower)].min()), max(upper.max(), lower.max())
    return float(brentq(excess, low - _FAR, high + _FAR))
