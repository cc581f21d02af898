"""Arrays in, numbers out: effective sample sizes, R-hat and Monte Carlo errors."""
