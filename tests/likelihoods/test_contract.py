"""The law that every observation model keeps; adding a member tests it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import product

import numpy as np
import pytest
from scipy import stats

import bayesnn as bnn
from bayesnn.posterior.rows import DataRows

RNG = np.random.default_rng(5)
N = 6
REAL, REALS, ERR = RNG.standard_normal(N), RNG.standard_normal((N, 2)), RNG.uniform(0.5, 2, N)
COUNTS = np.array([0, 1, 3, 2, 7, 0])
SCALE = bnn.HalfNormal(1)
DF = bnn.Gamma(2, 0.1)


@dataclass(frozen=True, eq=False)
class Member:
    """A likelihood, targets for it, values of its unknowns, and the law of each target as scipy has it."""

    likelihood: object
    y: object
    law: Callable
    noise: dict[str, float] = field(default_factory=dict)
    yerr: np.ndarray | None = None

    @property
    def rows(self) -> DataRows:
        data = bnn.Dataset(np.arange(float(N)), self.y, yerr=self.yerr)
        return DataRows(data.X, *self.likelihood.targets(data))

    @property
    def n_outputs(self) -> int:
        return self.likelihood.n_outputs(self.rows.y)

    def outputs(self, *leading: int) -> np.ndarray:
        return np.random.default_rng(8).standard_normal((*leading, N, self.n_outputs))

    def unknowns(self, *leading: int, dtype=np.float64) -> dict[str, np.ndarray]:
        factor = np.random.default_rng(9).uniform(0.9, 1.1, leading)
        return {name: np.asarray(value * factor, dtype=dtype) for name, value in self.noise.items()}

    def truth(self, outputs, noise, rows: DataRows) -> np.ndarray:
        """ln p of each row, from scipy."""
        wide = {name: value[..., None, None] for name, value in noise.items()}
        law = self.law(outputs, wide, rows.yerr)
        return (law.logpmf if hasattr(law, "pmf") else law.logpdf)(rows.y).sum(axis=-1)


class Classes:
    """scipy's multinomial of one trial, speaking of class indices."""

    def __init__(self, outputs) -> None:
        p = np.exp(outputs) / np.exp(outputs).sum(axis=-1, keepdims=True)
        self.p = p / p.sum(axis=-1, keepdims=True)

    def pmf(self, y):
        return np.exp(self.logpmf(y))

    def logpmf(self, y):
        return stats.multinomial.logpmf(np.eye(self.p.shape[-1])[y[..., 0].astype(int)], 1, self.p)[..., None]


def two_outputs(f, noise, yerr):
    half = f.shape[-1] // 2
    return stats.norm(f[..., :half], np.exp(f[..., half:]))


MEMBERS = {
    "Gaussian": Member(bnn.Gaussian(), REAL, lambda f, noise, yerr: stats.norm(f, yerr), yerr=ERR),
    "Gaussian, given": Member(bnn.Gaussian(sigma=0.7), REAL, lambda f, noise, yerr: stats.norm(f, 0.7)),
    "Gaussian, unknown": Member(
        bnn.Gaussian(sigma=SCALE), REALS, lambda f, noise, yerr: stats.norm(f, noise["sigma"]), {"sigma": 0.8}
    ),
    "Gaussian, jitter": Member(
        bnn.Gaussian(jitter=SCALE),
        REAL,
        lambda f, noise, yerr: stats.norm(f, np.sqrt(yerr**2 + noise["jitter"] ** 2)),
        {"jitter": 0.8},
        ERR,
    ),
    "StudentT": Member(bnn.likelihoods.StudentT(9), REAL, lambda f, noise, yerr: stats.t(9, f, yerr), yerr=ERR),
    "StudentT, given": Member(
        bnn.likelihoods.StudentT(9.5, [0.7, 1.2]), REALS, lambda f, noise, yerr: stats.t(9.5, f, [0.7, 1.2])
    ),
    "StudentT, unknown scale": Member(
        bnn.likelihoods.StudentT(9, SCALE), REAL, lambda f, noise, yerr: stats.t(9, f, noise["scale"]), {"scale": 0.8}
    ),
    "StudentT, unknown df": Member(
        bnn.likelihoods.StudentT(DF), REAL, lambda f, noise, yerr: stats.t(noise["df"], f, yerr), {"df": 9.0}, ERR
    ),
    "StudentT, both unknown": Member(
        bnn.likelihoods.StudentT(DF, SCALE),
        REALS,
        lambda f, noise, yerr: stats.t(noise["df"], f, noise["scale"]),
        {"scale": 0.8, "df": 10.0},
    ),
    "Bernoulli": Member(bnn.Bernoulli(), list("abbaba"), lambda f, noise, yerr: stats.bernoulli(1 / (1 + np.exp(-f)))),
    "Categorical": Member(bnn.Categorical(), list("abcbca"), lambda f, noise, yerr: Classes(f)),
    "Poisson": Member(bnn.Poisson(), COUNTS, lambda f, noise, yerr: stats.poisson(np.exp(f))),
    "Poisson, two": Member(
        bnn.Poisson(), np.column_stack([COUNTS, COUNTS + 1]), lambda f, noise, yerr: stats.poisson(np.exp(f))
    ),
    "HeteroscedasticGaussian": Member(bnn.HeteroscedasticGaussian(), REAL, two_outputs),
    "HeteroscedasticGaussian, two": Member(bnn.HeteroscedasticGaussian(), REALS, two_outputs),
}
members = pytest.mark.parametrize("member", MEMBERS.values(), ids=MEMBERS)


