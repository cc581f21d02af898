"""Curves: models that are ordinary Python functions of x and named parameters."""
