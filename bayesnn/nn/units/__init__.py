"""Hidden units: from weighted sums z to activations a, with formula, slope and limits of each.

>>> import bayesnn as bnn, numpy as np
>>> a, derivative = bnn.units.LeakyReLU(0.1)(np.array([-2.0, 3.0]))
>>> a, derivative()
(array([-0.2,  3. ]), array([0.1, 1. ]))

A unit goes into a network by name or as itself: ``bnn.MLP((1, 16, 1), activation=bnn.units.Maxout(3))``. Softmax is
none of them: normalizing the outputs of a classifier belongs to its likelihood.

References: Goodfellow, Bengio & Courville, Deep Learning (2016), sections 6.2-6.3.
"""

from bayesnn.nn.units.maxout import Maxout
from bayesnn.nn.units.radial import Radial
from bayesnn.nn.units.rectifiers import Absolute, LeakyReLU, PReLU, ReLU
from bayesnn.nn.units.smooth import ELU, GELU, SiLU, Softplus
from bayesnn.nn.units.squashing import HardTanh, Identity, Sigmoid, Tanh

__all__ = [
    "ELU",
    "GELU",
    "Absolute",
    "HardTanh",
    "Identity",
    "LeakyReLU",
    "Maxout",
    "PReLU",
    "Radial",
    "ReLU",
    "SiLU",
    "Sigmoid",
    "Softplus",
    "Tanh",
]
