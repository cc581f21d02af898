"""How the evidence depends on the scale of the priors."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bayesnn.distributions.family import Family
from bayesnn.errors import SettingError
from bayesnn.evidence.estimate import log_evidence
from bayesnn.evidence.methods import Method
from bayesnn.evidence.result import Evidence
from bayesnn.evidence.same_data import require_same_data
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.protocols import Distribution, FloatArray

Scaled = PosteriorDensity | Callable[[float], PosteriorDensity]
"""A posterior, the scales of whose priors are multiplied; or a function of a scale."""


@dataclass(frozen=True, eq=False)
class Sensitivity:
    """Evidence of each model by name, one at each of the prior scales (S,)."""

    scales: FloatArray
    evidences: Mapping[str, tuple[Evidence, ...]]

    @property
    def log_evidence(self) -> dict[str, FloatArray]:
        """ln p(y | model, scale) by name, (S,) each."""
        return {name: np.array([e.log_z for e in row]) for name, row in self.evidences.items()}

    @property
    def errors(self) -> dict[str, FloatArray]:
        """Of ln p(y | model, scale) by name, (S,) each; NaN where not known."""
        return {name: np.array([e.error for e in row]) for name, row in self.evidences.items()}

    @property
    def leaders(self) -> tuple[str, ...]:
        """The most probable model at each scale."""
        names = list(self.evidences)
        return tuple(names[best] for best in np.argmax(list(self.log_evidence.values()), axis=0))

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence where the most probable model is not the same at all scales."""
        if len(set(self.leaders)) == 1:
            return ()
        found = ", ".join(f"{name} at {scale:g}" for name, scale in zip(self.leaders, self.scales, strict=True))
        return (f"the ranking hangs on the scale of the priors: the most probable model is {found}",)


def sensitivity(models: Mapping[str, Scaled], *, scales: Sequence[float], method: Method = "auto") -> Sensitivity:
    """The log evidence of each model at each prior scale.

    The wider a prior, the less of it the data need: from some scale on ln p(y) falls as −P ln(scale) (Bartlett 1957),
    and a ranking of models may turn. Look at the scales that you would have accepted before the data came.

    Parameters
    ----------
    models : by name, a posterior, every `scale` of whose priors is multiplied by each of `scales` (those of
        hyper-parameters and of the noise too), or a function of a scale that returns a posterior.
    scales : positive numbers.
    method : as in `log_evidence`.

    Raises
    ------
    SettingError : no scales, or some that are not positive; priors without a scale.
    EvidenceError : models of different data, or without an evidence.

    References
    ----------
    Bartlett, A comment on D. V. Lindley's statistical paradox, Biometrika 44, 533 (1957).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> data = bnn.load_dataset("hz").standardize()
    >>> def polynomial(degree):
    ...     model = bnn.LinearModel(bnn.polynomial(degree))
    ...     return bnn.Posterior(model, bnn.Gaussian(), prior={"w": bnn.Normal(0, 1)}, data=data)
    >>> found = bnn.sensitivity({"line": polynomial(1), "parabola": polynomial(2)}, scales=[0.1, 1.0, 10.0])
    >>> found.log_evidence["line"].round(2), found.leaders, found.warnings
    (array([-37.14, -18.27, -22.52]), ('line', 'line', 'line'), ())
    """
    grid = np.array(scales, dtype=np.float64)
    if grid.ndim != 1 or not grid.size or not np.all((grid > 0) & np.isfinite(grid)):
        raise SettingError(f"scales: expected one or more positive numbers, got {scales!r}; [0.3, 1, 3], say")
    posteriors = {name: [_at(model, float(scale)) for scale in grid] for name, model in models.items()}
    require_same_data({name: row[0] for name, row in posteriors.items()})
    return Sensitivity(
        grid, {name: tuple(log_evidence(p, method=method) for p in row) for name, row in posteriors.items()}
    )


def _at(model: Scaled, scale: float) -> PosteriorDensity:
    if not isinstance(model, PosteriorDensity):
        return model(scale)
    priors = model.prior.priors
    if not any(_has_scale(prior) for prior in priors.values()):
        raise SettingError("sensitivity: expected a prior with a scale, got none; pass a function of a scale")
    return model.with_priors({name: _multiplied(prior, scale) for name, prior in priors.items()})


def _has_scale(prior: Distribution) -> bool:
    return isinstance(prior, Family) and not isinstance(prior.parameters().get("scale", ""), str)


def _multiplied(prior: Distribution, factor: float) -> Distribution:
    if not isinstance(prior, Family) or not _has_scale(prior):
        return prior
    return prior.bind({"scale": np.asarray(prior.parameters()["scale"]) * factor})
