"""Dropout: hidden units left out at random, seen as noise on the weights that leave them."""

from dataclasses import dataclass
from math import prod

import numpy as np

from bayesnn.errors import ModelError, SettingError
from bayesnn.nn.mlp import MLP
from bayesnn.protocols import FloatArray, ForwardModel


@dataclass(frozen=True)
class Dropout:
    """Each hidden unit is left out with probability `rate`; those that stay count 1 / (1 − rate).

    A unit times m is its outgoing weights times m, and so a thinned network is the same network at θ ⊙ mask. The mean
    of a mask is 1: what is found is the whole network, to predict with as it is (weight scaling inference rule).

    Raises
    ------
    SettingError : a rate outside [0, 1).
    ModelError : not an MLP, no hidden units, or radial units after others, which take in no weights to leave out.

    References
    ----------
    Srivastava et al., Dropout: a simple way to prevent neural networks from overfitting, JMLR 15, 1929 (2014);
    Goodfellow, Bengio & Courville, Deep Learning (2016), section 7.12.

    Examples
    --------
    >>> import bayesnn as bnn, numpy as np
    >>> from bayesnn.nn.dropout import Dropout
    >>> net = bnn.MLP((1, 2, 1))                                             # W1, b1, then W2, then b2
    >>> Dropout(net, 0.5).masks(np.random.default_rng(1), 2)
    array([[1., 1., 1., 1., 2., 2., 1.],
           [1., 1., 1., 1., 0., 2., 1.]])
    """

    net: MLP
    rate: float

    def __init__(self, net: ForwardModel, rate: float) -> None:
        if not isinstance(rate, int | float | np.number) or not 0 <= rate < 1:
            raise SettingError(f"dropout: expected a probability in [0, 1), got {rate!r}; 0.2, say")
        if not isinstance(net, MLP) or not net.units:
            raise ModelError(f"dropout: expected an MLP with hidden units, got {net!r}; bnn.MLP((1, 16, 1)), say")
        for number, layer in enumerate(net.layers[1:], 2):
            if "center" in layer.blocks:
                raise ModelError(
                    f"dropout: expected weights into every layer after the first, got radial units in layer {number}; "
                    "put them first"
                )
        object.__setattr__(self, "net", net)
        object.__setattr__(self, "rate", float(rate))

    @property
    def blocks(self) -> tuple[str, ...]:
        """Those that masks change: W or V of each layer after the first."""
        return tuple(f"{next(iter(layer.blocks))}{number}" for number, layer in enumerate(self.net.layers[1:], 2))

    def masks(self, rng: np.random.Generator, n: int) -> FloatArray:
        """n masks (n, P) of the network's parameters: 0 or 1 / (1 − rate) for weights that leave a unit, else 1."""
        masks, first = np.ones((n, self.net.n_params)), 0
        for name, (n_in, *rest) in self.net.blocks.items():
            size = prod(rest)
            if name in self.blocks:
                kept = (rng.random((n, n_in)) >= self.rate) / (1 - self.rate)
                masks[:, first : first + n_in * size] = np.repeat(kept, size, axis=1)
            first += n_in * size
        return masks
