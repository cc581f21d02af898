"""Where a model meets data: named parameters, their joint prior, and the posterior density."""
