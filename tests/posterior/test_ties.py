"""Tied blocks: the same as writing the function into the model by hand."""

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.errors import PriorError, StartError

RNG = np.random.default_rng(4)


def slopes_agree(post, theta) -> None:
    direction, h = RNG.standard_normal(theta.shape), 1e-6
    numeric = (post(theta + h * direction) - post(theta - h * direction)) / (2 * h)
    grad = post.value_and_grad(theta)[1]
    np.testing.assert_allclose(np.sum(grad * direction, axis=-1), numeric, rtol=1e-6, atol=1e-6)


def shares(a, c, b):
    return 7 * np.log(a) + 4 * np.log(b) + 9 * np.log(c)


PRIOR = {"a": (0, 0.5), "b": bnn.Tied(lambda a, c: 1 - a - c), "c": (0, 0.5)}


@pytest.mark.parametrize("grad", [None, lambda a, c, b: {"a": 7 / a, "c": 9 / c, "b": 4 / b}])
def test_a_tie_is_a_substitution(grad) -> None:
    tied = bnn.FunctionPosterior(shares, PRIOR, grad=grad, vectorized=True)
    by_hand = bnn.FunctionPosterior(lambda a, c: shares(a, c, 1 - a - c), {k: PRIOR[k] for k in "ac"}, vectorized=True)
    assert tied.names == by_hand.names == ("a", "c")
    theta = tied.sample_prior(np.random.default_rng(0), 6)
    np.testing.assert_array_equal(theta, by_hand.sample_prior(np.random.default_rng(0), 6))
    values = tied.unpack(theta.reshape(2, 3, 2))
    np.testing.assert_allclose(values["b"], 1 - values["a"] - values["c"], rtol=1e-14)
    for one, other in zip(tied.value_and_grad(theta), by_hand.value_and_grad(theta), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-7, atol=1e-7)


def test_the_estimate_and_its_error_are_those_of_proportions() -> None:
    """20 throws on three shares: n_k / n, with variance p (1 − p) / n, also of the tied share."""
    best = bnn.maximum_likelihood(bnn.FunctionPosterior(shares, PRIOR))
    for name, count in {"a": 7, "b": 4, "c": 9}.items():
        p = count / 20
        assert best.values[name] == pytest.approx(p, rel=1e-5)
        assert best.standard_errors[name] == pytest.approx(np.sqrt(p * (1 - p) / 20), rel=1e-3)
    assert "b" in best.summary()


def network(prior, widths=(1, 2, 1)):
    data = bnn.Dataset(np.linspace(-1, 1, 5), np.sin(np.arange(5.0)), yerr=0.3)
    return bnn.Posterior(bnn.MLP(widths), bnn.Gaussian(), prior=prior, data=data)


NETWORKS = {
    "a block by name": {"*": bnn.Normal(0, 1), "b1": "b2"},
    "a fixed source": {
        "*": bnn.Normal(0, 1),
        "b1": "level",
        "level": 0.3,
        "W2": bnn.Tied(lambda W1, b1: W1.swapaxes(1, 2) * b1[..., None]),
    },
    "a chain of ties": {
        "*": bnn.Normal(0, 1),
        "b2": bnn.Tied(lambda b1: b1.sum(axis=1, keepdims=True) ** 2),
        "b1": bnn.Tied(lambda W1, s: W1[:, 0] * s[:, None]),
        "s": bnn.HalfNormal(1),
    },
    "a chain against the order of the blocks": {
        "*": bnn.Normal(0, 1),
        "b1": bnn.Tied(lambda b2: np.exp(b2)),
        "b2": bnn.Tied(lambda s: 1 - s[:, None]),
        "s": bnn.Normal(0, 1),
    },
    "a tied scale of a prior": {
        "*": bnn.Normal(0, 1),
        "W*": bnn.Normal(0, "scale"),
        "scale": bnn.Tied(lambda precision: precision**-0.5),
        "precision": bnn.Gamma(3, 2.0),
    },
    "a pattern, and a scalar for a whole block": {"*": bnn.Normal(0, 1), "b*": "s", "s": (-1, 2)},
    "another shape along the way": {"*": bnn.Normal(0, 1), "W1": "row", "row": bnn.Normal(0, 1, shape=(1, 1))},
}


