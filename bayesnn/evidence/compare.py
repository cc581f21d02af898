"""compare: the evidence and criteria of several models of one data set."""

from collections.abc import Mapping, Sequence

import numpy as np

from bayesnn.errors import EvidenceError, SettingError
from bayesnn.evidence.comparison import Comparison
from bayesnn.evidence.criteria.by_name import Fits, criterion, require_names
from bayesnn.evidence.estimate import log_evidence, require_method
from bayesnn.evidence.methods import Method, label
from bayesnn.evidence.result import Evidence, require_proper
from bayesnn.evidence.same_data import require_same_data
from bayesnn.evidence.sensitivity import Sensitivity, sensitivity
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.protocols import Seed
from bayesnn.randomness import seed_sequence
from bayesnn.sampling.draws import Draws

_N_ERRORS = 2.0
"""Standard errors by which two methods may differ."""
_ROUNDING = 1e-4


def compare(
    models: Mapping[str, PosteriorDensity],
    *,
    method: Method | Sequence[Method] = "auto",
    criteria: str | Sequence[str] = (),
    draws: Mapping[str, Draws] | None = None,
    prior_scales: Sequence[float] = (),
    rng: Seed = 0,
) -> Comparison:
    """The log evidence of each model of one data set, criteria beside it, and what follows.

    All numbers are in nats and larger is better; −2 × a criterion is AIC, BIC, DIC or WAIC as usually printed. What is
    not defined is a sentence in `warnings` rather than a number: the evidence under an improper prior, a criterion of
    draws that have not converged. Warnings also say where two methods differ by more than twice their errors, where
    the most probable model changes with the scale of the priors, and what is wrong with a criterion.

    Parameters
    ----------
    models : posteriors by name, all of the same table, with y in the same units.
    method : as in `log_evidence`, a name or ``partial(bnn.methods.smc, n_particles=4000)``; of several, the first
        counts and the others check it.
    criteria : some of "aic", "aicc", "bic" (from a maximum-likelihood estimate, the best of eight starts), "dic",
        "waic", "loo" (from draws) and "k_fold" (ten refits); `bnn.criteria` has each by itself.
    draws : by name, for criteria that need them, and for "bridge"; `sample` makes those that are missing.
    prior_scales : factors by which all prior scales are multiplied, to see whether the ranking hangs on them: (0.3, 3),
        say; see `sensitivity`.
    rng : seeds evidences, fits and draws.

    Raises
    ------
    EvidenceError : no models, models of different data, or a model to which the method does not apply.
    SettingError : models without names, a criterion that does not exist, draws of a model that is not there.

    References
    ----------
    Kass & Raftery, Bayes factors, JASA 90, 773 (1995).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> data = bnn.load_dataset("hz").standardize()
    >>> models = {
    ...     f"degree {d}": bnn.Posterior(
    ...         bnn.LinearModel(bnn.polynomial(d)), bnn.Gaussian(), prior={"w": bnn.Normal(0, 1)}, data=data)
    ...     for d in range(3)
    ... }
    >>> table = bnn.compare(models, criteria=("bic",))
    >>> print(table)
    In nats, larger is better; -2 × a criterion is AIC, BIC, DIC or WAIC as usually printed.
    model     ln evidence  probability      bic  method
    degree 0      -68.515        0.000  -67.190  exact
    degree 1      -18.273        0.811  -15.932  exact
    degree 2      -19.730        0.189  -16.710  exact
    >>> table.grade("degree 1", "degree 2"), table.grade("degree 1", "degree 2", scale="jeffreys")
    ('positive evidence for degree 1', 'substantial evidence for degree 1')
    """
    methods = (method,) if isinstance(method, str) or callable(method) else tuple(method)
    names, given = (criteria,) if isinstance(criteria, str) else tuple(criteria), dict(draws or {})
    _check(models, methods, names, given)
    warnings = require_same_data(models)
    seed = seed_sequence(rng)
    fits = {name: Fits(model, given.get(name), seed) for name, model in models.items()}  # the same folds for all
    by_method = [{name: _evidence(fit, how, seed) for name, fit in fits.items()} for how in methods]
    scores = {how: {name: criterion(how, fit) for name, fit in fits.items()} for how in names}
    scaled = _sensitivity(models, by_method[0], prior_scales, methods[0])
    return Comparison(
        by_method[0],
        scores,
        dict(zip(map(label, methods[1:]), by_method[1:], strict=True)),
        scaled,
        (
            *warnings,
            *(f"{n}: {'; '.join(e.notes)}" for n, e in by_method[0].items() if np.isnan(e.log_z)),
            *_disagreements(by_method),
            *(() if scaled is None else scaled.warnings),
            *(f"{n}, {how}: {text}" for how, found in scores.items() for n, c in found.items() for text in c.warnings),
        ),
    )


def _check(
    models: Mapping[str, PosteriorDensity], methods: tuple[Method, ...], names: tuple[str, ...], draws: dict[str, Draws]
) -> None:
    if not isinstance(models, Mapping):
        raise SettingError(f'models: expected posteriors by name, {{"line": post, ...}}, got {type(models).__name__}')
    if not methods:
        raise SettingError("method: expected one name at least, got none; auto, say")
    for method in methods:
        require_method(method)
    require_names(names)
    strangers = [name for name in draws if name not in models]
    if strangers:
        raise SettingError(f"draws: expected names among {', '.join(models)}, got {strangers[0]!r}")
    for name, drawn in draws.items():
        if drawn.posterior is not models[name]:
            raise EvidenceError(
                f"draws: expected those of the posterior {name!r} itself, got those of another or of none; "
                "give compare the posterior that was sampled, and load(path, posterior=...)"
            )


def _evidence(fits: Fits, method: Method, seed: np.random.SeedSequence) -> Evidence:
    """NaN with a sentence under an improper prior."""
    try:
        require_proper(fits.posterior)
    except EvidenceError as refusal:
        return Evidence(np.nan, np.nan, label(method), 0, (str(refusal).removeprefix("evidence: "),))
    return log_evidence(fits.posterior, method=method, draws=fits.draws if method == "bridge" else None, rng=seed)


def _sensitivity(
    models: Mapping[str, PosteriorDensity], evidences: Mapping[str, Evidence], factors: Sequence[float], method: Method
) -> Sensitivity | None:
    """Of the models that have an evidence, with the priors as they are among the scales."""
    proper = {name: model for name, model in models.items() if not np.isnan(evidences[name].log_z)}
    if not len(factors) or not proper:
        return None
    return sensitivity(proper, scales=sorted({*map(float, factors), 1.0}), method=method)


def _disagreements(by_method: list[dict[str, Evidence]]) -> tuple[str, ...]:
    """Sentences where two methods differ by more than their errors; one that is not known counts as none."""
    pairs = [(name, first[name], other[name]) for first in by_method[:1] for other in by_method[1:] for name in first]
    return tuple(
        f"{name}: {_said(a)} and {_said(b)} differ by {abs(a.log_z - b.log_z):.2f} nats, more than twice their errors"
        for name, a, b in pairs
        if abs(a.log_z - b.log_z) > _N_ERRORS * np.hypot(*np.nan_to_num([a.error, b.error])) + _ROUNDING
    )


def _said(evidence: Evidence) -> str:
    error = "error unknown" if evidence.is_approximate else f"± {evidence.error:.3f}"
    return f"{evidence.method} ({evidence.log_z:.3f}, {error})"
