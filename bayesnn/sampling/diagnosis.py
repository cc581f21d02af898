"""Have the draws converged? In function space always, in weight space where that makes sense."""

from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np
from numpy.typing import ArrayLike

from bayesnn.diagnostics.convergence import Convergence, convergence
from bayesnn.errors import SettingError
from bayesnn.protocols import Array
from bayesnn.sampling.draws import Draws
from bayesnn.sampling.quantities import identified, norms_of, outputs_of
from bayesnn.sampling.stuck import stuck_walkers
from bayesnn.sampling.verdict import Findings


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
    function = (
        None if outputs is None else convergence(outputs.reshape(*draws.theta.shape[:3], prod(outputs.shape[3:])))
    )
    of_norms = convergence(np.stack(list(norms.values()), axis=-1)) if norms else None
    log_prob = convergence(draws.log_prob[..., None])
    named = {
        "the log posterior": log_prob,
        "f": function,
        "norms of blocks": of_norms,
        "noise and scales" if norms else "parameters": convergence(draws.theta[..., known]) if np.any(known) else None,
    }
    found = Findings(
        draws,
        counted={name: of for name, of in named.items() if of is not None},
        what=_what(outputs, norms, known),
        is_finite=outputs is None or bool(np.all(np.isfinite(outputs))),
        bfmi=_bfmi(draws),
        stuck=stuck_walkers(draws),
    )
    return Diagnosis(
        function=function,
        log_prob=log_prob,
        norms=of_norms,
        norm_names=tuple(norms),
        identified=tuple(known.tolist()),
        n_divergent=draws.n_divergent,
        n_nan=draws.n_nan,
        acceptance=float(np.mean(draws.acceptance)),
        bfmi=found.bfmi,
        stuck=found.stuck,
        worst_rhat=found.rhat.value,
        worst_ess=found.ess.value,
        worst_kept=found.kept.value,
        ok=found.ok,
        verdict=found.verdict,
        advice=found.advice,
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
