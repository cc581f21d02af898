"""The multilayer perceptron, with one forward and backward pass for one weight vector or a whole ensemble."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from itertools import pairwise

import numpy as np

from bayesnn.errors import ModelError
from bayesnn.nn.architecture import as_ranks, as_units, as_widths
from bayesnn.nn.initialization import as_scheme, variance
from bayesnn.nn.layers.affine import affine
from bayesnn.nn.layers.hidden import Hidden
from bayesnn.nn.layers.layer import Layer, Slope
from bayesnn.nn.stabilizer import log_stabilizer
from bayesnn.nn.summary import table
from bayesnn.nn.units.named import name_of
from bayesnn.nn.units.unit import Unit
from bayesnn.protocols import Array, Backprop


@dataclass(frozen=True, init=False)
class MLP:
    """A fully connected feed-forward network with identity output.

    h_0 = x,  h_l = a_l(h_{l−1} W_l + b_l),  f = h_{L−1} W_L + b_L

    Parameters
    ----------
    widths : inputs D, hidden units of each layer, outputs K; (D, K) alone is the linear model.
    activation : the hidden units, by name or from `bayesnn.units`, or one for each hidden layer.
    rank : q of weights V Uᵀ in place of W, in all hidden layers; or one for each layer of weights, None for full ones.
    initialization : "glorot", "he" or "lecun" for the scale of weights to begin training from; "auto" goes by the
        units; "prior" begins with draws of the prior.

    The blocks are W1 (D, H1), b1 (H1,), W2 (H1, H2), ... in this order. Of low rank: V1 (D, q), U1 (H1, q), b1.
    Units with parameters of their own: slope1 (H1,) after b1 for `PReLU`; center1 (D, H1), width1 (H1,) in place of
    W1, b1 for `Radial`; W1 (D, k, H1), b1 (k, H1) for `Maxout`. Softmax for classes belongs to the likelihood.

    Raises
    ------
    ModelError : fewer than two widths, widths that are not whole and positive, units that do not exist or are too many
        or too few, a rank that no weights of that shape have.

    References
    ----------
    Goodfellow, Bengio & Courville, Deep Learning (2016), chapter 6; backprop: Rumelhart, Hinton & Williams (1986).

    Examples
    --------
    >>> import bayesnn as bnn, numpy as np
    >>> net = bnn.MLP((1, 2, 1), activation="tanh")
    >>> dict(net.blocks)
    {'W1': (1, 2), 'b1': (2,), 'W2': (2, 1), 'b2': (1,)}
    >>> outputs, backprop = net.forward(np.ones((5, net.n_params)), np.zeros((3, 1)))    # five weight vectors
    >>> outputs.shape, backprop(np.ones((5, 3, 1))).shape
    ((5, 3, 1), (5, 7))
    >>> print(bnn.MLP((8, 50, 20, 1), activation=["relu", bnn.units.PReLU()], rank=(None, 3, None)).summary())
    layer  units           blocks                                          parameters
    1      8 → 50 relu     W1 (8, 50), b1 (50,)                                   450
    2      50 → 20 prelu   V2 (50, 3), U2 (20, 3), b2 (20,), slope2 (20,)         250
    3      20 → 1 outputs  W3 (20, 1), b3 (1,)                                     21
    all                                                                           721
    """

    widths: tuple[int, ...]
    units: tuple[Unit, ...]
    ranks: tuple[int | None, ...]
    initialization: str
    layers: tuple[Layer, ...] = field(repr=False, compare=False)

    def __init__(
        self,
        widths: Sequence[int],
        *,
        activation: str | Unit | Sequence[str | Unit] = "tanh",
        rank: int | Sequence[int | None] | None = None,
        initialization: str = "auto",
    ) -> None:
        object.__setattr__(self, "widths", as_widths(widths))
        object.__setattr__(self, "units", as_units(activation, len(self.widths) - 2))
        object.__setattr__(self, "ranks", as_ranks(rank, len(self.widths) - 2))
        object.__setattr__(self, "initialization", initialization)
        as_scheme(initialization, "glorot")
        object.__setattr__(self, "layers", _layers(self.widths, self.units, self.ranks))

    @property
    def activations(self) -> tuple[str, ...]:
        """Names of the hidden units."""
        return tuple(name_of(unit) for unit in self.units)

    @property
    def n_layers(self) -> int:
        """Layers of weights: hidden layers and the output."""
        return len(self.layers)

    @cached_property
    def blocks(self) -> Mapping[str, tuple[int, ...]]:
        """Shapes of W1, b1, W2, b2, ..."""
        numbered = enumerate(self.layers, 1)
        return {f"{name}{number}": shape for number, layer in numbered for name, shape in layer.blocks.items()}

    @property
    def biases(self) -> tuple[str, ...]:
        """Names of the biases, those of the outputs last; radial units have none."""
        return tuple(f"b{number}" for number, layer in enumerate(self.layers, 1) if "b" in layer.blocks)

    @cached_property
    def n_params(self) -> int:
        """P, weights and biases and what units have of their own."""
        return sum(layer.n_params for layer in self.layers)

    @property
    def is_linear(self) -> bool:
        """Linear in its parameters: only without hidden layers, and not as a product of factors."""
        return self.ranks == (None,)

    @property
    def log_symmetries(self) -> float:
        """ln of the number of images of θ that give the same function with its components permuted and flipped.

        Σ_l ln(H_l!), H_l ln 2 more for odd and for even units, H_l ln(k!) for k pieces, ln(q! 2^q) for rank q. Priors
        keep them that are the same for all of a block, and even where signs change. What moves θ continuously (the
        scale of rectifiers, rotations within V Uᵀ) or by sums (a flipped sigmoid) is not among them.
        """
        return sum(layer.log_symmetries for layer in self.layers)

    @cached_property
    def width(self) -> int:
        """Numbers kept for one row and one weight vector: the sums of all layers."""
        return sum(layer.width for layer in self.layers)

    def image(self, theta: Array, rng: np.random.Generator) -> Array:
        """θ (..., P) with units permuted and, where they are odd or even, flipped at random: the same function."""
        out = np.array(theta)
        for index, unit in enumerate(self.units):
            order = rng.permutation(self.widths[index + 1])
            sign = rng.choice([-1.0, 1.0], size=len(order)) if unit.parity else np.ones(len(order))
            out = self._rearranged(out, order, sign, index=index)
        for layer, where in zip(self.layers, self._slices, strict=True):
            layer.rearrange(out[..., where], rng)
        return out

    def log_images(self, theta: Array) -> float:
        """ln of the number of different images of θ (P,): fewer where units are equal or off."""
        layers = zip(self.units, self.widths[1:], strict=False)
        return self.log_symmetries - sum(
            log_stabilizer(theta, n_units, partial(self._rearranged, index=index), flips=bool(unit.parity))
            for index, (unit, n_units) in enumerate(layers)
        )

    def _rearranged(self, theta: Array, order: Array, sign: Array, *, index: int) -> Array:
        """θ with the units of a hidden layer in that order, their sums with those signs: the same function."""
        out, parity = np.array(theta), self.units[index].parity
        here, later = (out[..., where] for where in self._slices[index : index + 2])
        self.layers[index].rearrange_units(here, order, sign)
        self.layers[index + 1].rearrange_inputs(later, order, sign if parity < 0 else sign**2)
        return out

    def n_outputs(self, n_inputs: int) -> int:
        """K, if the inputs fit."""
        if n_inputs != self.widths[0]:
            raise ModelError(
                f"MLP: expected {self.widths[0]} inputs as widths say, got a table with {n_inputs}; "
                f"use widths {(n_inputs, *self.widths[1:])}"
            )
        return self.widths[-1]

    def forward(self, theta: Array, X: Array) -> tuple[Array, Backprop]:
        """θ (..., P), X (N, D) → outputs (..., N, K) and the backprop from dL/d(outputs) to dL/dθ."""
        self._check(theta, X)
        out, backprop = self.features(theta, X)
        return out.mT, lambda grad: backprop(grad.mT.astype(theta.dtype, copy=False))

    def features(self, theta: Array, X: Array) -> tuple[Array, Backprop]:
        """What the last layer weights: its θ left out, X (N, D) → (..., H + 1, N), the last 1, and the backprop."""
        h = np.ones((X.shape[1] + 1, len(X)), theta.dtype)
        np.copyto(h[:-1], X.T, casting="same_kind")
        return self._pass(theta, h)

    def linearize(self, theta: Array, X: Array) -> tuple[Array, Array]:
        """θ (P,), X (N, D) → outputs (N, K) and their derivatives (N, K, P): rows along a leading axis."""
        self._check(theta, X)
        h = np.ones((len(X), X.shape[1] + 1, 1), theta.dtype)
        np.copyto(h[:, :-1, 0], X, casting="same_kind")
        out, backprop = self._pass(np.broadcast_to(theta, (len(X), len(theta))), h)
        slopes = [backprop(np.broadcast_to(unit[:, None], out.shape)) for unit in np.eye(out.shape[1], dtype=out.dtype)]
        return out[..., 0], np.stack(slopes, axis=1)

    def _pass(self, theta: Array, h: Array) -> tuple[Array, Backprop]:
        """θ (..., P) of all layers or the first ones, h (..., D + 1, N) → their outputs, backprop from the slopes."""
        tape = []
        for layer, where in zip(self.layers, self._slices, strict=True):
            if where.start == theta.shape[-1]:
                break
            h, layer_backprop = layer.forward(theta[..., where], h)
            tape.append((where, layer_backprop))

        def backprop(g: Array) -> Array:
            out = np.empty(theta.shape, theta.dtype)
            slope = Slope(g)
            for where, layer_backprop in reversed(tape):
                later = layer_backprop(slope, out[..., where])
                if where.start:
                    slope = later()
            return out

        return h, backprop

    def initialize(self, rng: np.random.Generator, n: int) -> Array:
        """n draws (n, P): weights normal with the variance of the initialization, b1 ~ N(0, 1 / D), other biases 0.

        The first biases, where there are hidden units, spread what these tell apart over where standardized inputs
        are; with b1 = 0 all meet at 0.
        """
        theta = np.zeros((n, self.n_params))
        schemes = [as_scheme(self.initialization, unit.scheme) for unit in self.units]
        schemes.append(as_scheme(self.initialization, "glorot"))
        for index, layer in enumerate(self.layers):
            scale = variance(schemes[index], self.widths[index], self.widths[index + 1])
            of_biases = 1 / self.widths[0] if self.units and index == 0 else 0.0
            layer.fill(theta[:, self._slices[index]], rng, scale, of_biases)
        return theta

    def summary(self) -> str:
        """Layers, blocks and numbers of parameters, as a table."""
        return table(self.layers, self.widths, self.activations)

    @cached_property
    def _slices(self) -> tuple[slice, ...]:
        """Where in θ the parameters of each layer lie."""
        stops = np.cumsum([0, *(layer.n_params for layer in self.layers)]).tolist()
        return tuple(slice(start, stop) for start, stop in pairwise(stops))

    def _check(self, theta: Array, X: Array) -> None:
        if X.ndim != 2 or X.shape[1] != self.widths[0]:
            raise ModelError(f"MLP: expected inputs of shape (N, {self.widths[0]}), got {X.shape}; X[:, None], say")
        if theta.shape[-1] != self.n_params:
            raise ModelError(f"MLP: expected theta of shape (..., {self.n_params}), got {theta.shape}; see net.blocks")


def _layers(widths: tuple[int, ...], units: tuple[Unit, ...], ranks: tuple[int | None, ...]) -> tuple[Layer, ...]:
    """The hidden ones, and weights to the outputs."""
    *shapes, (n_last, n_outputs, last_rank) = zip(widths[:-1], widths[1:], ranks, strict=True)
    hidden = [
        Hidden(unit.sums(n_in, n_out, rank), unit, n_in, n_out)
        for unit, (n_in, n_out, rank) in zip(units, shapes, strict=True)
    ]
    return *hidden, affine(n_last, (n_outputs,), last_rank)