@members
def test_its_density_is_scipys_row_by_row(member: Member) -> None:
    rows, outputs, noise = member.rows, member.outputs(), member.unknowns()
    truth = member.truth(outputs, noise, rows)
    np.testing.assert_allclose(member.likelihood.pointwise(outputs, rows, noise), truth, rtol=1e-11, atol=1e-12)
    assert member.likelihood.log_prob(outputs, rows, noise) == pytest.approx(truth.sum(), rel=1e-11)


@members
def test_leading_axes_are_free(member: Member) -> None:
    rows, outputs, noise = member.rows, member.outputs(2, 3), member.unknowns(2, 3)
    likelihood = member.likelihood
    value, slope, slopes = likelihood.grad_outputs(outputs, rows, noise)
    assert value.shape == (2, 3)
    assert slope.shape == outputs.shape
    assert set(slopes) == set(noise) == set(likelihood.noise_priors)
    new = likelihood.sample(outputs, noise, np.random.default_rng(0))
    assert new.shape == (2, 3, *rows.y.shape)
    for at in product(range(2), range(3)):
        one = {name: values[at] for name, values in noise.items()}
        alone = likelihood.grad_outputs(outputs[at], rows, one)
        np.testing.assert_allclose(value[at], alone[0], rtol=1e-13)
        np.testing.assert_allclose(slope[at], alone[1], rtol=1e-13)
        for name, values in slopes.items():
            assert values.shape == (2, 3)
            np.testing.assert_allclose(values[at], alone[2][name], rtol=1e-12)
        for many, single in (
            (likelihood.log_prob(outputs, rows, noise), likelihood.log_prob(outputs[at], rows, one)),
            (likelihood.pointwise(outputs, rows, noise), likelihood.pointwise(outputs[at], rows, one)),
            (likelihood.mean(outputs), likelihood.mean(outputs[at])),
            (likelihood.variance(outputs, noise), likelihood.variance(outputs[at], one)),
            (likelihood.information(outputs, rows, noise), likelihood.information(outputs[at], rows, one)),
        ):
            np.testing.assert_allclose(many[at], single, rtol=1e-13)


@members
def test_each_row_can_be_a_table_of_its_own(member: Member) -> None:
    """Rows along a leading axis, (N, 1, T): their gradients are the scores of the rows."""
    rows, outputs, noise = member.rows, member.outputs(), member.unknowns()
    apart = DataRows(rows.X[:, None], rows.y[:, None], None if rows.yerr is None else rows.yerr[:, None])
    many = {name: np.full(N, value) for name, value in noise.items()}
    value, grad, slopes = member.likelihood.grad_outputs(outputs[:, None], apart, many)
    _, whole, total = member.likelihood.grad_outputs(outputs, rows, noise)
    np.testing.assert_allclose(value, member.likelihood.pointwise(outputs, rows, noise), rtol=1e-13)
    np.testing.assert_allclose(grad[:, 0], whole, rtol=1e-13)
    for name, slope in slopes.items():
        assert slope.sum() == pytest.approx(total[name], rel=1e-12)


def slope_of(function, h: float = 1e-3) -> float:
    """Five-point difference quotient at 0."""
    return (8 * (function(h) - function(-h)) - (function(2 * h) - function(-2 * h))) / (12 * h)


@members
def test_its_gradient_is_its_slope(member: Member) -> None:
    rows, outputs, noise = member.rows, member.outputs(), member.unknowns()
    value, grad, slopes = member.likelihood.grad_outputs(outputs, rows, noise)
    assert value == pytest.approx(member.likelihood.log_prob(outputs, rows, noise), rel=1e-13)
    for n, k in np.ndindex(*outputs.shape):
        unit = np.zeros_like(outputs)
        unit[n, k] = 1
        numeric = slope_of(lambda t, unit=unit: member.likelihood.log_prob(outputs + t * unit, rows, noise))
        assert grad[n, k] == pytest.approx(numeric, rel=1e-8, abs=1e-8)
    for name in noise:
        numeric = slope_of(
            lambda t, name=name: member.likelihood.log_prob(outputs, rows, {**noise, name: noise[name] + t})
        )
        assert slopes[name] == pytest.approx(numeric, rel=1e-7, abs=1e-8)


