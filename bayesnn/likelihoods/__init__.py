"""Observation models, one a file: how data scatter about the outputs of a model."""
