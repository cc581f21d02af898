"""Nested sampling by dynesty, where it is installed."""

import importlib.util

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.errors import EvidenceError
from bayesnn.evidence.nested import nested

POST = bnn.FunctionPosterior(
    lambda x, y: -0.5 * (x**2 + ((y - 1) / 0.1) ** 2), {"x": bnn.Normal(0, 1), "y": bnn.Uniform(-1, 4)}, vectorized=True
)
HAS_DYNESTY = importlib.util.find_spec("dynesty") is not None


@pytest.mark.skipif(not HAS_DYNESTY, reason="dynesty is an extra")
@pytest.mark.filterwarnings("ignore")
def test_a_normal_and_a_uniform_prior() -> None:
    truth = -0.5 * np.log(2) + np.log(0.1 * np.sqrt(2 * np.pi) / 5)
    evidence = nested(POST, n_live=250)
    assert abs(evidence.log_z - truth) < 3 * evidence.error < 0.6


@pytest.mark.skipif(not HAS_DYNESTY, reason="dynesty is an extra")
def test_priors_without_a_quantile_here() -> None:
    post = bnn.FunctionPosterior(lambda x: -(x**2), {"x": bnn.Cauchy(0, 1)}, vectorized=True)
    with pytest.raises(EvidenceError, match="Normal or Uniform priors with numbers, got Cauchy on 'x'"):
        nested(post)


@pytest.mark.slow
@pytest.mark.skipif(not HAS_DYNESTY, reason="dynesty is an extra")
@pytest.mark.filterwarnings("ignore")
def test_mirror_images_of_a_network(network) -> None:
    """Where its own choice of sampler does not end."""
    post = network(1, 2, 1)
    truth = bnn.log_evidence(post, method="quadrature").log_z
    evidence = nested(post, n_live=200)
    assert abs(evidence.log_z - truth) < 3 * evidence.error < 0.9


@pytest.mark.skipif(not HAS_DYNESTY, reason="dynesty is an extra")
def test_ways_that_do_not_exist() -> None:
    with pytest.raises(EvidenceError, match="one of auto, unif, rwalk, slice, rslice, got 'walk'"):
        nested(POST, sample="walk")


@pytest.mark.skipif(HAS_DYNESTY, reason="dynesty is installed")
def test_without_dynesty_a_way_out_is_given() -> None:
    with pytest.raises(EvidenceError, match="pip install dynesty"):
        bnn.log_evidence(POST, method="nested")
