"""The networks as scikit-learn estimators."""
