"""The multilayer perceptron, with one forward and backward pass for one weight vector or a whole ensemble."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod

import numpy as np
from scipy.special import gammaln

from bayesnn.errors import ModelError
from bayesnn.nn.activations import Activation, activation_named
from bayesnn.protocols import Array, Backprop


@dataclass(frozen=True, init=False)
class MLP:
    """A fully connected feed-forward network with identity output.

    h_0 = x,  h_l = a_l(h_{l−1} W_l + b_l),  f = h_{L−1} W_L + b_L

    Parameters
    ----------
    widths : inputs D, hidden units of each layer, outputs K; (D, K) alone is the linear model.
    activation : name of the hidden units, or one name a hidden layer.

    The blocks are W1 (D, H1), b1 (H1,), W2 (H1, H2), ... in this order.

    Raises
    ------
    ModelError : fewer than two widths, a width below one, an activation that does not exist.

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
    """

    widths: tuple[int, ...]
    activations: tuple[str, ...]

    def __init__(self, widths: Sequence[int], *, activation: str | Sequence[str] = "tanh") -> None:
        checked = tuple(int(width) for width in widths)
        if len(checked) < 2 or min(checked) < 1:
            raise ModelError(f"MLP: expected at least two widths, all positive, got {tuple(widths)}; (1, 16, 1), say")
        n_hidden = len(checked) - 2
        names = (activation,) * n_hidden if isinstance(activation, str) else tuple(activation)
        if len(names) != n_hidden:
            raise ModelError(f"MLP: expected one activation for each of {n_hidden} hidden layers, got {len(names)}")
        for name in names:
            activation_named(name)
        object.__setattr__(self, "widths", checked)
        object.__setattr__(self, "activations", names)

    @property
    def n_layers(self) -> int:
        """Layers of weights: hidden layers and the output."""
        return len(self.widths) - 1

    @property
    def blocks(self) -> Mapping[str, tuple[int, ...]]:
        """Shapes of W1, b1, W2, b2, ..."""
        shapes: dict[str, tuple[int, ...]] = {}
        for layer, (n_in, n_out) in enumerate(zip(self.widths[:-1], self.widths[1:], strict=True), 1):
            shapes[f"W{layer}"] = (n_in, n_out)
            shapes[f"b{layer}"] = (n_out,)
        return shapes

    @property
    def n_params(self) -> int:
        """P, weights and biases."""
        return sum(prod(shape) for shape in self.blocks.values())

    @property
    def is_linear(self) -> bool:
        """Linear in its parameters: only without hidden layers."""
        return self.n_layers == 1

    @property
    def log_symmetries(self) -> float:
        """ln of the number of weight vectors that give the same function: Σ_l ln(H_l!) and, for odd units, H_l ln 2."""
        total = 0.0
        for width, activation in zip(self.widths[1:-1], self._hidden(), strict=True):
            total += float(gammaln(width + 1)) + (width * float(np.log(2)) if activation.is_odd else 0.0)
        return total

    @property
    def width(self) -> int:
        """Numbers kept for one row and one weight vector: the units of all layers."""
        return sum(self.widths[1:])

    def image(self, theta: Array, rng: np.random.Generator) -> Array:
        """θ (..., P) with units permuted and, where they are odd, flipped at random: the same function."""
        out = np.array(theta)
        layers = self._unpack(out.reshape(-1, self.n_params))
        for (W, b), (following, _), activation in zip(layers[:-1], layers[1:], self._hidden(), strict=True):
            order = rng.permutation(b.shape[1])
            sign = rng.choice([-1.0, 1.0], size=len(order)) if activation.is_odd else np.ones(len(order))
            W[...], b[...] = W[:, :, order] * sign, b[:, order] * sign
            following[...] = following[:, order] * sign[:, None]
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
        leading = theta.shape[:-1]
        layers = self._unpack(theta.reshape(-1, self.n_params))
        hidden = self._hidden()
        h: Array = X.astype(theta.dtype, copy=False)
        tape = []
        for layer, (W, b) in enumerate(layers):
            z = h @ W
            z += b[:, None, :]
            a, back = hidden[layer].unit(z) if layer < len(hidden) else (z, _through)
            tape.append((h, W, back))
            h = a

        def backprop(grad: Array) -> Array:
            g = grad.reshape(-1, *grad.shape[-2:])
            out = np.empty((len(g), self.n_params), dtype=g.dtype)
            slots = self._unpack(out)
            for layer in reversed(range(len(tape))):
                inputs, W, back = tape[layer]
                g = back(g)
                np.matmul(np.swapaxes(inputs, -1, -2), g, out=slots[layer][0])
                np.sum(g, axis=1, out=slots[layer][1])
                if layer:
                    g = g @ np.swapaxes(W, -1, -2)
            return out.reshape(*leading, self.n_params)

        return h.reshape(*leading, *h.shape[-2:]), backprop

    def linearize(self, theta: Array, X: Array) -> tuple[Array, Array]:
        """θ (P,), X (N, D) → outputs (N, K) and their derivatives (N, K, P): backprop with a row in each place of θ."""
        outputs, backprop = self.forward(np.broadcast_to(theta, (len(X), len(theta))), X[:, None, :])
        slopes = [backprop(np.broadcast_to(unit, outputs.shape)) for unit in np.eye(outputs.shape[-1])]
        return outputs[:, 0], np.stack(slopes, axis=1)

    def initialize(self, rng: np.random.Generator, n: int) -> Array:
        """n draws (n, P): W ~ N(0, 2 gain / (n_in + n_out)), biases 0 (Glorot & Bengio 2010, He et al. 2015)."""
        theta = np.zeros((n, self.n_params))
        gains = [activation.variance_gain for activation in self._hidden()] + [1.0]
        for (W, _), gain in zip(self._unpack(theta), gains, strict=True):
            W[...] = rng.standard_normal(W.shape) * np.sqrt(gain * 2 / sum(W.shape[1:]))
        return theta

    def _hidden(self) -> list[Activation]:
        return [activation_named(name) for name in self.activations]

    def _unpack(self, theta: Array) -> list[tuple[Array, Array]]:
        """Views (W, n_in, n_out) and (W, n_out) into θ (W, P), layer by layer."""
        views, start = [], 0
        for n_in, n_out in zip(self.widths[:-1], self.widths[1:], strict=True):
            middle, stop = start + n_in * n_out, start + n_in * n_out + n_out
            views.append((theta[:, start:middle].reshape(-1, n_in, n_out), theta[:, middle:stop]))
            start = stop
        return views


def _through(grad: Array) -> Array:
    return grad
