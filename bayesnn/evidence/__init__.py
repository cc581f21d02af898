"""Log evidence, one estimator a file, and the comparison of models."""
