"""The evidence of a network with one or two hidden units, by quadrature over these and in closed form over the rest."""

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import logsumexp

from bayesnn.distributions.normal import Normal
from bayesnn.errors import EvidenceError
from bayesnn.evidence.result import Evidence, require_proper
from bayesnn.likelihoods.gaussian import Gaussian
from bayesnn.posterior.density import PosteriorDensity
from bayesnn.posterior.posterior import Posterior
from bayesnn.posterior.prior_terms import references
from bayesnn.protocols import Array, FloatArray

_POINTS = {1: 513, 2: 97}
"""Along each axis, by the number of units; half as many make the coarser grid that tells the error."""
_REACH = 7.0
"""Of the grid, in standard deviations of the prior."""
_TOLERANCE = 0.01
_CHUNK = 100
_BLOCKS = {"W1", "b1", "W2", "b2"}


def quadrature(posterior: PosteriorDensity) -> Evidence:
    """ln Z = ln ∫ N(y | f̄, Σ + Φ S Φᵀ) p(W1) p(b1) dW1 db1 of a 1-1-1 or 1-2-1 network.

    Given the hidden units the network is linear, Φ = [1, h_1, h_2], and the output weights with their normal prior of
    covariance S are integrated in closed form. What is left is smooth and of two or four dimensions: the trapezium
    rule on a grid over the prior, whose error falls exponentially. The error is the difference to half the points.

    Raises
    ------
    EvidenceError : any other problem, or a posterior too narrow for the grid.

    References
    ----------
    Trefethen & Weideman, The exponentially convergent trapezoidal rule, SIAM Review 56, 385 (2014).

    Examples
    --------
    >>> import bayesnn as bnn
    >>> data = bnn.load_dataset("hz").standardize()
    >>> post = bnn.Posterior(bnn.MLP((1, 1, 1)), bnn.Gaussian(), prior={"*": bnn.Normal(0, 1)}, data=data)
    >>> round(bnn.log_evidence(post, method="quadrature").log_z, 4)
    -18.4659
    """
    require_proper(posterior)
    if not isinstance(posterior, Posterior) or not _applies(posterior):
        raise EvidenceError(
            "quadrature: expected a 1-1-1 or 1-2-1 network with free weights, normal priors with numbers, and one "
            'target with known Gaussian noise, got another problem; use method="smc"'
        )
    units = _Units(posterior)
    n_points = _POINTS[len(units.w)]
    fine, coarse = units.integral(n_points), units.integral(n_points // 2 + 1)
    if not abs(fine - coarse) < _TOLERANCE:
        raise EvidenceError(
            f"quadrature: expected grids that agree within {_TOLERANCE} nats, got {abs(fine - coarse):.2g} between "
            f'{n_points} and half as many points an axis: the posterior is too narrow for them; use method="smc"'
        )
    n_axes = 2 * len(units.w)
    return Evidence(fine, abs(fine - coarse), "quadrature", n_points**n_axes, (f"{n_points} points on {n_axes} axes",))


def _applies(posterior: Posterior) -> bool:
    shapes = dict(posterior.model.blocks)
    network = set(shapes) == _BLOCKS and shapes["W1"] in ((1, 1), (1, 2)) and shapes["W2"][1:] == (1,)
    priors = posterior.prior.priors
    normal = set(priors) == _BLOCKS and all(isinstance(p, Normal) and not references(p) for p in priors.values())
    known = isinstance(posterior.likelihood, Gaussian) and not posterior.likelihood.noise_priors
    return network and normal and known


class _Units:
    """Hidden units h (G, N) over a grid of their own weight and bias, and the linear model on top of them."""

    def __init__(self, posterior: Posterior) -> None:
        self.posterior, rows = posterior, posterior.rows
        self.w, self.b, self.top, (self.bias,) = (self._prior(name) for name in ("W1", "b1", "W2", "b2"))
        root = rows.root if rows.yerr is None else np.diag(rows.yerr[:, 0])
        assert root is not None
        self.whitening = solve_triangular(root, np.eye(rows.n_rows), lower=True)
        self.constant = float(np.sum(np.log(np.diag(self.whitening)))) - 0.5 * rows.n_rows * np.log(2 * np.pi)

    def _prior(self, name: str) -> FloatArray:
        """loc and scale (n, 2) of a block."""
        prior, shape = self.posterior.prior.priors[name], self.posterior.parameters.block(name).shape
        assert isinstance(prior, Normal)
        return np.stack([np.broadcast_to(part, shape).ravel() for part in (prior.loc, prior.scale)], axis=-1)

    def integral(self, n: int) -> float:
        """ln Z from n points an axis.

        With whitened columns, Q = ΦᵀΦ and c = Φᵀy + m, m the prior mean: ln p(y | units) = ½ cᵀ(I + Q)⁻¹c
        − ½ ln |I + Q| + constants. Elimination of the bias, then of one unit after the other, is written out.
        """
        z = np.linspace(-_REACH, _REACH, n)
        log_w = np.add.outer(*2 * [np.log(z[1] - z[0]) - 0.5 * z**2 - 0.5 * np.log(2 * np.pi)]).ravel()
        y = self.whitening @ self.posterior.rows.y[:, 0]
        one = self.whitening @ np.full(len(y), self.bias[1])
        means = [self.bias[0] / self.bias[1], *(self.top[:, 0] / self.top[:, 1])]
        d0, c0 = 1 + one @ one, one @ y + means[0]
        start = self.constant - 0.5 * (y @ y + np.sum(np.square(means)) - c0**2 / d0 + np.log(d0))
        hidden = [self._columns(unit, z) for unit in range(len(self.w))]
        slopes = [h @ one / d0 for h in hidden]
        c = [h @ y + mean - slope * c0 for h, mean, slope in zip(hidden, means[1:], slopes, strict=True)]
        d = [1 + np.sum(h**2, axis=1) - slope**2 * d0 for h, slope in zip(hidden, slopes, strict=True)]
        first = start + log_w + 0.5 * (c[0] ** 2 / d[0] - np.log(d[0]))
        if len(hidden) == 1:
            return float(logsumexp(first))
        return float(logsumexp([self._second(rows, hidden, slopes, c, d, d0, first, log_w) for rows in _rows(n * n)]))

    def _second(
        self,
        rows: slice,
        hidden: list[Array],
        slopes: list[Array],
        c: list[Array],
        d: list[Array],
        d0: float,
        first: Array,
        log_w: Array,
    ) -> float:
        """The integral over the second unit, and over some points of the first."""
        cross = hidden[0][rows] @ hidden[1].T - d0 * np.outer(slopes[0][rows], slopes[1])
        slope = cross / d[0][rows, None]
        pivot, rest = d[1] - slope * cross, c[1] - slope * c[0][rows, None]
        total = first[rows, None] + log_w + 0.5 * (rest**2 / pivot - np.log(pivot))
        top = float(total.max())
        return top + float(np.log(np.sum(np.exp(total - top))))

    def _columns(self, unit: int, z: FloatArray) -> FloatArray:
        """The whitened column (G, N) that a unit gives at each point of its grid, times its output weight's sd."""
        w, b = (a.ravel() for a in np.meshgrid(*(p[unit, 0] + p[unit, 1] * z for p in (self.w, self.b))))
        model, n_units = self.posterior.model, len(self.w)
        theta = np.zeros((len(w), 3 * n_units + 1))  # W1, b1, W2, b2
        theta[:, unit], theta[:, n_units + unit], theta[:, 2 * n_units + unit] = w, b, 1.0
        off = np.zeros_like(theta[:1])
        column = model.forward(theta, self.posterior.rows.X)[0] - model.forward(off, self.posterior.rows.X)[0]
        return np.asarray(self.top[unit, 1] * column[:, :, 0] @ self.whitening.T)


def _rows(n: int) -> list[slice]:
    return [slice(start, start + _CHUNK) for start in range(0, n, _CHUNK)]