@pytest.mark.parametrize("prior", NETWORKS.values(), ids=NETWORKS)
def test_the_gradient_goes_on_to_the_sources(prior) -> None:
    post = network(prior)
    theta = 0.7 * post.sample_prior(RNG, 5)
    slopes_agree(post, theta)
    value, grad = post.value_and_grad(theta)
    alone = [post.value_and_grad(t) for t in theta]
    np.testing.assert_allclose(value, [v for v, _ in alone], rtol=1e-12)
    np.testing.assert_allclose(grad, [g for _, g in alone], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(post.pack(post.unpack(theta)), theta, atol=1e-12)


def test_values_of_a_chain() -> None:
    post = network(NETWORKS["a chain against the order of the blocks"])
    values = post.unpack(post.sample_prior(RNG, 3))
    np.testing.assert_allclose(values["b1"], np.exp(1 - values["s"])[:, None].repeat(2, axis=1))
    post = network(NETWORKS["a chain of ties"])
    values = post.unpack(post.sample_prior(RNG, 3))
    np.testing.assert_allclose(values["b1"], values["W1"][:, 0] * values["s"][:, None])
    np.testing.assert_allclose(values["b2"], values["b1"].sum(axis=1)[:, None] ** 2)
    assert [name.split("[")[0] for name in post.names] == ["W1"] * 2 + ["W2"] * 2 + ["s"]


def test_a_prior_is_drawn_through_a_tied_scale() -> None:
    post = network(NETWORKS["a tied scale of a prior"])
    values = post.unpack(post.sample_prior(np.random.default_rng(1), 40_000))
    ratio = values["W1"][:, 0, 0] * np.sqrt(values["precision"])
    assert abs(ratio.std() - 1) < 5 / np.sqrt(2 * 40_000)
    assert post.prior.hyper_parameters == {"scale", "precision"}


def test_a_tie_brings_no_density_of_its_own() -> None:
    post = network({"*": bnn.Normal(0, 1), "b1": "b2"})
    theta = RNG.standard_normal(post.n_params)
    density = -0.5 * np.sum(theta**2) - 0.5 * len(theta) * np.log(2 * np.pi)
    assert float(post.log_prior(theta)) == pytest.approx(density, rel=1e-12)
    assert float(post(theta) - post.log_likelihood(theta)) == pytest.approx(density, rel=1e-12)


def test_what_is_given_for_a_tied_block_is_not_looked_at() -> None:
    post = bnn.FunctionPosterior(shares, PRIOR)
    theta = post.pack({"a": 0.2, "c": 0.3, "b": 99.0})
    np.testing.assert_array_equal(theta, post.pack({"a": 0.2, "c": 0.3}))
    with pytest.raises(StartError, match="block 'c'"):
        post.pack({"a": 0.2, "b": 0.5})


def test_a_function_that_writes_into_its_arguments_harms_nobody() -> None:
    def rude(a):
        value = 2 * a
        a[:] = np.nan
        return value

    post = bnn.FunctionPosterior(lambda a, b: -(a**2) - b**2, {"a": bnn.Normal(0, 1), "b": bnn.Tied(rude)})
    theta = np.ones((3, 1))
    np.testing.assert_allclose(post.log_likelihood(theta), -5.0)
    slopes_agree(post, theta)
    np.testing.assert_array_equal(theta, 1.0)


def test_an_argument_with_a_default_is_left_alone() -> None:
    post = bnn.FunctionPosterior(lambda a, b: a * b, {"a": 2.0, "b": bnn.Tied(lambda c, k=3.0: k * c), "c": (0, 1)})
    assert float(post.log_likelihood([0.0])) == 3.0
    slopes_agree(post, np.array([[0.3], [-0.4]]))


@pytest.mark.parametrize(
    ("tie", "symmetric"), [(lambda W1: W1.swapaxes(1, 2), True), (lambda W1: W1.swapaxes(1, 2) + 1, False)]
)
def test_mirror_images_are_counted_only_where_the_tie_holds_there(tie, symmetric) -> None:
    post = network({"*": bnn.Normal(0, 1), "W2": bnn.Tied(tie)})
    notes = bnn.log_evidence(post, method="laplace").notes
    assert any("symmetry term" in note for note in notes) is symmetric


@pytest.mark.parametrize(
    ("prior", "message"),
    [
        ({"b": "d"}, "block 'b', reference 'd': expected a block of that name"),
        ({"b": bnn.Tied(lambda d: d)}, "block 'b', reference 'd': expected a block of that name"),
        ({"b": "b"}, "circle"),
        ({"b": "a", "a": "b"}, "circle"),
        ({"b": bnn.Tied(lambda a: a), "a": bnn.Normal("b", 1)}, "circle"),
        ({"b": bnn.Tied(lambda a: a[0])}, r"tie of 'b': .*shape \(M, ...\).*got float64 of shape \(\)"),
        ({"b": bnn.Tied(lambda a: 0.5)}, r"shape \(M, ...\)"),
        ({"b": bnn.Tied(lambda a: "half")}, r"shape \(M, ...\)"),
        ({"b": bnn.Tied(lambda a: None)}, r"shape \(M, ...\)"),
        ({"b": bnn.Tied(lambda a: float(a))}, "tie of 'b': .*; it is called with M values"),
        ({"b": bnn.Tied(lambda a: np.abs(a))}, "analytic"),
        ({"b": bnn.Tied(lambda a: np.floor(a))}, "analytic"),
        ({"b": bnn.Tied(lambda a: np.real(a) ** 2)}, "analytic"),
        ({"b": bnn.Tied(lambda a: np.cumsum(a))}, "mixes them"),
        ({"b": bnn.Tied(lambda a: a - a.mean())}, "mixes them"),
        ({"b": bnn.Tied(lambda a: a * np.nan)}, "finite values"),
        ({"b": "a", "a": 1.0, "c": 2.0}, "at least one free block"),
    ],
)
def test_bad_ties(prior, message) -> None:
    with pytest.raises(PriorError, match=message):
        bnn.FunctionPosterior(lambda a, b, c: -(a**2), {"a": bnn.Normal(0, 1), "c": bnn.Normal(0, 1), **prior})


@pytest.mark.parametrize(
    "function", [lambda: 1.0, lambda *a: a, lambda **a: a, lambda a, /: a, 3.0, "a", lambda k=1: k]
)
def test_functions_without_names_of_blocks(function) -> None:
    with pytest.raises(PriorError, match="arguments are named as blocks"):
        bnn.Tied(function)


def test_a_tie_of_another_shape_than_its_block() -> None:
    for tie in ("W1", bnn.Tied(lambda W1: W1[:, 0, :1].repeat(3, axis=1))):
        with pytest.raises(PriorError, match=r"block 'b1': expected a shape that broadcasts to the block's \(2,\)"):
            network({"*": bnn.Normal(0, 1), "b1": tie})
