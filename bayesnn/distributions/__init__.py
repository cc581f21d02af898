"""Priors, one family a file, and supports with their bijectors."""
