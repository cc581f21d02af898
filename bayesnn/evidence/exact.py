"""The exact posterior, predictions and evidence of a conjugate linear model."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.linalg import solve_triangular

from bayesnn.data.inputs import as_inputs
from bayesnn.distributions.multivariate_normal import MultivariateNormal
from bayesnn.distributions.normal import Normal
from bayesnn.errors import EvidenceError
from bayesnn.evidence.result import Evidence, require_proper
from bayesnn.likelihoods.gaussian import Gaussian
from bayesnn.linear.conjugate import ConjugatePosterior, conjugate
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.posterior.normal_priors import normal_rows
from bayesnn.posterior.posterior import Posterior
from bayesnn.posterior.prior_terms import references
from bayesnn.protocols import Array, FloatArray


@dataclass(frozen=True, eq=False)
class ExactPredictive:
    """A normal prediction of y at each of M inputs, in the units of the table; each field is (M,).

    mean of f and of y; epistemic_sd of f; aleatoric_sd, the scatter of y about f, without measurement errors that are
    known row by row: those say nothing of a new row.
    """

    X: FloatArray
    mean: FloatArray
    epistemic_sd: FloatArray
    aleatoric_sd: FloatArray

    @property
    def sd(self) -> FloatArray:
        """Standard deviation of y: √(epistemic² + aleatoric²)."""
        return np.hypot(self.epistemic_sd, self.aleatoric_sd)


@dataclass(frozen=True, eq=False)
class ExactPosterior:
    """θ | y ~ N(mean, covariance) in the units of the data set that the posterior was given, and ln p(y)."""

    posterior: Posterior
    weights: ConjugatePosterior

    @property
    def mean(self) -> FloatArray:
        """E[θ | y] (P,); also the MAP estimate."""
        return self.weights.mean

    @property
    def covariance(self) -> FloatArray:
        """Cov[θ | y] (P, P)."""
        return self.weights.covariance

    @property
    def log_evidence(self) -> float:
        """ln p(y) in nats."""
        return self.weights.log_evidence

    def predictive(self, X: ArrayLike) -> ExactPredictive:
        """The prediction at inputs X (M,) or (M, D), in the units of the table.

        Raises
        ------
        DataError : inputs that are not finite numbers, or of another width than the table's.
        """
        inputs = as_inputs(X, self.posterior.data)
        scaling, likelihood = self.posterior.data.scaling, self.posterior.likelihood
        design, offset = _affine(self.posterior, scaling.inputs(inputs))
        mean, sd = self.weights.predictive(design)
        outputs = (mean + offset)[:, None]
        noise_sd = np.sqrt(likelihood.variance(outputs, {}))
        return ExactPredictive(
            inputs,
            scaling.restore(outputs)[:, 0],
            scaling.restore_sd(sd[:, None])[:, 0],
            scaling.restore_sd(noise_sd)[:, 0],
        )


def exact_posterior(posterior: PosteriorDensity) -> ExactPosterior:
    """Mean and covariance of θ, predictions, and ln p(y), in closed form.

    A model that is linear in θ (a `LinearModel`, a `KernelModel`, an `MLP` without hidden layers), one target, Gaussian
    noise that is known (sigma, yerr or cov), and normal priors with fixed parameters; blocks may be fixed by a number.
    Collinear features, and more weights than rows, are no trouble: the priors are proper.

    Raises
    ------
    EvidenceError : any other problem; a flat prior, say.

    References
    ----------
    Bishop, Pattern Recognition and Machine Learning (2006), section 3.3.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> data = bnn.Dataset([0.0, 0.0], [1.0, 1.0], yerr=1.0)
    >>> mean = bnn.LinearModel(bnn.polynomial(degree=0))
    >>> post = bnn.Posterior(mean, bnn.Gaussian(), prior={"w": bnn.Normal(0, 1)}, data=data)
    >>> exact = bnn.exact_posterior(post)
    >>> exact.mean.round(6), round(exact.log_evidence, 6)
    (array([0.666667]), -2.720517)
    >>> exact.predictive([5.0]).epistemic_sd.round(6)                       # 1 / √3
    array([0.57735])
    """
    obstacle = _obstacle(posterior)
    if obstacle:
        raise EvidenceError(
            "exact: expected a linear model of one target with known Gaussian noise and normal priors, got "
            f'{obstacle}; sample it, or, if its priors are proper, use log_evidence with method="laplace"'
        )
    assert isinstance(posterior, Posterior)
    rows = posterior.rows
    design, offset = _affine(posterior, rows.X)
    mean, whitening = normal_rows(posterior)
    noise = rows.root if rows.yerr is None else rows.yerr[:, 0]
    assert noise is not None
    root = solve_triangular(whitening, np.eye(len(whitening)), lower=True)
    weights = conjugate(design, rows.y[:, 0] - offset, noise_root=noise, prior_mean=mean, prior_root=root)
    return ExactPosterior(posterior, weights)


def exact(posterior: PosteriorDensity) -> Evidence:
    """ln p(y) of a conjugate linear model, without error (Bishop 2006, section 3.5.1)."""
    require_proper(posterior)
    return Evidence(exact_posterior(posterior).log_evidence, 0.0, "exact", 1)


def is_conjugate(posterior: PosteriorDensity) -> bool:
    """Has this problem an answer in closed form?"""
    return _obstacle(posterior) is None


def _obstacle(posterior: PosteriorDensity) -> str | None:
    """What keeps a problem from an answer in closed form, if anything does."""
    if not isinstance(posterior, Posterior):
        return "a log likelihood that is a function"
    if not isinstance(posterior.likelihood, Gaussian):
        return f"a {type(posterior.likelihood).__name__} likelihood"
    if not posterior.model.is_linear:
        return f"a model that is not linear in its parameters, {type(posterior.model).__name__}"
    if posterior.likelihood.noise_priors:
        return f"an unknown {', '.join(posterior.likelihood.noise_priors)} (normal_inverse_gamma has an exact answer)"
    if posterior.rows.y.shape[1] != 1:
        return f"{posterior.rows.y.shape[1]} targets"
    if posterior.parameters.ties:
        return "a tied block"
    for name, prior in posterior.prior.priors.items():
        if not isinstance(prior, Normal | MultivariateNormal):
            return f"the prior {type(prior).__name__} on {name!r}"
        if references(prior):
            return f"the prior Normal on {name!r} that refers to another block"
    return None


def _affine(posterior: Posterior, X: Array) -> tuple[FloatArray, FloatArray]:
    """Φ (N, P) and f₀ (N,) of f = Φ θ + f₀; f₀ comes from blocks that are fixed."""
    parameters = posterior.parameters
    fixed = parameters.natural(np.zeros((1, posterior.n_params)))
    unit = np.eye(fixed.shape[1])
    free = [unit[parameters.natural_slices[block.name]] for block in parameters.blocks if block.fixed is None]
    design, offset = (posterior.model.forward(theta, X)[0][:, :, 0] for theta in (np.concatenate(free), fixed))
    return np.ascontiguousarray(design.T), offset[0]
