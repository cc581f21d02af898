"""Figures of results: each function takes results and returns a matplotlib Figure."""

from bayesnn.plotting.bias_variance import bias_variance
from bayesnn.plotting.calibration import calibration
from bayesnn.plotting.comparison import comparison
from bayesnn.plotting.descent import path
from bayesnn.plotting.graph import graph
from bayesnn.plotting.predictive import predictive
from bayesnn.plotting.scores import capacity_curve, learning_curve, validation_curve
from bayesnn.plotting.trace import trace
from bayesnn.plotting.training import training

__all__ = [
    "bias_variance",
    "calibration",
    "capacity_curve",
    "comparison",
    "graph",
    "learning_curve",
    "path",
    "predictive",
    "trace",
    "training",
    "validation_curve",
]
