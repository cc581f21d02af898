"""Predictive distributions of draws and of point estimates."""
