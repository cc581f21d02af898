"""Figures of results: each function takes results and returns a matplotlib Figure."""

from bayesnn.plotting.bias_variance import bias_variance
from bayesnn.plotting.calibration import calibration
from bayesnn.plotting.comparison import comparison
from bayesnn.plotting.confidence import contour, profile
from bayesnn.plotting.corner import corner
from bayesnn.plotting.demonstrations import depth_against_width, linear_regions, universal_approximation, xor
from bayesnn.plotting.descent import path
from bayesnn.plotting.graph import graph
from bayesnn.plotting.observed import observed
from bayesnn.plotting.occam_hill import occam_hill
from bayesnn.plotting.picture import svg
from bayesnn.plotting.predictive import predictive
from bayesnn.plotting.prior_vs_posterior import prior_vs_posterior
from bayesnn.plotting.rank import rank
from bayesnn.plotting.scores import capacity_curve, learning_curve, validation_curve
from bayesnn.plotting.sensitivity import sensitivity
from bayesnn.plotting.trace import trace
from bayesnn.plotting.training import training

__all__ = [
    "bias_variance",
    "calibration",
    "capacity_curve",
    "comparison",
    "contour",
    "corner",
    "depth_against_width",
    "graph",
    "learning_curve",
    "linear_regions",
    "observed",
    "occam_hill",
    "path",
    "predictive",
    "prior_vs_posterior",
    "profile",
    "rank",
    "sensitivity",
    "svg",
    "trace",
    "training",
    "universal_approximation",
    "validation_curve",
    "xor",
]
