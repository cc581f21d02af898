"""Error bars of a point estimate, of the kind that is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from bayesnn.errors import SettingError
from bayesnn.estimation.information import covariance, residual_degrees
from bayesnn.estimation.optimum import Optimum
from bayesnn.posterior.parameters import Parameters
from bayesnn.protocols import Array, FloatArray


@dataclass(frozen=True, eq=False)
class Uncertainty:
    """Covariance of θ (P, P) of an estimate, and what follows from it.

    `degrees` are those of Student's t in `interval`: N − M where an unknown Gaussian noise level was estimated with M
    parameters of a curve, infinite elsewhere.
    """

    kind: str
    parameters: Parameters
    theta: FloatArray
    covariance: FloatArray
    degrees: float = np.inf

    @property
    def correlation(self) -> FloatArray:
        """Of the components of θ (P, P)."""
        sd = np.sqrt(np.diag(self.covariance))
        return np.asarray(self.covariance / np.outer(sd, sd))

    @property
    def standard_errors(self) -> dict[str, Array]:
        """Of the natural values by name."""
        return self.parameters.standard_errors(self.theta, self.covariance)

    def interval(self, level: float = 0.95) -> Mapping[str, tuple[Array, Array]]:
        """Wald's interval of each natural value: estimate ± t · standard error."""
        if not 0 < level < 1:
            raise SettingError(f"level: expected a number between 0 and 1, got {level}; 0.95, say")
        factor = student.ppf(0.5 + level / 2, self.degrees)
        values = self.parameters.unpack(self.theta)
        errors = self.standard_errors
        return {name: (values[name] - factor * e, values[name] + factor * e) for name, e in errors.items()}


def uncertainty(optimum: Optimum, kind: str = "auto") -> Uncertainty:
    """Error bars of an estimate.

    Parameters
    ----------
    optimum : from `maximum_likelihood` or `maximum_a_posteriori`.
    kind : "observed", the curvature of what was maximized; "expected", the Fisher information (plus the prior's
        curvature for MAP), which for curves with Gaussian scatter is σ² (JᵀJ)⁻¹, with the unbiased s² = chi2 / (N − M)
        for an unknown σ; "sandwich", robust against a likelihood that is wrong; "auto", "expected" for least squares by
        maximum likelihood and "observed" elsewhere. For `bootstrap` see there.

    Raises
    ------
    SettingError : another kind, or one that needs rows where there are none.

    References
    ----------
    Efron & Hinkley, Observed versus expected Fisher information, Biometrika 65, 457 (1978); White, Maximum likelihood
    estimation of misspecified models, Econometrica 50, 1 (1982).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> data = bnn.Dataset([0.0, 1.0, 2.0, 3.0], [0.1, 0.9, 2.1, 2.9])
    >>> line = bnn.LinearModel(bnn.polynomial(degree=1))
    >>> post = bnn.Posterior(line, bnn.Gaussian(sigma=bnn.HalfNormal(1)), prior={"w": bnn.Flat()}, data=data)
    >>> opt = bnn.maximum_likelihood(post)
    >>> bnn.uncertainty(opt).standard_errors["w"].round(4)              # as scipy.stats.linregress
    array([0.1058, 0.0566])
    >>> bnn.uncertainty(opt, "sandwich").standard_errors["w"].round(4)
    array([0.0574, 0.024 ])
    """
    density, theta = optimum.density, optimum.theta
    expected = kind in ("auto", "expected") and not density.prior
    degrees = residual_degrees(density) if expected else np.inf
    return Uncertainty(kind, density.posterior.parameters, theta, covariance(density, theta, kind=kind), degrees)
