"""The functions of a scalar graph, each with its derivative; of numbers they give numbers.

Their derivatives are written in these functions again, so that they can be differentiated again.
"""

import numpy as np
from scipy import special

from bayesnn.nn.graph.node import Operation, log

__all__ = ["absolute", "cos", "erf", "exp", "log", "relu", "sigmoid", "sin", "softplus", "sqrt", "tanh"]

exp = Operation("exp", np.exp, (lambda x, y: y,))
sqrt = Operation("sqrt", np.sqrt, (lambda x, y: 0.5 / y,))
sin = Operation("sin", np.sin, (lambda x, y: cos(x),))
cos: Operation = Operation("cos", np.cos, (lambda x, y: -sin(x),))
tanh = Operation("tanh", np.tanh, (lambda x, y: 1 - y**2,))
sigmoid = Operation("sigmoid", special.expit, (lambda x, y: y * (1 - y),))
softplus = Operation("softplus", lambda x: np.logaddexp(0.0, x), (lambda x, y: sigmoid(x),))
erf = Operation("erf", special.erf, (lambda x, y: 2 / np.sqrt(np.pi) * exp(-(x**2)),))
relu = Operation("relu", lambda x: np.maximum(x, 0.0), (lambda x, y: step(x),))
absolute = Operation("abs", np.abs, (lambda x, y: sign(x),))
step: Operation = Operation("step", lambda x: np.heaviside(x, 0.0), (lambda x, y: 0.0,))
sign: Operation = Operation("sign", np.sign, (lambda x, y: 0.0,))
