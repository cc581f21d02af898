"""Every estimator that samples against every problem with a known ln Z, and what each must refuse."""

import json
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest
from scipy.stats import norm

import bayesnn as bnn
from bayesnn.errors import EvidenceError
from bayesnn.evidence.smc import smc
from bayesnn.evidence.thermodynamic import stepping_stone, thermodynamic
from tests.problems.evidences import Problem, read

NORMAL = bnn.Normal(0, 1)
LADDER = {"n_draws": 120, "n_warmup": 50}
METHODS = {
    "smc": partial(smc, n_particles=300, n_repeats=16),
    "thermodynamic": partial(thermodynamic, **LADDER),
    "stepping-stone": partial(stepping_stone, **LADDER),
}
FAST = ["polynomial 0", "polynomial 4", "1-1-1", "1-2-1", "shells 2", "gaussian", "eggbox", "rosenbrock"]
SLOW = ["shells 5", "shells 10", "shells 20", "shells 30"]


@pytest.fixture(scope="module")
def problems(reference) -> dict[str, Problem]:
    return read(json.loads((reference / "log_evidence.json").read_text()))


def holds(evidence, truth: float) -> bool:
    return abs(evidence.log_z - truth) <= max(0.05, 3 * evidence.error)


@pytest.mark.parametrize("name", FAST)
@pytest.mark.parametrize("method", METHODS)
def test_the_truth_is_within_three_stated_errors(problems, method: str, name: str) -> None:
    evidence = METHODS[method](problems[name].posterior, rng=1)
    assert holds(evidence, problems[name].log_z)
    assert 0 < evidence.error < 0.25
    assert evidence.n_evaluations > 1000


@pytest.mark.slow
@pytest.mark.parametrize("name", FAST + SLOW)
@pytest.mark.parametrize("method", METHODS)
def test_the_truth_with_the_default_effort(problems, method: str, name: str) -> None:
    evidence = bnn.log_evidence(problems[name].posterior, method=method, rng=2)
    assert holds(evidence, problems[name].log_z)
    assert evidence.error < 0.3


@pytest.mark.parametrize("scale", [0.4, 2.0])
def test_other_scales_of_the_prior(hubble, scale: float) -> None:
    """Against quadrature, which shares nothing with it but the posterior."""
    prior = {"*": bnn.Normal(0.1, scale)}
    post = bnn.Posterior(bnn.MLP((1, 1, 1)), bnn.Gaussian(), prior=prior, data=hubble)
    truth = bnn.log_evidence(post, method="quadrature").log_z
    for method in METHODS.values():
        assert holds(method(post, rng=4), truth)


def test_a_likelihood_without_gradient() -> None:
    """∫ exp(−|x|) N(x; 0, 1) dx = 2 √e Φ(−1)."""

    def log_likelihood(x):
        return -np.sum(np.abs(x), axis=-1)

    post = bnn.FunctionPosterior(log_likelihood, {"x": bnn.Normal(0, 1, shape=(2,))}, vectorized=True)
    assert not post.has_gradient
    truth = 2 * np.log(2 * np.exp(0.5) * norm.cdf(-1))
    for method in METHODS.values():
        evidence = method(post, rng=0)
        assert abs(evidence.log_z - truth) < 3 * evidence.error < 0.1


def test_a_region_that_is_impossible() -> None:
    """L = 1 above x = −1 and nothing below: Z = Φ(1), though many draws of the prior have no likelihood."""

    def log_likelihood(x, y):
        return np.where(x > -1, -0.5 * y**2, -np.inf)

    post = bnn.FunctionPosterior(log_likelihood, {"x": NORMAL, "y": NORMAL}, vectorized=True)
    evidence = smc(post, n_particles=500)
    assert abs(evidence.log_z - np.log(norm.cdf(1) / np.sqrt(2))) < 3 * evidence.error < 0.1


@pytest.mark.slow
@pytest.mark.parametrize("name", ["1-1-1", "1-2-1", "shells 2", "shells 10", "gaussian"])
def test_bridges_from_long_draws(problems, name: str) -> None:
    post = problems[name].posterior
    draws = bnn.sample(post, progress=False)
    assert holds(bnn.log_evidence(post, method="bridge", draws=draws), problems[name].log_z)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["1-2-1", "eggbox", "shells 2", "shells 10"])
def test_stated_errors_are_honest(problems, name: str) -> None:
    """Of 50 seeded estimates, 80 to 99 % are within two stated errors; all 50 are not meant to be excluded."""
    evidences = [smc(problems[name].posterior, rng=seed) for seed in range(50)]
    z = np.array([(e.log_z - problems[name].log_z) / e.error for e in evidences])
    assert 40 <= np.sum(np.abs(z) <= 2) <= 50
    assert 0.6 < np.sqrt(np.mean(z**2)) < 1.5


@pytest.mark.parametrize("method", [name for name in METHODS if name != "smc"])
def test_stacks_may_climb_elsewhere(problems, method: str) -> None:
    with ThreadPoolExecutor(2) as pool:
        runs = [METHODS[method](problems["1-1-1"].posterior, rng=3, executor=how) for how in (None, pool)]
    assert runs[0] == runs[1]


CALLS = {name: partial(bnn.log_evidence, method=name) for name in (*METHODS, "laplace", "auto")}


def function(log_likelihood, prior=NORMAL):
    return bnn.FunctionPosterior(log_likelihood, {"x": prior}, vectorized=True)


@pytest.mark.parametrize("method", CALLS)
@pytest.mark.parametrize(
    ("post", "message"),
    [
        (function(lambda x: -(x**2), bnn.Flat()), "improper"),
        (function(lambda x: 0 * x - 3.0), "depends on the parameters, got -3"),
        (function(lambda x: np.where(np.abs(x) < 1, -np.inf, -(x**2))), "finite log likelihood where the prior"),
        (function(lambda x: np.full_like(x, -np.inf)), "finite log likelihood where the prior"),
        (function(lambda x: np.full_like(x, np.nan)), "finite log likelihood where the prior"),
        (function(lambda x: np.where(x > 1, np.inf, -(x**2))), "overflows"),
    ],
    ids=["improper", "constant", "excluded mode", "impossible", "nan", "infinite"],
)
def test_a_sentence_in_place_of_a_number(method: str, post, message: str) -> None:
    with pytest.raises(EvidenceError, match=message):
        CALLS[method](post)


def test_settings_that_cannot_be() -> None:
    post = function(lambda x: -(x**2))
    for bad in ({"n_repeats": 3}, {"n_states": 1}, {"n_particles": 5}, {"n_particles": 1005}, {"n_states": 0}):
        with pytest.raises(EvidenceError, match="smc: expected n_repeats >= 4"):
            smc(post, **bad)
    for bad in ({"n_draws": 0}, {"n_warmup": -1}, {"n_stacks": 3}):
        with pytest.raises(EvidenceError, match="ladder: expected n_draws >= 1"):
            thermodynamic(post, **bad)
    with pytest.raises(EvidenceError, match="expected auto, bridge, exact"):
        bnn.log_evidence(post, method="magic")


def test_draws_where_there_should_be_none() -> None:
    post = function(lambda x: -(x**2))
    draws = bnn.sample(post, n_draws=10, n_warmup=10, n_walkers=1, n_ensembles=2, progress=False)
    for wrong in ({"method": "bridge"}, {"method": "smc", "draws": draws}):
        with pytest.raises(EvidenceError, match='draws for "bridge" and for no other'):
            bnn.log_evidence(post, **wrong)
