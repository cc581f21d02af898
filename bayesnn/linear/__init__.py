"""Models that are linear in their parameters, and their exact answers."""
