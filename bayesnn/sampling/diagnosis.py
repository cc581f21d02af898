"""Have the draws converged? In function space always, in weight space where that makes sense."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np
from numpy.typing import ArrayLike

from bayesnn.diagnostics.convergence import Convergence, convergence
from bayesnn.errors import SettingError
from bayesnn.protocols import Array, FloatArray
from bayesnn.sampling.draws import Draws
from bayesnn.sampling.quantities import identified, norms_of, outputs_of
from bayesnn.sampling.stuck import stuck_walkers, told

_RHAT = 1.01
_ESS = 400.0
_EACH, _KEPT = 5.0, 0.02
"""Of ESS a walker, and of the variance that walkers keep from the first half of their draws to the second: with fewer
or more they stay where they began, and many of them make up any ESS."""
_LENGTH = 50
"""Draws of a walker below which its ESS is little more than a guess."""
_DIVERGENT = 1e-3
"""Of all trajectories: more leave parts of the posterior out."""
_BFMI = 0.3
_STUCK = "Some parameter never moved, or f is not finite: check the start and the priors, or use a gradient move."
_LOST = "All trajectories diverged: check value_and_grad, whose gradient may be NaN or wrong."


@dataclass(frozen=True, eq=False, repr=False)
class Diagnosis:
    """Convergence of f(X), of the log posterior, of norms of blocks and of identified parameters, with a verdict.

    `function` is in the units of the table where f is the mean of y, else as the model gives it (logits, log sd), every
    output at every point; None where there is no model. `norms` are √Σ w² of the blocks `norm_names` of a model with
    permutable units, None elsewhere. Of `parameters`, every component of θ, the `identified` ones count for the
    verdict: those of a model without permutable units, and noise and scales. `stuck` are (ensemble, walker), from 0.

    `bfmi` is the fraction of missing information as energies of successive steps estimate it, of moves with normal
    momenta: P / (P/2 + var ln π), about 1 where all is well and below 0.3 where steps of energy are too short for the
    range of ln π; NaN for other moves.
    """

    function: Convergence | None
    log_prob: Convergence
    norms: Convergence | None
    norm_names: tuple[str, ...]
    identified: tuple[bool, ...]
    n_divergent: int
    n_nan: int
    acceptance: float
    bfmi: float
    stuck: tuple[tuple[int, int], ...]
    worst_rhat: float
    worst_ess: float
    worst_kept: float
    ok: bool
    verdict: str
    advice: str
    draws: Draws

    @cached_property
    def parameters(self) -> Convergence:
        """Of every component of θ, whether it counts or not."""
        return convergence(self.draws.theta)

    def __repr__(self) -> str:
        return f"<{self}>"

    def __str__(self) -> str:
        return self.verdict + (f" {self.advice}" if self.advice else "")


def diagnose(draws: Draws, *, at: ArrayLike | None = None) -> Diagnosis:
    """Nested R-hat, ESS and Monte Carlo errors of f at inputs `at`, of the log posterior and of parameters.

    Parameters
    ----------
    draws : from `sample`; from `load`, with the posterior.
    at : (M,) or (M, D) inputs in the units of the table; left out, up to 32 rows of the table.

    Converged means, for every quantity that counts: nested R-hat ≤ 1.01, bulk and tail ESS ≥ 400, and ≥ 5 a walker, and
    walkers keep no more than 2 % of its variance from the first half of their draws to the second. So 50 draws of a
    walker are the least, and one divergent trajectory in a thousand is the most.

    Raises
    ------
    SettingError : what are no draws, or `at` for draws that do not know their model, or empty.

    References
    ----------
    Vehtari et al., Rank-normalization, folding, and localization: an improved R-hat (2021); Margossian et al.,
    Nested R-hat (2024).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> data = bnn.load_dataset("hz").standardize()
    >>> line = bnn.LinearModel(bnn.polynomial(degree=1))
    >>> post = bnn.Posterior(line, bnn.Gaussian(), prior={"w": bnn.Normal(0, 1)}, data=data)
    >>> diagnosis = bnn.diagnose(bnn.sample(post, n_draws=200, n_warmup=100, progress=False), at=[0.5, 2.0])
    >>> print(diagnosis.verdict)
    Converged: nested R-hat <= 1.0..., ESS >= ...
    """
    if not isinstance(draws, Draws):
        raise SettingError(f"diagnose: expected draws, got {type(draws).__name__}; of sample(posterior), or load(path)")
    outputs, norms, known = outputs_of(draws, at), norms_of(draws), identified(draws)
    sizes = draws.theta.shape[:3]
    function = None if outputs is None else convergence(outputs.reshape(*sizes, prod(outputs.shape[3:])))
    of_norms = convergence(np.stack(list(norms.values()), axis=-1)) if norms else None
    log_prob = convergence(draws.log_prob[..., None])
    of_parameters = convergence(draws.theta[..., known]) if np.any(known) else None
    named = {
        "the log posterior": log_prob,
        "f": function,
        "norms of blocks": of_norms,
        "noise and scales" if norms else "parameters": of_parameters,
    }
    counted = {name: of for name, of in named.items() if of is not None}
    several = draws.n_ensembles > 1
    worst_rhat, unlike = _worst({name: [c.rhat] for name, c in counted.items()}, np.nanmax, np.inf)
    worst_rhat = worst_rhat if several else np.nan
    worst_ess, slow = _worst({name: [c.ess_bulk, c.ess_tail] for name, c in counted.items()}, np.nanmin, 0.0)
    worst_kept, lasting = _worst({name: [c.kept] for name, c in counted.items()}, np.nanmax, 0.0)
    moves = bool(draws.n_draws > 1 and np.all(np.ptp(draws.theta, axis=(0, 1, 2)) > 0))
    moves = moves and (outputs is None or bool(np.all(np.isfinite(outputs))))
    stuck, bfmi = stuck_walkers(draws), _bfmi(draws)
    mixed = worst_rhat <= _RHAT and worst_ess >= _enough(draws) and worst_kept <= _KEPT
    whole = draws.n_draws >= _LENGTH and draws.n_divergent <= _DIVERGENT * draws.log_prob.size and not stuck
    ok = bool(moves and several and mixed and whole)
    rhat = f"nested R-hat <= {worst_rhat:.3f}" if several else "no R-hat from one ensemble"
    kept = f", {worst_kept:.0%} of the variance kept by walkers" if worst_kept > _KEPT else ""
    figures = f"{rhat}, ESS >= {worst_ess:.0f}{kept} for {_what(outputs, norms, known)}."
    return Diagnosis(
        function=function,
        log_prob=log_prob,
        norms=of_norms,
        norm_names=tuple(norms),
        identified=tuple(known.tolist()),
        n_divergent=draws.n_divergent,
        n_nan=draws.n_nan,
        acceptance=float(np.mean(draws.acceptance)),
        bfmi=bfmi,
        stuck=stuck,
        worst_rhat=worst_rhat,
        worst_ess=worst_ess,
        worst_kept=worst_kept,
        ok=ok,
        verdict=" ".join(filter(None, [f"{'Converged' if ok else 'NOT CONVERGED'}: {figures}", draws.stopped])),
        advice=_advice(draws, (worst_rhat, unlike), (worst_ess, slow), (worst_kept, lasting), bfmi, stuck)
        if moves
        else _STUCK + (f" {_LOST}" if _all_diverged(draws) else ""),
        draws=draws,
    )


@np.errstate(invalid="ignore")
def _bfmi(draws: Draws) -> float:
    """Of the ensemble that fares worst: momenta are fresh at each step, so that their part is known.

    That of collapsed moves is of another density than that of the draws.
    """
    if draws.n_draws < 2 or not all("hmc" in kernel and "collapsed" not in kernel for kernel in draws.kernels):
        return np.nan
    n_params = draws.theta.shape[-1]
    return float(n_params / (0.5 * n_params + np.max(np.var(draws.log_prob, axis=(1, 2)))))


def _what(outputs: Array | None, norms: dict[str, Array], known: Array) -> str:
    parts = ["log posterior"]
    if outputs is not None:
        parts.append(f"f at {outputs.shape[-2]} points")
    if norms:
        parts.append(f"norms of {len(norms)} blocks")
    if np.any(known):
        parts.append(f"{np.sum(known)} parameters")
    return ", ".join(parts)


def _worst(values: dict[str, list[FloatArray]], pick: Callable[[Array], float], fallback: float) -> tuple[float, str]:
    """The worst value, and of what it is."""
    known = {name: of[~np.isnan(of)] for name, lists in values.items() for of in [np.concatenate(lists)]}
    each = {name: float(pick(of)) for name, of in known.items() if of.size}
    worst = pick(np.array(list(each.values()))) if each else fallback
    return float(worst), next((name for name, value in each.items() if value == worst), "all of it")


def _enough(draws: Draws) -> float:
    return max(_ESS, _EACH * draws.acceptance.size)


def _all_diverged(draws: Draws) -> bool:
    return draws.n_divergent >= draws.log_prob.size > 0


def _advice(
    draws: Draws,
    worst_rhat: tuple[float, str],
    worst_ess: tuple[float, str],
    worst_kept: tuple[float, str],
    bfmi: float,
    stuck: tuple[tuple[int, int], ...],
) -> str:
    (rhat, unlike), (ess, slow), (kept, lasting), notes = worst_rhat, worst_ess, worst_kept, []
    if draws.n_ensembles < 2:
        notes.append("One ensemble cannot be checked against another: pass n_ensembles=4.")
    if draws.one_start:
        notes.append(
            "All ensembles began at one start, so that R-hat says nothing of modes far from it: leave start out, or "
            "give each ensemble its own, (E, W, P)."
        )
    if rhat > _RHAT:
        notes.append(f"Ensembles disagree, most of all on {unlike}: raise n_warmup and n_draws.")
    elif ess < _enough(draws):
        factor = int(np.ceil(_enough(draws) / max(ess, 1.0)))
        notes.append(f"Too few effective draws: about {factor} times n_draws are needed.")
    if 0 < ess < _EACH * draws.acceptance.size:
        notes.append(
            f"{draws.acceptance.size} walkers are worth {ess:.0f} independent draws of {slow}: in that, each stays "
            "near where it began, in a mode of its own perhaps, and modes count by how often they were found, not by "
            "their weight."
        )
    elif kept > _KEPT:
        notes.append(
            f"Walkers keep {kept:.0%} of the variance of {lasting} for themselves: each stays in a part of the "
            "posterior, a mode perhaps, and parts count by how often they were found, not by their weight."
        )
    if draws.n_draws < _LENGTH:
        notes.append(f"{draws.n_draws} draws of a walker are too few to tell: take {_LENGTH} at least.")
    if _all_diverged(draws):
        notes.append(_LOST)
    elif draws.n_divergent:
        notes.append(
            f"{draws.n_divergent} of {draws.log_prob.size} trajectories diverged, where the posterior is narrow, and "
            "may have left that part out: raise target_acceptance, tighten the priors or change parameters."
        )
    if stuck:
        notes.append(told(stuck, draws.acceptance.size))
    if bfmi < _BFMI:
        notes.append(f"Energy moves slowly (E-BFMI {bfmi:.2f}): tails are long or scales differ; change parameters.")
    if draws.n_nan:
        notes.append(f"{draws.n_nan} log densities were NaN or +infinity and were taken as zero probability.")
    if draws.interacting and draws.theta.shape[-1] > 10:
        notes.append("emcee's own moves fail quietly beyond about ten parameters: use a gradient move.")
    return " ".join(notes)
