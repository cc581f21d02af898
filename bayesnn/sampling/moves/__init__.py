"""One emcee move a file."""
