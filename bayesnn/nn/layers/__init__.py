"""Layers: sums of what comes in, then units.

Signals are (..., units, N), rows of the table last, so that a bias is one number along a run of memory. What goes
into a layer carries a last row of ones, so that a bias is one more weight.
"""
