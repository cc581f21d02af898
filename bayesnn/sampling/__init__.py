"""Sampling with emcee: starts, warm-up, moves, the driver, draws and their diagnosis."""