@members
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_wild_outputs_give_numbers(member: Member, dtype) -> None:
    rows, noise = member.rows, member.unknowns(dtype=dtype)
    for wild in product([-1e3, 1e3], repeat=member.n_outputs):
        outputs = np.broadcast_to(np.asarray(wild, dtype=dtype), (N, member.n_outputs))
        value, grad, slopes = member.likelihood.grad_outputs(outputs, rows, noise)
        new = member.likelihood.sample(outputs, noise, np.random.default_rng(0))
        for numbers in (
            *(value, grad, *slopes.values(), new, member.likelihood.mean(outputs)),
            member.likelihood.pointwise(outputs, rows, noise),
            member.likelihood.variance(outputs, noise),
            member.likelihood.information(outputs, rows, noise),
        ):
            assert np.all(np.isfinite(numbers))


@members
def test_float32_stays_and_agrees(member: Member) -> None:
    rows, outputs, noise = member.rows, member.outputs(2), member.unknowns(2)
    value, grad, slopes = member.likelihood.grad_outputs(outputs, rows, noise)
    low = member.likelihood.grad_outputs(outputs.astype(np.float32), rows, member.unknowns(2, dtype=np.float32))
    assert {low[0].dtype, low[1].dtype, *(slope.dtype for slope in low[2].values())} == {np.dtype(np.float32)}
    np.testing.assert_allclose(low[0], value, rtol=1e-5)
    np.testing.assert_allclose(low[1], grad, rtol=1e-4, atol=1e-5)
    for name, slope in slopes.items():
        np.testing.assert_allclose(low[2][name], slope, rtol=1e-3, atol=1e-4)


@members
def test_new_targets_have_its_mean_and_variance(member: Member) -> None:
    n_draws, outputs, noise = 40_000, member.outputs(), member.unknowns()
    many = np.broadcast_to(outputs, (n_draws, *outputs.shape))
    y = member.likelihood.sample(
        many, {name: np.full(n_draws, value) for name, value in noise.items()}, np.random.default_rng(2)
    )
    if isinstance(member.likelihood, bnn.Categorical):
        y = y == np.arange(member.n_outputs)
    mean = member.likelihood.mean(outputs)
    for x, truth in ((y, mean), ((y - mean) ** 2, member.likelihood.variance(outputs, noise))):
        assert x.shape[1:] == truth.shape
        assert np.all(np.abs(x.mean(axis=0) - truth) <= 5 * x.std(axis=0) / np.sqrt(n_draws) + 1e-12)
    if member.yerr is None and hasattr(law := member.law(outputs, noise, None), "pdf"):
        assert stats.kstest(law.cdf(y).ravel(), "uniform").pvalue > 1e-6


def nodes_of(member: Member, outputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values (J, T) of each target and weights (J,): an integral over y or, for counts and classes, a sum."""
    if isinstance(member.likelihood, bnn.Bernoulli | bnn.Categorical | bnn.Poisson):
        highest = 40 if isinstance(member.likelihood, bnn.Poisson) else max(2, member.n_outputs)
        return np.arange(float(highest))[:, None] * np.ones(member.rows.y.shape[1]), np.ones(highest)
    t = np.linspace(-5.5, 5.5, 81)  # y = sinh t: heavy tails too
    return member.likelihood.mean(outputs) + np.sinh(t)[:, None], (t[1] - t[0]) * np.cosh(t)


@members
def test_its_information_is_the_mean_square_of_its_gradient(member: Member) -> None:
    likelihood, outputs, noise = member.likelihood, member.outputs()[:1], member.unknowns()
    rows, n_targets = member.rows.take(slice(0, 1)), member.rows.y.shape[1]
    y, weights = nodes_of(member, outputs)
    expected, total = 0.0, 0.0
    for at in product(range(len(y)), repeat=n_targets):
        row = DataRows(rows.X, y[at, range(n_targets)][None], rows.yerr)
        value, grad, slopes = likelihood.grad_outputs(outputs, row, noise)
        gradient = np.array([*grad[0], *(slopes[name] for name in likelihood.noise_priors)])
        mass = np.prod(weights[list(at)]) * np.exp(value)
        expected, total = expected + mass * np.outer(gradient, gradient), total + mass
    assert total == pytest.approx(1, abs=1e-9)
    np.testing.assert_allclose(likelihood.information(outputs, rows, noise)[0], expected, rtol=1e-8, atol=1e-9)


@members
def test_only_classes_have_labels(member: Member) -> None:
    labels = member.likelihood.labels(bnn.Dataset(np.arange(float(N)), member.y, yerr=member.yerr))
    if isinstance(member.likelihood, bnn.Bernoulli | bnn.Categorical):
        assert [labels[int(i)] for i in member.rows.y[:, 0]] == list(member.y)
    else:
        assert labels is None
