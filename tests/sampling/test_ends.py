"""Priors with mass that numbers cannot tell from an end of its support."""

import warnings

import numpy as np
import pytest
from scipy import stats

import bayesnn as bnn

SHORT = {"n_draws": 10, "n_warmup": 10, "n_walkers": 8, "n_ensembles": 2, "progress": False}


def posterior(prior: object) -> bnn.FunctionPosterior:
    return bnn.FunctionPosterior(lambda p, q: 0 * p, {"p": prior, "q": bnn.Normal(0, 1)}, vectorized=True)


@pytest.mark.parametrize(
    ("prior", "told"),
    [
        (bnn.Beta(0.1, 0.1), r"got 2\.\d% of p at an end"),
        (bnn.Beta(0.5, 0.03), r"got 3\d\.\d% of p at an end"),
        (stats.gamma(0.1, loc=5), r"of p at an end"),
    ],
)
def test_mass_at_an_end_is_told(prior, told) -> None:
    """Beta(a, b) is closer to 1 than 2⁻⁵³ with a probability of about 2^(−53 b), times its weight there."""
    with pytest.warns(RuntimeWarning, match=rf"{told} to rounding, .* take the distance from that end"):
        bnn.sample(posterior(prior), **SHORT)


@pytest.mark.parametrize(
    "prior",
    [bnn.Beta(0.3, 0.3), bnn.Beta(0.03, 0.5), bnn.Gamma(0.1), bnn.HalfCauchy(1), bnn.Flat(0, 1), stats.expon(loc=5)],
)
def test_mass_near_zero_or_little_of_it_is_none(prior) -> None:
    """Numbers are dense near zero."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        draws = bnn.sample(posterior(prior), **SHORT)
    assert np.all(np.isfinite(draws.log_prob))
