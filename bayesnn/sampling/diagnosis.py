"""Have the draws converged? In function space always, in weight space where that makes sense."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from bayesnn.data.dataset import as_inputs
from bayesnn.diagnostics.convergence import Convergence, convergence
from bayesnn.errors import SettingError
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import Array
from bayesnn.sampling.draws import Draws

_RHAT = 1.01
_ESS = 400.0
_MAX_POINTS = 32
_STUCK = "Some parameter never moved, or f is not finite: check the start and the priors, or use a gradient move."


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """Convergence of f(X), of the log posterior and of identified parameters, with a verdict.

    `function` is in the units of the table where f is the mean of y, else as the model gives it (logits, log sd), every
    output at every point; None where there is no model. `parameters` holds every component of θ;
    its `identified` ones count for the verdict: those of a model without permutable units, and noise and scales.
    """

    function: Convergence | None
    log_prob: Convergence
    parameters: Convergence
    identified: tuple[bool, ...]
    n_divergent: int
    n_nan: int
    acceptance: float
    worst_rhat: float
    worst_ess: float
    ok: bool
    verdict: str
    advice: str

    def __str__(self) -> str:
        return self.verdict + (f" {self.advice}" if self.advice else "")


def diagnose(draws: Draws, *, at: ArrayLike | None = None) -> Diagnosis:
    """Nested R-hat, ESS and Monte Carlo errors of f at inputs `at`, of the log posterior and of parameters.

    Parameters
    ----------
    draws : from `sample`; from `load`, with the posterior.
    at : (M,) or (M, D) inputs in the units of the table; left out, up to 32 rows of the table.

    Converged means: nested R-hat ≤ 1.01 and bulk and tail ESS ≥ 400 for every quantity that counts.

    Raises
    ------
    SettingError : `at` is given for draws that do not know their model.

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
    outputs = _outputs(draws, at)
    function = None if outputs is None else convergence(outputs.reshape(*draws.theta.shape[:3], -1))
    n_points = 0 if outputs is None else outputs.shape[-2]
    log_prob = convergence(draws.log_prob[..., None])
    parameters = convergence(draws.theta)
    identified = _identified(draws)
    counted = [log_prob, *([] if function is None else [function])]
    rhats = np.concatenate([*(c.rhat for c in counted), parameters.rhat[list(identified)]])
    sizes = [size for c in counted for size in (c.ess_bulk, c.ess_tail)]
    ess = np.concatenate([*sizes, parameters.ess_bulk[list(identified)], parameters.ess_tail[list(identified)]])
    several = draws.n_ensembles > 1
    worst_rhat = _worst(rhats, np.nanmax, np.inf) if several else np.nan
    worst_ess = _worst(ess, np.nanmin, 0.0)
    moves = not np.any(np.isnan(parameters.ess_bulk)) and np.all(np.isfinite(draws.theta))
    finite = outputs is None or bool(np.all(np.isfinite(outputs)))
    ok = bool(moves and finite and worst_rhat <= _RHAT and worst_ess >= _ESS and several)
    rhat = f"nested R-hat <= {worst_rhat:.3f}" if several else "no R-hat from one ensemble"
    figures = f"{rhat}, ESS >= {worst_ess:.0f} for {_what(n_points, identified)}"
    return Diagnosis(
        function=function,
        log_prob=log_prob,
        parameters=parameters,
        identified=identified,
        n_divergent=draws.n_divergent,
        n_nan=draws.n_nan,
        acceptance=float(np.mean(draws.acceptance)),
        worst_rhat=worst_rhat,
        worst_ess=worst_ess,
        ok=ok,
        verdict=" ".join(filter(None, [f"{'Converged' if ok else 'NOT CONVERGED'}: {figures}.", draws.stopped])),
        advice=_advice(draws, worst_rhat, worst_ess) if moves and finite else _STUCK,
    )


def _outputs(draws: Draws, at: ArrayLike | None) -> Array | None:
    posterior = draws.posterior
    if not isinstance(posterior, Posterior):
        if at is not None:
            raise SettingError(
                "diagnose: expected draws that know their model, got draws alone; load(path, posterior=...)"
            )
        return None
    scaling = posterior.data.scaling
    if at is None:
        rows = np.unique(np.linspace(0, posterior.rows.n_rows - 1, _MAX_POINTS).astype(int))
        X = posterior.rows.X[rows]
    else:
        X = scaling.inputs(as_inputs(at, posterior.data.n_inputs))
    outputs = posterior.outputs(draws.theta, X)
    return scaling.restore(outputs) if outputs.shape[-1] == posterior.rows.y.shape[-1] else outputs


def _identified(draws: Draws) -> tuple[bool, ...]:
    """Components of θ that mean one thing: not the weights of units that may be permuted."""
    posterior = draws.posterior
    if not isinstance(posterior, Posterior) or posterior.model.log_symmetries == 0.0:
        return (True,) * len(draws.names)
    permutable = set(posterior.model.blocks)
    return tuple(name.split("[")[0] not in permutable for name in draws.names)


def _what(n_points: int, identified: tuple[bool, ...]) -> str:
    parts = ["log posterior"]
    if n_points:
        parts.append(f"f at {n_points} points")
    if any(identified):
        parts.append(f"{sum(identified)} parameters")
    return ", ".join(parts)


def _worst(values: Array, pick: object, fallback: float) -> float:
    return fallback if np.all(np.isnan(values)) else float(pick(values))  # type: ignore[operator]


def _advice(draws: Draws, rhat: float, ess: float) -> str:
    notes = []
    if draws.n_ensembles < 2:
        notes.append("One ensemble cannot be checked against another: pass n_ensembles=4.")
    if rhat > _RHAT:
        notes.append("Ensembles disagree: raise n_warmup and n_draws.")
    elif ess < _ESS:
        factor = int(np.ceil(_ESS / max(ess, 1.0)))
        notes.append(f"Too few effective draws: about {factor} times n_draws are needed.")
    if draws.n_divergent > 0.001 * draws.log_prob.size:
        notes.append(f"{draws.n_divergent} divergent trajectories: raise target_acceptance or tighten the priors.")
    slow = int(np.sum(draws.acceptance < 0.5 * np.median(draws.acceptance)))
    if slow:
        notes.append(
            f"{slow} of {draws.acceptance.size} walkers accept less than half as often as the others: they are stuck."
        )
    if draws.n_nan:
        notes.append(f"{draws.n_nan} log densities were NaN and were taken as zero probability.")
    if draws.interacting and draws.theta.shape[-1] > 10:
        notes.append("emcee's own moves fail quietly beyond about ten parameters: use a gradient move.")
    return " ".join(notes)
