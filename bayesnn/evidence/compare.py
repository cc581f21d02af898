"""Models side by side: evidence, probabilities, Bayes factors."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from bayesnn.errors import EvidenceError
from bayesnn.evidence.estimate import log_evidence
from bayesnn.evidence.result import Evidence
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.posterior.posterior import Posterior

_GRADES = ((1.0, "not worth more than a bare mention"), (3.0, "positive"), (5.0, "strong"))


@dataclass(frozen=True, eq=False)
class Comparison:
    """Evidence of each model by name, equal prior probabilities."""

    evidences: Mapping[str, Evidence]

    @property
    def log_evidence(self) -> dict[str, float]:
        """ln p(y | model) by name, in nats."""
        return {name: evidence.log_z for name, evidence in self.evidences.items()}

    @property
    def probabilities(self) -> dict[str, float]:
        """p(model | y) by name, models equally probable before."""
        log_z = np.array(list(self.log_evidence.values()))
        return dict(zip(self.evidences, np.exp(log_z - logsumexp(log_z)).tolist(), strict=True))

    def bayes_factor(self, a: str, b: str) -> float:
        """p(y | a) / p(y | b)."""
        return float(np.exp(self._of(a).log_z - self._of(b).log_z))

    def grade(self, a: str, b: str) -> str:
        """What the Bayes factor says, on the scale of Kass & Raftery (1995): ln B of 1, 3, 5."""
        log_factor = self._of(a).log_z - self._of(b).log_z
        word = next((word for limit, word in _GRADES if abs(log_factor) < limit), "very strong")
        return f"{word} evidence for {a if log_factor >= 0 else b}" if abs(log_factor) >= 1 else word

    def _of(self, name: str) -> Evidence:
        if name not in self.evidences:
            raise EvidenceError(f"model {name!r}: expected one of {', '.join(self.evidences)}")
        return self.evidences[name]

    def __str__(self) -> str:
        lines = [f"{'model':<14} {'ln evidence':>12} {'probability':>12}  method"]
        for name, evidence in self.evidences.items():
            notes = f" ({'; '.join(evidence.notes)})" if evidence.notes else ""
            lines.append(
                f"{name:<14} {evidence.log_z:>12.3f} {self.probabilities[name]:>12.3f}  {evidence.method}{notes}"
            )
        if any(evidence.is_approximate for evidence in self.evidences.values()):
            lines.append("Approximations carry no error and can be off by nats; so can the probabilities beside them.")
        return "\n".join(lines)


def compare(models: Mapping[str, PosteriorDensity], *, method: str = "auto") -> Comparison:
    """The log evidence of each model of one data set, and what follows from it.

    Parameters
    ----------
    models : posteriors by name, all of the same table in the same units.
    method : as in `log_evidence`.

    Raises
    ------
    EvidenceError : no models, models of different data, or a model without an evidence.

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
    >>> table = bnn.compare(models)
    >>> print(table)
    model           ln evidence  probability  method
    degree 0            -68.515        0.000  exact
    degree 1            -18.273        0.811  exact
    degree 2            -19.730        0.189  exact
    >>> table.grade("degree 1", "degree 2")
    'positive evidence for degree 1'
    """
    if not models:
        raise EvidenceError("compare: expected at least one model, got none")
    targets = [posterior.rows for posterior in models.values() if isinstance(posterior, Posterior)]
    if any(not np.array_equal(rows.y, targets[0].y) or not np.array_equal(rows.X, targets[0].X) for rows in targets):
        raise EvidenceError(
            "compare: expected models of the same rows in the same units, got different ones; evidences of "
            "different data cannot be compared"
        )
    return Comparison({name: log_evidence(posterior, method=method) for name, posterior in models.items()})
