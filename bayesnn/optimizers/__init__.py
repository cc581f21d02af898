"""Gradient-based optimizers as small chained transforms, and their schedules."""
