"""The posterior of a network without its output weights: given all else they are normal, and are integrated out."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np

from bayesnn.likelihoods.gaussian import variance_of_rows
from bayesnn.nn.mlp import MLP
from bayesnn.posterior.blocks import sum_over_blocks, tasks
from bayesnn.posterior.output_layer import OutputLayer
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import Array, Backprop

_LOG_TWO_PI = float(np.log(2 * np.pi))
_LARGEST = 1e12
"""Of a component of Λ in units of T: beyond, T is lost to rounding, and the walker with it."""


class _Features(NamedTuple):
    """Φ (W, J, N) of some walkers with its backprop, and 1 / sd² of rows (W, 1, N), in float64."""

    phi: Array
    backprop: Backprop
    precision: Array


class _Given(NamedTuple):
    """Λ (W, J, J) and Λ m (W, J, 1) of w given all else, and the scale of its prior (W, J)."""

    precision: Array
    pull: Array
    scale: Array


class _Known(NamedTuple):
    """At h (W, P − J): m (W, J, 1), Λ⁻¹ and L (W, J, J)."""

    hidden: Array
    m: Array
    covariance: Array
    root: Array


@dataclass(frozen=True, eq=False)
class Collapsed:
    """ln p(y, h) of all parameters h but the J output weights w, as a `LogDensity`.

    With features Φ (J, N), the last hidden layer and a row of ones, y ~ N(Φᵀw, V) and w ~ N(μ, T⁻¹),

        Λ = Φ V⁻¹ Φᵀ + T,   m = Λ⁻¹ (Φ V⁻¹ y + T μ),   p(w | y, h) = N(m, Λ⁻¹)
        ln p(y | h) = −½ [(y − Φᵀm)ᵀ V⁻¹ (y − Φᵀm) + (m − μ)ᵀ T (m − μ) + ln |Λ| − ln |T| + ln |2π V|]

    and the slope by Φ is E[w] yᵀV⁻¹ − E[w wᵀ] Φ V⁻¹, of the moments of p(w | y, h). Values are those of `posterior`;
    gradients come without values, from `along`, which is the same or rounded.

    References
    ----------
    Golub & Pereyra, The differentiation of pseudo-inverses and nonlinear least squares problems (1973); Liu, The
    collapsed Gibbs sampler in Bayesian computations (1994).
    """

    posterior: Posterior
    along: Posterior

    is_rounded = True
    _known: list["_Known"] = field(default_factory=list, init=False, repr=False)

    @property
    def n_params(self) -> int:
        """P − J."""
        return len(self._kept)

    @property
    def n_outputs(self) -> int:
        """J, output weights and their bias."""
        return self._layer.size

    def hidden(self, theta: Array) -> Array:
        """θ (W, P) → h (W, P − J)."""
        return theta[:, self._kept]

    def __call__(self, theta: Array) -> Array:
        """ln p(y, h) (W,), of h (W, P − J) in place of θ."""
        natural, whole = self._natural(theta)
        with np.errstate(all="ignore"):
            rest = self._layer.prior_of_the_rest.log_prob(natural) + self.posterior.parameters.log_det(whole)
            value, *output = self._of_blocks(self._value, natural, self.posterior)
        self._known[:] = [_Known(theta.copy(), *output)]
        return np.asarray(rest + value)

    def value_and_grad(self, theta: Array) -> tuple[Array, Array]:
        """Zeros in place of values, and the gradient (W, P − J)."""
        natural, whole = self._natural(theta)
        parameters = self.posterior.parameters
        with np.errstate(all="ignore"):
            slope = self._of_blocks(self._slope, natural, self.along)[0]
            self._layer.prior_of_the_rest.add_grad(natural, slope)
            grad = parameters.pullback(whole, slope) + parameters.grad_log_det(whole)
        return np.zeros(len(theta)), grad[:, self._kept]

    def complete(self, hidden: Array, log_prob: Array, z: Array, moved: Array) -> tuple[Array, Array]:
        """θ (M, P) with w = m + L⁻ᵀ z of Λ = L Lᵀ, and ln p(y, θ), of those of W walkers that have `moved`, from h,
        ln p(y, h) (W,) and normal z (W, J).

        What the last call has found where these are now is not found again.
        """
        at = self._known[-1].hidden if self._known else hidden[:0]
        if len(at) != len(hidden) or not np.array_equal(at[moved], hidden[moved]):
            self(hidden)
        known, (_, theta) = self._known[-1], self._natural(hidden[moved])
        root = known.root[moved]
        theta[:, self._layer.free] = (known.m[moved] + known.covariance[moved] @ (root @ z[moved][..., None]))[..., 0]
        log_root = np.log(np.diagonal(root, axis1=1, axis2=2)) - 0.5 * (z[moved] ** 2 + _LOG_TWO_PI)
        return theta, log_prob[moved] + log_root.sum(axis=1)

    def _value(self, natural: Array, posterior: Posterior) -> tuple[Array, ...]:
        """ln p(y | h), m, Λ⁻¹ and L."""
        features = self._features(natural, posterior)
        given = self._given(natural, features)
        root, covariance = np.linalg.cholesky(given.precision), np.linalg.inv(given.precision)
        m = covariance @ given.pull
        misses = np.square(self.posterior.rows.y.T - m.mT @ features.phi) * features.precision
        misses -= np.log(features.precision) - _LOG_TWO_PI
        away = 0.5 * np.square((m[..., 0] - self._layer.loc) / given.scale) + np.log(
            given.scale * np.diagonal(root, axis1=1, axis2=2)
        )
        return -0.5 * misses.sum(axis=(1, 2)) - away.sum(axis=1), m, covariance, root

    def _slope(self, natural: Array, posterior: Posterior) -> tuple[Array, ...]:
        """By natural values (W, Q), of what w and its prior have to say."""
        features = self._features(natural, posterior)
        given = self._given(natural, features)
        covariance = np.linalg.inv(given.precision)
        m = covariance @ given.pull
        moments = np.empty((*m.shape[:-1], m.shape[1] + 1), features.phi.dtype)
        np.multiply(m, -m.mT, out=moments[..., :-1], casting="same_kind")
        moments[..., :-1] -= covariance
        moments[..., -1:] = m
        by_phi = moments @ self._weighted(features)
        slope = np.zeros(natural.shape)
        slope[:, : self._layer.natural.start] = features.backprop(by_phi[:, :-1])
        away = np.square(m[..., 0] - self._layer.loc) + np.diagonal(covariance, axis1=1, axis2=2)
        self._layer.add_slopes((away / np.square(given.scale) - 1) / given.scale, slope)
        if self._noise:
            y = self.posterior.rows.y.T
            misses = features.precision * y * (y - moments[..., -1:].mT @ features.phi)
            misses -= np.einsum("wjn,wjn->wn", features.phi, by_phi)[:, None]
            excess = np.sum(features.precision * (misses - 1), axis=(1, 2))
            for where in self._noise.values():
                slope[:, where] += natural[:, where] * excess[:, None]
        return (slope,)

    def _features(self, natural: Array, posterior: Posterior) -> _Features:
        rows, model = posterior.rows, posterior.model
        assert isinstance(model, MLP)
        rounded = natural.astype(rows.X.dtype, copy=False)
        phi, backprop = model.features(rounded[:, : self._layer.natural.start], rows.X)
        noise = {name: natural[:, where.start] for name, where in self._noise.items()}
        variance = np.atleast_2d(variance_of_rows(self.posterior.rows, noise, natural.dtype)).mT
        return _Features(phi, backprop, np.broadcast_to(1 / variance, (len(phi), 1, rows.n_rows)))

    def _weighted(self, features: _Features) -> Array:
        """Φ and y by the precision of rows (W, J + 1, N)."""
        phi = features.phi
        weighted = np.empty((len(phi), phi.shape[1] + 1, phi.shape[2]), phi.dtype)
        np.multiply(phi, features.precision.astype(phi.dtype, copy=False), out=weighted[:, :-1])
        weighted[:, -1:] = self.posterior.rows.y.T * features.precision
        return weighted

    def _given(self, natural: Array, features: _Features) -> _Given:
        """In float64, since T is small beside Λ."""
        whitened = np.empty((len(natural), self.n_outputs + 1, self.posterior.rows.n_rows))
        whitened[:, :-1], whitened[:, -1:] = features.phi, self.posterior.rows.y.T
        whitened *= np.sqrt(features.precision)
        sums = whitened[:, :-1] @ whitened.mT
        precision, pull, scale = sums[..., :-1], sums[..., -1:], self._layer.scale(natural)
        tau = 1 / np.square(scale)
        diagonal = np.einsum("wjj->wj", precision)
        diagonal += tau
        is_lost = ~(np.max(diagonal / tau, axis=1) < _LARGEST)
        precision[is_lost], scale[is_lost] = np.eye(self.n_outputs), np.nan
        return _Given(precision, pull + (tau * self._layer.loc)[..., None], scale)

    def _natural(self, hidden: Array) -> tuple[Array, Array]:
        """Natural values (W, Q) and θ (W, P), with zeros for w."""
        theta = np.zeros((len(hidden), self.posterior.n_params))
        theta[:, self._kept] = hidden
        with np.errstate(all="ignore"):
            return self.posterior.parameters.natural(theta), theta

    def _of_blocks(
        self, part: Callable[[Array, Posterior], Sequence[Array]], numbers: Array, posterior: Posterior
    ) -> Sequence[Array]:
        """Of blocks of walkers, each with all rows; twice as large as others, for small matrices are many."""
        width = (posterior.model.width + 1) // 2
        blocks = tasks(len(numbers), posterior.rows.n_rows, width=width, divisible=False)
        kind = f"collapsed {part.__name__}"
        return sum_over_blocks(lambda some, _: part(some, posterior), numbers, blocks, width=width, kind=kind)

    @cached_property
    def _layer(self) -> OutputLayer:
        return OutputLayer(self.posterior)

    @cached_property
    def _kept(self) -> Array:
        return np.delete(np.arange(self.posterior.n_params), self._layer.free)

    @cached_property
    def _noise(self) -> dict[str, slice]:
        return {name: self.posterior.parameters.natural_slices[name] for name in self.posterior.likelihood.noise_priors}
