"""Models side by side: what a comparison says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from scipy.special import softmax

from bayesnn.errors import EvidenceError
from bayesnn.evidence import grades
from bayesnn.evidence.criteria.criterion import Criterion
from bayesnn.evidence.result import Evidence
from bayesnn.evidence.sensitivity import Sensitivity
from bayesnn.evidence.table import as_html, as_text

_N_DRAWS = 20_000
"""Draws of ln Z by which its errors are carried over to probabilities."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """Evidence of each model by name, equal prior probabilities; criteria by their name and the model's.

    Everything is in nats, larger is better: −2 × a criterion is the AIC, BIC, DIC or WAIC as usually printed. `checks`
    holds evidences by other methods; `warnings`, sentences, none where all is well.
    """

    evidences: Mapping[str, Evidence]
    criteria: Mapping[str, Mapping[str, Criterion]] = field(default_factory=dict)
    checks: Mapping[str, Mapping[str, Evidence]] = field(default_factory=dict)
    sensitivity: Sensitivity | None = None
    warnings: tuple[str, ...] = ()

    @property
    def log_evidence(self) -> dict[str, float]:
        """ln p(y | model) by name, in nats; NaN where a prior is improper."""
        return {name: evidence.log_z for name, evidence in self.evidences.items()}

    @property
    def probabilities(self) -> dict[str, float]:
        """p(model | y) by name, models equally probable before; NaN where one has no evidence."""
        return self._by_name(softmax(list(self.log_evidence.values())))

    @cached_property
    def probability_errors(self) -> dict[str, float]:
        """The standard deviation of each probability under the errors of ln Z, by name.

        The errors are drawn, independent and normal, with a fixed seed; NaN where one of them is not known.
        """
        errors = np.array([evidence.error for evidence in self.evidences.values()])
        if not errors.any():
            return self._by_name(errors)
        noise = np.random.default_rng(0).standard_normal((_N_DRAWS, len(errors)))
        drawn = softmax(np.array(list(self.log_evidence.values())) + errors * noise, axis=1)
        return self._by_name(drawn.std(axis=0))

    def bayes_factor(self, a: str, b: str) -> float:
        """p(y | a) / p(y | b)."""
        with np.errstate(over="ignore"):
            return float(np.exp(self.log_bayes_factor(a, b)[0]))

    def log_bayes_factor(self, a: str, b: str) -> tuple[float, float]:
        """ln p(y | a) − ln p(y | b), and its error; NaN where it is not known.

        Raises
        ------
        EvidenceError : a model that is not there, or has no evidence.
        """
        first, second = self._of(a), self._of(b)
        return first.log_z - second.log_z, float(np.hypot(first.error, second.error))

    def grade(self, a: str, b: str, *, scale: str = "kass-raftery") -> str:
        """What the Bayes factor says in words, and within one error.

        scale : "kass-raftery", ln B of 1, 3, 5 (Kass & Raftery 1995), or "jeffreys", log10 B of ½, 1, 1½, 2
        (Jeffreys 1961, appendix B).
        """
        return grades.sentence(*self.log_bayes_factor(a, b), scale=scale, names=(a, b))

    def difference(self, criterion: str, a: str, b: str) -> tuple[float, float]:
        """A criterion of a less that of b, and its standard error, paired row by row; positive is better for a."""
        if criterion not in self.criteria:
            raise EvidenceError(
                f"criterion: expected one of {', '.join(self.criteria) or 'none'}, got {criterion!r}; see criteria="
            )
        self._require(a, b)
        return self.criteria[criterion][a].minus(self.criteria[criterion][b])

    def rows(self) -> list[dict[str, Any]]:
        """One plain dictionary a model, for `to_dataframe`."""
        return [self._row(name) for name in self.evidences]

    def _row(self, name: str) -> dict[str, Any]:
        evidence = self.evidences[name]
        row: dict[str, Any] = {
            "model": name,
            "log_evidence": evidence.log_z,
            "log_evidence_error": evidence.error,
            "probability": self.probabilities[name],
            "probability_error": self.probability_errors[name],
            "method": evidence.method,
        }
        for criterion, found in self.criteria.items():
            row |= {
                criterion: found[name].value,
                f"{criterion}_error": found[name].error,
                f"{criterion}_parameters": found[name].n_effective,
            }
        return row

    def _by_name(self, values: np.ndarray) -> dict[str, float]:
        return dict(zip(self.evidences, values.tolist(), strict=True))

    def _of(self, name: str) -> Evidence:
        self._require(name)
        evidence = self.evidences[name]
        if np.isnan(evidence.log_z):
            raise EvidenceError(f"model {name!r}: {'; '.join(evidence.notes)}")
        return evidence

    def _require(self, *names: str) -> None:
        for name in names:
            if name not in self.evidences:
                raise EvidenceError(f"model {name!r}: expected one of {', '.join(self.evidences)}")

    def __str__(self) -> str:
        return as_text(self)

    def _repr_html_(self) -> str:
        return as_html(self)
