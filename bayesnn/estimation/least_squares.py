"""The least-squares problem that a Gaussian likelihood poses, factored block of rows by block of rows."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayesnn.curves.function_model import FunctionModel
from bayesnn.distributions.flat import Flat
from bayesnn.distributions.multivariate_normal import MultivariateNormal
from bayesnn.distributions.normal import Normal
from bayesnn.distributions.uniform import Uniform
from bayesnn.likelihoods.gaussian import Gaussian
from bayesnn.likelihoods.student_t import StudentT
from bayesnn.posterior.density import Blend
from bayesnn.posterior.normal_priors import normal_rows
from bayesnn.posterior.posterior import Posterior
from bayesnn.posterior.rows import DataRows
from bayesnn.protocols import Array, FloatArray

_MOST_PARAMETERS = 100
"""Beyond these a quasi-Newton method, which forms no matrix, is cheaper."""


@dataclass(frozen=True, eq=False)
class Factors:
    """The problem near one θ: |r − J δ|² = |c − R δ|² + least, with J = Q R (M, M), c = Qᵀ r (M,) and chi2 = |r|²."""

    R: FloatArray
    c: FloatArray
    chi2: float
    least: float

    @property
    def norms(self) -> FloatArray:
        """Of the columns of J (M,)."""
        return np.asarray(np.linalg.norm(self.R, axis=0))

    @cached_property
    def scaled(self) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Singular value decomposition of R with its columns brought to norm one."""
        return np.linalg.svd(self.R / _or_one(self.norms))

    @property
    def condition(self) -> float:
        """Of J with columns of norm one; infinite where the data do not determine all parameters."""
        s = self.scaled[1]
        return float(s[0] / s[-1]) if s[-1] > 0 else np.inf

    def gauss_newton(self) -> FloatArray:
        """The shortest δ that minimizes |r − J δ|², in units of the columns' norms."""
        U, s, Vt = self.scaled
        kept = s > len(s) * np.finfo(float).eps * s[0]
        return np.asarray(Vt[kept].T @ ((U.T @ self.c)[kept] / s[kept]) / _or_one(self.norms))

    def inverse(self) -> FloatArray:
        """(JᵀJ)⁻¹ (M, M)."""
        _, s, Vt = self.scaled
        half = Vt.T / s / _or_one(self.norms)[:, None]
        return np.asarray(half @ half.T)


