"""Figures of results: each function takes results and returns a matplotlib Figure."""

from bayesnn.plotting.comparison import comparison
from bayesnn.plotting.graph import graph
from bayesnn.plotting.predictive import predictive
from bayesnn.plotting.trace import trace
from bayesnn.plotting.training import training

__all__ = ["comparison", "graph", "predictive", "trace", "training"]
