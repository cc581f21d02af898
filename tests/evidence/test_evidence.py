"""Log evidence against exact answers, and what must be refused."""

import json

import numpy as np
import pytest
from scipy import stats

import bayesnn as bnn
from bayesnn.errors import EvidenceError

NORMAL = bnn.Normal(0, 1)


@pytest.fixture(scope="module")
def exact(reference) -> dict:
    return json.loads((reference / "log_evidence.json").read_text())


def polynomial(degree: int, data: bnn.Dataset) -> bnn.Posterior:
    return bnn.Posterior(bnn.LinearModel(bnn.polynomial(degree)), bnn.Gaussian(), prior={"w": NORMAL}, data=data)


@pytest.mark.parametrize("degree", range(5))
def test_polynomials_on_the_hubble_data(exact, hubble, degree: int) -> None:
    truth = exact["hz31_polynomial"]["log_z"][str(degree)]
    post = polynomial(degree, hubble)
    assert bnn.log_evidence(post).log_z == pytest.approx(truth, abs=1e-6)
    assert bnn.log_evidence(post, method="laplace").log_z == pytest.approx(truth, abs=1e-5)


def test_laplace_of_small_networks_is_near_the_quadrature(exact, network) -> None:
    """It is an approximation: within a nat of the truth here, and marked as without an error."""
    for widths in ("1-1-1", "1-2-1"):
        evidence = bnn.log_evidence(network(*map(int, widths.split("-"))), method="laplace")
        assert abs(evidence.log_z - exact["hz31_mlp"]["log_z"][widths]) < 1.0
        assert evidence.is_approximate
        assert "approximation" in evidence.notes[0]
    assert "Approximations carry no error" in str(bnn.compare({"1-1-1": network(1, 1, 1)}, method="laplace"))


@pytest.mark.parametrize(
    "prior", [{"W*": NORMAL, "b*": 0.0}, {"W*": bnn.Normal(1.2, 0.3), "b*": 0.0}], ids=["two images", "one"]
)
def test_laplace_counts_the_mirror_images_that_there_are(prior) -> None:
    """A single odd unit with a sharp mode, against quadrature over both weights, of either sign."""
    x = np.linspace(-2, 2, 9)
    data = bnn.Dataset(x, np.tanh(1.5 * x), yerr=0.05)
    post = bnn.Posterior(bnn.MLP((1, 1, 1)), bnn.Gaussian(), prior=prior, data=data)
    grid = np.linspace(-4, 4, 1601)
    a, b = np.meshgrid(grid, grid)
    log_density = post(np.stack([a.ravel(), b.ravel()], axis=-1))
    truth = np.log(np.exp(log_density - log_density.max()).sum() * (grid[1] - grid[0]) ** 2) + log_density.max()
    assert bnn.log_evidence(post, method="laplace").log_z == pytest.approx(truth, abs=0.02)


def test_left_to_itself_it_is_exact_or_has_an_error_where_that_takes_seconds(exact, network) -> None:
    for widths, truth in exact["hz31_mlp"]["log_z"].items():
        evidence = bnn.log_evidence(network(*map(int, widths.split("-"))))
        assert evidence.method == "smc"
        assert abs(evidence.log_z - truth) <= max(0.05, 3 * evidence.error)
    assert bnn.log_evidence(network(1, 22, 1)).method == "laplace"  # 67 parameters


def test_full_covariance_and_shifted_priors_against_the_marginal_normal(reference) -> None:
    table = np.loadtxt(reference / "curves/hz15.txt", comments="#")
    cov = np.loadtxt(reference / "curves/hz15_cov.txt", comments="#")
    data = bnn.Dataset(table[:, 0], table[:, 1], cov=cov)
    line = bnn.LinearModel(bnn.polynomial(degree=1))
    post = bnn.Posterior(line, bnn.Gaussian(), prior={"w": bnn.Normal([70.0, 50.0], [20.0, 40.0])}, data=data)
    design = np.column_stack([np.ones(15), table[:, 0]])
    marginal = cov + design @ np.diag([400.0, 1600.0]) @ design.T
    truth = stats.multivariate_normal(design @ [70, 50], marginal).logpdf(table[:, 1])
    assert bnn.log_evidence(post).method == "exact"
    assert bnn.log_evidence(post).log_z == pytest.approx(truth, rel=1e-10)
    best = bnn.maximum_a_posteriori(post)
    np.testing.assert_allclose(bnn.exact_posterior(post).mean, best.theta, rtol=1e-7)
    np.testing.assert_allclose(bnn.exact_posterior(post).covariance, best.covariance, rtol=1e-6)


def test_comparison_is_bayes_theorem(hubble) -> None:
    table = bnn.compare({f"degree {d}": polynomial(d, hubble) for d in range(4)})
    assert sum(table.probabilities.values()) == pytest.approx(1)
    odds = table.probabilities["degree 1"] / table.probabilities["degree 2"]
    assert table.bayes_factor("degree 1", "degree 2") == pytest.approx(odds)
    assert table.grade("degree 0", "degree 1") == "very strong evidence for degree 1"
    assert table.grade("degree 1", "degree 2") == table.grade("degree 2", "degree 1")


def test_what_has_no_evidence_is_a_sentence_not_a_number(hubble, network) -> None:
    improper = bnn.Posterior(bnn.LinearModel(bnn.polynomial(1)), bnn.Gaussian(), prior={"w": bnn.Flat()}, data=hubble)
    for method in ("auto", "exact", "laplace"):
        with pytest.raises(EvidenceError, match=r"improper|expected a linear model"):
            bnn.log_evidence(improper, method=method)
    with pytest.raises(EvidenceError, match="expected a linear model"):
        bnn.log_evidence(network(1, 2, 1), method="exact")
    with pytest.raises(EvidenceError, match="forgets the prior"):
        bnn.log_evidence(network(1, 2, 1), method="harmonic")
    with pytest.raises(EvidenceError, match="different"):
        bnn.compare({"a": polynomial(1, hubble), "b": polynomial(1, hubble.take(slice(20)))})
    with pytest.raises(EvidenceError, match="at least one"):
        bnn.compare({})


@pytest.mark.parametrize(
    "prior",
    [
        {"W1": bnn.Normal(1, 0.1), "W2": bnn.Normal(3, 0.1), "b*": NORMAL},
        {"*": NORMAL, "W1": 1.0},
        {"W1": bnn.Normal([[0.5, 1.5]], 1), "*": NORMAL},
    ],
)
def test_mirror_images_that_the_priors_tell_apart_are_not_counted(hubble, prior) -> None:
    width = 2 if isinstance(prior["W1"], bnn.Normal) and np.size(prior["W1"].loc) > 1 else 1
    prior = {key: prior[key] for key in sorted(prior)}  # patterns first: exact names win anyway
    post = bnn.Posterior(bnn.MLP((1, width, 1)), bnn.Gaussian(), prior=prior, data=hubble)
    evidence = bnn.log_evidence(post, method="laplace")
    assert evidence.notes[:2] == ("approximation", "the priors tell mirror images apart: none counted")
