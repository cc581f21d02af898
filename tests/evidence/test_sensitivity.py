"""The evidence against the scale of the priors."""

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.errors import EvidenceError, SettingError
from bayesnn.evidence.result import Evidence


def polynomial(degree: int, data: bnn.Dataset, scale: float = 1.0) -> bnn.Posterior:
    prior = {"w": bnn.Normal(0.5, scale)}
    return bnn.Posterior(bnn.LinearModel(bnn.polynomial(degree)), bnn.Gaussian(), prior=prior, data=data)


def test_scaled_priors_are_those_written_by_hand(hubble) -> None:
    scales = [0.1, 1.0, 3.0]
    found = bnn.sensitivity({"line": polynomial(1, hubble, 2.0)}, scales=scales)
    by_hand = [bnn.log_evidence(polynomial(1, hubble, 2.0 * scale)).log_z for scale in scales]
    np.testing.assert_allclose(found.log_evidence["line"], by_hand)
    made = bnn.sensitivity({"line": lambda scale: polynomial(1, hubble, 2.0 * scale)}, scales=scales)
    np.testing.assert_array_equal(made.log_evidence["line"], by_hand)
    np.testing.assert_array_equal(found.errors["line"], 0)
    assert found.warnings == ()


def test_the_scale_of_a_hyper_parameter_and_of_the_noise_is_scaled_too(hubble, monkeypatch) -> None:
    theta = np.random.default_rng(0).standard_normal(4)

    def at_theta(posterior, *, method):
        return Evidence(float(posterior.log_prob(theta)), 0.0, method, 1)

    monkeypatch.setattr("bayesnn.evidence.sensitivity.log_evidence", at_theta)
    raw = bnn.Dataset(hubble.X, hubble.y)

    def hierarchical(scale: float) -> bnn.Posterior:
        prior = {"w": bnn.Normal(0, "tau"), "tau": bnn.HalfCauchy(scale)}
        noise = bnn.Gaussian(sigma=bnn.HalfNormal(0.5 * scale))
        return bnn.Posterior(bnn.LinearModel(bnn.polynomial(1)), noise, prior=prior, data=raw)

    post = hierarchical(1.0)
    found = bnn.sensitivity({"h": post, "by hand": hierarchical}, scales=[0.5, 4.0])
    np.testing.assert_allclose(found.log_evidence["h"], found.log_evidence["by hand"])
    assert np.ptp(found.log_evidence["h"]) > 0.1
    np.testing.assert_array_equal(post(theta), hierarchical(1.0)(theta))  # the original is as it was


def test_wide_priors_cost_one_log_a_parameter(hubble) -> None:
    """ln p(y) falls as −P ln(scale) (Bartlett 1957)."""
    models = {"line": polynomial(1, hubble), "cubic": polynomial(3, hubble)}
    found = bnn.sensitivity(models, scales=[1e4, 1e5])
    falls = {name: np.diff(values)[0] / np.log(10) for name, values in found.log_evidence.items()}
    assert falls == pytest.approx({"line": -2, "cubic": -4}, abs=1e-4)


def test_a_ranking_that_hangs_on_the_scale_is_said() -> None:
    x = np.linspace(-1, 1, 30)
    data = bnn.Dataset(x, 1 + x + 0.6 * x**2, yerr=0.3)
    models = {"line": polynomial(1, data), "parabola": polynomial(2, data)}
    found = bnn.sensitivity(models, scales=[0.3, 1.0, 1e4])
    assert found.leaders == ("parabola", "parabola", "line")
    (warning,) = found.warnings
    assert "hangs on the scale of the priors" in warning
    assert "parabola at 0.3, parabola at 1, line at 10000" in warning
    table = bnn.compare(models, prior_scales=(1e4, 0.3))
    np.testing.assert_array_equal(table.sensitivity.scales, [0.3, 1.0, 1e4])
    assert warning in table.warnings
    assert bnn.compare(models, prior_scales=(0.9,)).warnings == ()
    assert bnn.compare(models).sensitivity is None


def test_scales_that_cannot_be(hubble) -> None:
    line = polynomial(1, hubble)
    for scales in ([], [0.0], [-1.0], [np.inf], [[1.0]]):
        with pytest.raises(SettingError, match="positive numbers"):
            bnn.sensitivity({"line": line}, scales=scales)
    box = bnn.Posterior(line.model, line.likelihood, prior={"w": bnn.Uniform(-5, 5)}, data=hubble)
    with pytest.raises(SettingError, match="a prior with a scale, got none"):
        bnn.sensitivity({"box": box}, scales=[1.0, 2.0])
    with pytest.raises(EvidenceError, match="different"):
        bnn.sensitivity({"a": line, "b": polynomial(1, hubble.take(slice(20)))}, scales=[1.0])
