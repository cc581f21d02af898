"""Kernels: the law that all keep, their formulas, and scikit-learn's."""

import numpy as np
import pytest
from sklearn.gaussian_process import kernels as oracle

import bayesnn as bnn
from bayesnn.errors import ModelError

RNG = np.random.default_rng(23)
KERNELS = {
    "gaussian": (bnn.kernels.Gaussian(0.7, 1.3), 1.69 * oracle.RBF(0.7)),
    "matern 1/2": (bnn.kernels.Matern(0.5, 0.7, 1.3), 1.69 * oracle.Matern(0.7, nu=0.5)),
    "matern 3/2": (bnn.kernels.Matern(1.5, 0.7, 1.3), 1.69 * oracle.Matern(0.7, nu=1.5)),
    "matern 5/2": (bnn.kernels.Matern(2.5, 0.7, 1.3), 1.69 * oracle.Matern(0.7, nu=2.5)),
    "polynomial": (bnn.kernels.Polynomial(3, 0.5), oracle.DotProduct(np.sqrt(0.5)) ** 3),
    "homogeneous": (bnn.kernels.Polynomial(2, 0), oracle.DotProduct(0.0) ** 2),
}
every_kernel = pytest.mark.parametrize("name", KERNELS)


@every_kernel
@pytest.mark.parametrize("n_inputs", [1, 3])
def test_it_is_the_kernel_of_scikit_learn(name: str, n_inputs: int) -> None:
    kernel, other = KERNELS[name]
    X, Z = RNG.standard_normal((7, n_inputs)), RNG.standard_normal((4, n_inputs))
    np.testing.assert_allclose(kernel(X, Z), other(X, Z), rtol=1e-10)


@every_kernel
def test_it_is_symmetric_and_positive_semidefinite(name: str) -> None:
    kernel, _ = KERNELS[name]
    X = RNG.standard_normal((25, 2))
    matrix = kernel(X, X)
    np.testing.assert_allclose(matrix, matrix.T, rtol=1e-14)
    np.testing.assert_allclose(kernel.diagonal(X), np.diag(matrix), rtol=1e-13)
    assert np.linalg.eigvalsh(matrix)[0] > -1e-12 * np.trace(matrix)


@pytest.mark.parametrize("name", [name for name in KERNELS if "polynomial" not in name and name != "homogeneous"])
def test_stationary_kernels_are_strictly_positive_definite_and_know_distances_only(name: str) -> None:
    kernel, _ = KERNELS[name]
    X = np.arange(12.0)
    assert np.linalg.eigvalsh(kernel(X, X))[0] > 1e-3
    np.testing.assert_allclose(kernel(X + 5, X + 5), kernel(X, X), rtol=1e-12)


@every_kernel
def test_points_that_it_cannot_use(name: str) -> None:
    kernel, _ = KERNELS[name]
    for X, Z, message in (
        (np.zeros((2, 2)), np.zeros((2, 3)), r"kernel: expected points \(N, 2\), got shape \(2, 3\)"),
        ([np.nan], [0.0], "kernel: expected finite numbers"),
        ([0.0], [np.inf], "kernel: expected finite numbers"),
        (["a"], [0.0], "kernel: expected real numbers"),
        (np.zeros((2, 2, 2)), [0.0], "kernel: expected points"),
    ):
        with pytest.raises(ModelError, match=message):
            kernel(X, Z)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: bnn.kernels.Gaussian(-1.0), "kernels.Gaussian: length: expected a positive number, got -1.0"),
        (lambda: bnn.kernels.Gaussian(1.0, 0.0), "kernels.Gaussian: amplitude"),
        (lambda: bnn.kernels.Gaussian(np.nan), "kernels.Gaussian: length"),
        (lambda: bnn.kernels.Gaussian("1 m"), "kernels.Gaussian: length"),
        (lambda: bnn.kernels.Matern(2.0), "kernels.Matern: expected nu of 0.5, 1.5 or 2.5, got 2.0"),
        (lambda: bnn.kernels.Matern(1.5, -1.0), "kernels.Matern: length"),
        (lambda: bnn.kernels.Matern(1.5, 1.0, np.inf), "kernels.Matern: amplitude"),
        (lambda: bnn.kernels.Polynomial(0), "kernels.Polynomial: degree: expected a whole number >= 1"),
        (lambda: bnn.kernels.Polynomial(2, -0.5), "kernels.Polynomial: offset"),
    ],
)
def test_settings_that_make_no_kernel(make, message: str) -> None:
    with pytest.raises(ModelError, match=message):
        make()


def test_an_overflow_is_a_sentence() -> None:
    kernel = bnn.kernels.Polynomial(200)
    for call in (lambda: kernel([1e3], [1e3]), lambda: kernel.diagonal([1e3])):
        with pytest.raises(ModelError, match="got an overflow; standardize the inputs"):
            call()
