"""The scalar computational graph: expressions in named variables, their values and their derivatives by backprop."""

from bayesnn.nn.graph.functions import absolute as abs
from bayesnn.nn.graph.functions import cos, erf, exp, log, relu, sigmoid, sin, softplus, sqrt, tanh
from bayesnn.nn.graph.network import Network, network
from bayesnn.nn.graph.node import Node, gradient
from bayesnn.nn.graph.variables import variable, variables

__all__ = [
    "Network", "Node", "abs", "cos", "erf", "exp", "gradient", "log", "network", "relu", "sigmoid", "sin", "softplus",
    "sqrt", "tanh", "variable", "variables",
]  # fmt: skip
