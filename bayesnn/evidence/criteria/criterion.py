"""One figure by which models are compared, with all that a reader must know to trust it."""

from dataclasses import dataclass, field

import numpy as np

from bayesnn.errors import EvidenceError
from bayesnn.protocols import FloatArray


@dataclass(frozen=True, eq=False)
class Criterion:
    """A criterion in nats on the scale of ln p(y): larger is better, whatever its name.

    −2 × `value` is the form in which AIC, BIC, DIC and WAIC are usually printed: `deviance`. Like ln p(y), it is in the
    units of the data set that the posterior was given.

    Attributes
    ----------
    error : one standard error over the rows, √(N Var[pointwise]), as if these were a random sample; NaN for AIC, AICc,
        BIC and DIC, which have no terms by row.
    n_effective : the effective number of parameters.
    pointwise : its terms by row (N,), which add up to `value`; for paired differences.
    monte_carlo_error : of `value`, from a finite number of draws; NaN where it is not known, 0 without draws.
    pareto_k : the shape of the tail of the importance weights of each row (N,), for PSIS-LOO.
    warnings : sentences; what is wrong with the number, and the way out.
    """

    name: str
    value: float
    error: float
    n_effective: float
    pointwise: FloatArray | None = field(default=None, repr=False)
    monte_carlo_error: float = float("nan")
    pareto_k: FloatArray | None = field(default=None, repr=False)
    warnings: tuple[str, ...] = ()

    @property
    def deviance(self) -> float:
        """−2 × value: smaller is better."""
        return -2 * self.value

    def minus(self, other: "Criterion") -> tuple[float, float]:
        """The difference of two models and its standard error, paired row by row where there are terms by row.

        Raises
        ------
        EvidenceError : another criterion, or other rows.

        References
        ----------
        Vehtari, Gelman & Gabry, Practical Bayesian model evaluation, Statistics and Computing 27, 1413 (2017).
        """
        if self.name != other.name:
            raise EvidenceError(f"{self.name}: expected the same criterion of both models, got {other.name} as well")
        if self.pointwise is None or other.pointwise is None:
            return self.value - other.value, float("nan")
        if self.pointwise.shape != other.pointwise.shape:
            raise EvidenceError(
                f"{self.name}: expected the same rows for both models, got {len(self.pointwise)} and "
                f"{len(other.pointwise)}; compare models of one table"
            )
        difference = self.pointwise - other.pointwise
        return float(difference.sum()), standard_error(difference)


def standard_error(pointwise: FloatArray) -> float:
    """√(N Var[pointwise]) of a sum over rows (N,)."""
    return float(np.sqrt(pointwise.size * np.var(pointwise)))