@dataclass(frozen=True, eq=False)
class LeastSquares:
    """r(θ) = (y − f) / sd, one a row and target, and A (mean − θ) for the normal priors of a MAP estimate.

    `curve` (P,) marks the parameters that move r; the others are the unknown sd, which is 1 in r.
    """

    posterior: Posterior
    prior_mean: FloatArray
    prior_rows: FloatArray
    curve: Array

    @property
    def n_rows(self) -> int:
        """Of the data: N K."""
        return int(self.posterior.rows.y.size)

    @property
    def degrees_of_freedom(self) -> int:
        """N − M, M parameters of the curve."""
        return self.n_rows - int(self.curve.sum())

    @property
    def unknown_sd(self) -> bool:
        """Is there one noise level to be estimated?"""
        return bool(self.posterior.likelihood.noise_priors)

    @property
    def is_linear(self) -> bool:
        """Is r a linear function of θ?"""
        return self.posterior.model.is_linear and self.posterior.model_is_unconstrained

    @cached_property
    def rounding(self) -> float:
        """What |r| may be in error by, since y has sixteen digits."""
        total = 0.0
        for part in self.posterior.blocks_of_rows(width=1):
            total += float(np.sum(np.square(self._whiten(part.y, part))))
        return float(10 * np.finfo(float).eps * np.sqrt(total))

    def chi2(self, theta: FloatArray) -> float:
        """|r(θ)|², infinite where it is not finite."""
        prior = self._prior_residual(theta)
        total = float(prior @ prior)
        for part in self.posterior.blocks_of_rows(width=1):
            r = self._whiten(part.y - self.posterior.outputs(theta, part.X), part)
            total += float(np.vdot(r, r))
        return total if np.isfinite(total) else np.inf

    def factors(self, theta: FloatArray) -> Factors | None:
        """QR factors at θ, or None where the Jacobian is not finite: those so far, stacked upon each block of rows."""
        size = int(self.curve.sum())
        R = np.column_stack([self.prior_rows[:, self.curve], self._prior_residual(theta)])
        for part in self.posterior.blocks_of_rows(width=(size + 1) // 2):  # one matrix is kept, and no others
            R = self._stacked(R, theta, part)
            if not np.all(np.isfinite(R)):
                return None
            R = np.asarray(np.linalg.qr(R, mode="r"))
        R = np.vstack([R, np.zeros((max(0, size + 1 - len(R)), size + 1))])
        return Factors(R[:size, :size], R[:size, size], float(R[:, size] @ R[:, size]), float(R[size, size] ** 2))

    def _stacked(self, R: FloatArray, theta: FloatArray, part: DataRows) -> FloatArray:
        """R upon the block's whitened [J r]."""
        outputs, slopes = self.posterior.linearize(theta, part.X)
        slopes = slopes[..., self._columns]
        block = np.empty((len(R) + outputs.size, R.shape[1]))
        block[: len(R)] = R
        whitened = np.moveaxis(self._whiten(np.moveaxis(slopes, -1, 0), part), 0, -1)
        block[len(R) :, :-1] = whitened.reshape(outputs.size, -1)
        block[len(R) :, -1] = self._whiten(part.y - outputs, part).ravel()
        return block

    def jacobian(self, theta: FloatArray, *, n_rows: int) -> FloatArray:
        """∂f/∂θ of at most n_rows rows, spread over the table, not whitened."""
        rows = np.unique(np.linspace(0, self.posterior.rows.n_rows - 1, n_rows).astype(int))
        slopes = self.posterior.linearize(theta, self.posterior.rows.X[rows])[1]
        return np.asarray(slopes.reshape(-1, len(theta))[:, self.curve])

    def embed(self, theta: FloatArray, step: FloatArray) -> FloatArray:
        """θ moved by a step of the curve's parameters."""
        moved = theta.copy()
        moved[self.curve] += step
        return moved

    def with_noise(self, theta: FloatArray, chi2: float) -> FloatArray:
        """θ with the unknown sd at its most likely value, √(chi2 / N), if there is one."""
        out = theta.copy()
        for name in {"sigma", "scale"} & set(self.posterior.likelihood.noise_priors):
            sd = np.sqrt(max(chi2, self.rounding**2, 1e-300) / self.n_rows)
            out[self.posterior.parameters.free[name]] = self.posterior.parameters.block(name).support.to_real(sd)
        return out

    def named(self, chosen: Array) -> str:
        """The labels of some of the curve's parameters (M,)."""
        return ", ".join(np.array(self.posterior.names)[self.curve][chosen])

    @cached_property
    def _columns(self) -> slice | Array:
        """The curve's parameters: a slice where they come first, which costs no copy."""
        size = int(self.curve.sum())
        return slice(0, size) if np.all(self.curve[:size]) else self.curve

    def _whiten(self, values: Array, part: DataRows) -> Array:
        return Gaussian().whiten(values, part)

    def _prior_residual(self, theta: FloatArray) -> FloatArray:
        return np.asarray(self.prior_rows @ (self.prior_mean - theta))


def least_squares(density: Blend) -> LeastSquares | None:
    """The least-squares problem whose solution maximizes that density, if it has one."""
    posterior, wants_prior = density.posterior, bool(density.prior)
    if not isinstance(posterior, Posterior) or not isinstance(posterior.likelihood, Gaussian):
        return None
    if density.log_det or density.likelihood != 1 or posterior.likelihood.jitter is not None:
        return None
    if posterior.prior.hyper_parameters or posterior.n_params > _MOST_PARAMETERS:
        return None
    if wants_prior and (posterior.likelihood.noise_priors or not _priors_are_squares(posterior)):
        return None
    nothing = np.zeros(posterior.n_params), np.zeros((0, posterior.n_params))
    mean, rows = normal_rows(posterior) if wants_prior else nothing
    problem = LeastSquares(posterior, mean, rows, _moves_the_curve(posterior))
    determined = problem.n_rows + len(rows) >= problem.curve.sum()
    return problem if determined or problem.is_linear else None


def nearby_least_squares(density: Blend) -> LeastSquares | None:
    """For a curve whose scatter or priors are not of least squares: those that they are near, to begin from."""
    posterior = density.posterior
    if not isinstance(posterior, Posterior) or not isinstance(posterior.model, FunctionModel):
        return None
    if not isinstance(posterior.likelihood, Gaussian | StudentT) or posterior.prior.hyper_parameters:
        return None
    nothing = np.zeros(posterior.n_params), np.zeros((0, posterior.n_params))
    return LeastSquares(posterior, *nothing, _moves_the_curve(posterior))


def _priors_are_squares(posterior: Posterior) -> bool:
    squares = Normal | MultivariateNormal | Flat | Uniform  # a uniform prior is constant where it is not zero
    return all(isinstance(prior, squares) for prior in posterior.prior.priors.values())


def _moves_the_curve(posterior: Posterior) -> Array:
    moves = np.ones(posterior.n_params, dtype=bool)
    for name in posterior.likelihood.noise_priors:
        moves[posterior.parameters.free[name]] = False
    return moves


def _or_one(norms: FloatArray) -> FloatArray:
    return np.where(norms > 0, norms, 1.0)
