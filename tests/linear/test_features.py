"""Features: what each column is, and what cannot be used."""

from itertools import combinations_with_replacement
from math import comb

import numpy as np
import pytest
from sklearn.preprocessing import PolynomialFeatures

import bayesnn as bnn
from bayesnn.errors import ModelError

RNG = np.random.default_rng(5)
FEATURES = [
    bnn.polynomial(0),
    bnn.polynomial(7),
    bnn.polynomial(4, n_inputs=3),
    bnn.fourier(0, period=2.0),
    bnn.fourier(3, period=1.7),
    bnn.radial([-1.0, 0.0, 0.5], width=0.7),
    bnn.radial(RNG.standard_normal((4, 2)), width=1.5, constant=False),
]


@pytest.mark.parametrize("features", FEATURES, ids=str)
def test_every_family_gives_each_row_its_own_features(features) -> None:
    X = RNG.standard_normal((9, features.n_inputs))
    phi = features(X)
    assert phi.shape == (9, features.n_features)
    np.testing.assert_array_equal(np.vstack([features(row[None]) for row in X]), phi)
    single = features(X.astype(np.float32))
    assert single.dtype == np.float32
    np.testing.assert_allclose(single, phi, rtol=2e-4, atol=2e-5)
    assert features(X[:0]).shape == (0, features.n_features)


@pytest.mark.parametrize("features", FEATURES, ids=str)
def test_every_family_refuses_points_that_it_cannot_use(features) -> None:
    width = features.n_inputs
    for bad, message in (
        (np.zeros((3, width + 1)), rf"expected points \(N, {width}\), got shape \(3, {width + 1}\)"),
        (np.zeros((3, width, 1)), "expected points"),
        (np.full((2, width), np.nan), "expected finite numbers"),
        (np.full((2, width), np.inf), "expected finite numbers"),
        (np.full((2, width), "a"), "expected real numbers"),
        (np.full((2, width), 1j), "expected real numbers"),
        (0.0, "expected points"),
        ([[1.0], [1.0, 2.0]], "expected real numbers"),
    ):
        with pytest.raises(ModelError, match=message):
            features(bad)


@pytest.mark.parametrize(("degree", "n_inputs"), [(0, 2), (1, 1), (5, 1), (3, 4)])
def test_polynomial_features_are_those_of_scikit_learn(degree: int, n_inputs: int) -> None:
    X = RNG.standard_normal((6, n_inputs))
    ours = bnn.polynomial(degree, n_inputs=n_inputs)
    np.testing.assert_allclose(ours(X), PolynomialFeatures(degree).fit_transform(X), rtol=1e-14)
    assert ours.n_features == comb(degree + n_inputs, degree) == len(ours.exponents)
    assert ours.exponents[-1] == list(combinations_with_replacement(range(n_inputs), degree))[-1]


def test_harmonics_are_in_order_periodic_and_orthogonal_over_a_period() -> None:
    waves = bnn.fourier(3, period=2.5)
    x = RNG.uniform(-5, 5, 8)
    columns = [np.ones(8)]
    for h in (1, 2, 3):
        columns += [np.cos(2 * np.pi * h * x / 2.5), np.sin(2 * np.pi * h * x / 2.5)]
    np.testing.assert_allclose(waves(x), np.column_stack(columns), atol=1e-13)
    np.testing.assert_allclose(waves(x + 2.5), waves(x), atol=1e-13)
    grid = waves(np.arange(16) * 2.5 / 16)
    np.testing.assert_allclose(grid.T @ grid, np.diag([16, *[8] * 6]), atol=1e-12)


def test_bumps_are_normal_densities_up_to_their_height() -> None:
    from scipy.stats import multivariate_normal

    centers, X = RNG.standard_normal((3, 2)), RNG.standard_normal((5, 2))
    phi = bnn.radial(centers, width=0.6)(X)
    np.testing.assert_array_equal(phi[:, 0], 1.0)
    for m, center in enumerate(centers, 1):
        density = multivariate_normal(center, 0.36 * np.eye(2)).pdf(X)
        np.testing.assert_allclose(phi[:, m], density * 2 * np.pi * 0.36, rtol=1e-12)


def test_centers_are_copied_and_cannot_be_written_into() -> None:
    centers = np.array([0.0, 1.0])
    features = bnn.radial(centers, width=1.0)
    centers[:] = 9.0
    np.testing.assert_array_equal(features.centers[:, 0], [0.0, 1.0])
    with pytest.raises(ValueError, match="read-only"):
        features.centers[0] = 3.0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: bnn.polynomial(-1), "polynomial: degree: expected a whole number >= 0, got -1"),
        (lambda: bnn.polynomial(1.5), "polynomial: degree"),
        (lambda: bnn.polynomial("2"), "polynomial: degree"),
        (lambda: bnn.polynomial(True), "polynomial: degree"),
        (lambda: bnn.polynomial(2, n_inputs=0), "polynomial: n_inputs: expected a whole number >= 1"),
        (lambda: bnn.fourier(-1, period=1.0), "fourier: n_harmonics"),
        (lambda: bnn.fourier(2, period=0.0), "fourier: period: expected a positive number, got 0.0"),
        (lambda: bnn.fourier(2, period=np.nan), "fourier: period"),
        (lambda: bnn.fourier(2, period=np.inf), "fourier: period"),
        (lambda: bnn.fourier(2, period="day"), "fourier: period"),
        (lambda: bnn.fourier(2, period=[1.0, 2.0]), "fourier: period"),
        (lambda: bnn.radial([], width=1.0), "radial: centers: expected at least one point, got none"),
        (lambda: bnn.radial(np.zeros((3, 0)), width=1.0), "radial: centers: expected at least one point"),
        (lambda: bnn.radial([0.0, np.nan], width=1.0), "radial: centers: expected finite numbers"),
        (lambda: bnn.radial(["a"], width=1.0), "radial: centers: expected real numbers"),
        (lambda: bnn.radial([0.0], width=-1.0), "radial: width: expected a positive number, got -1.0"),
        (lambda: bnn.LinearModel(3), "LinearModel: expected features, got 3"),
        (lambda: bnn.LinearModel(bnn.polynomial), "LinearModel: expected features"),
        (lambda: bnn.LinearModel(np.ones((3, 2))), "LinearModel: expected features"),
    ],
)
def test_settings_that_make_no_features(make, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        make()


@pytest.mark.parametrize("features", FEATURES, ids=str)
def test_a_linear_model_of_any_features(features) -> None:
    model = bnn.LinearModel(features)
    X, theta = RNG.standard_normal((5, features.n_inputs)), RNG.standard_normal((2, 3, features.n_features))
    outputs, backprop = model.forward(theta, X)
    np.testing.assert_allclose(outputs[..., 0], np.einsum("nm,wsm->wsn", features(X), theta), atol=1e-12)
    grad = RNG.standard_normal(outputs.shape)
    np.testing.assert_allclose(np.sum(backprop(grad) * theta), np.sum(grad * outputs))  # <Φᵀg, θ> = <g, Φθ>
    with pytest.raises(ModelError, match=f"expected {features.n_inputs} inputs"):
        model.n_outputs(features.n_inputs + 1)
