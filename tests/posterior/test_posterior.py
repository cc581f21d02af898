"""The density that all methods share: ensembles, blocks, hierarchy, log-det and refusals."""

import numpy as np
import pytest
import threadpoolctl
from scipy import stats
from scipy.integrate import quad

import bayesnn as bnn
from bayesnn.errors import ModelError, PriorError, StartError
from bayesnn.posterior.rows import cholesky

RNG = np.random.default_rng(2)


def test_an_ensemble_at_once_equals_walkers_one_by_one(network) -> None:
    post = network(1, 16, 1)
    theta = RNG.standard_normal((64, post.n_params))
    value, grad = post.value_and_grad(theta)
    alone = [post.value_and_grad(t) for t in theta]
    np.testing.assert_allclose(value, [v for v, _ in alone], rtol=1e-12)
    np.testing.assert_allclose(grad, [g for _, g in alone], rtol=1e-12, atol=1e-12 * np.abs(grad).max())
    np.testing.assert_allclose(post(theta.reshape(4, 16, -1)), value.reshape(4, 16), rtol=1e-12)


def test_many_rows_in_pieces_equal_all_rows_at_once(blocks_of) -> None:
    X = RNG.standard_normal((500, 3))
    data = bnn.Dataset(X, X[:, 0] ** 2, yerr=0.3)
    post = bnn.Posterior(bnn.MLP((3, 8, 1)), bnn.Gaussian(), prior={"*": bnn.Normal(0, 1)}, data=data)
    theta = RNG.standard_normal((5, post.n_params))
    whole = post.value_and_grad(theta)
    pointwise = post.pointwise_log_likelihood(theta)
    blocks_of(300)
    pieces = post.value_and_grad(theta)
    np.testing.assert_allclose(pieces[0], whole[0], rtol=1e-12)
    np.testing.assert_allclose(pieces[1], whole[1], rtol=1e-10)
    np.testing.assert_allclose(post.pointwise_log_likelihood(theta), pointwise, rtol=1e-12)


def test_it_never_writes_into_its_argument(network) -> None:
    post = network(1, 4, 1)
    theta = RNG.standard_normal((3, post.n_params))
    before = theta.copy()
    post.value_and_grad(theta), post(theta), post.outputs(theta, post.rows.X), post.unpack(theta)
    np.testing.assert_array_equal(theta, before)


HIERARCHY = {
    "W*": bnn.Normal(0, "tau"),
    "b*": bnn.Normal(0, 1),
    "tau": bnn.HalfNormal("top"),
    "top": bnn.Uniform(0.1, 3),
}


@pytest.fixture
def hierarchical(hubble):
    data = bnn.Dataset(hubble.X, hubble.y)
    return bnn.Posterior(bnn.MLP((1, 3, 1)), bnn.Gaussian(sigma=bnn.HalfNormal(1)), prior=HIERARCHY, data=data)


def test_hierarchy_the_joint_density_is_the_product(hierarchical) -> None:
    theta = hierarchical.sample_prior(RNG, 4)
    values = hierarchical.unpack(theta)
    truth = stats.halfnorm(scale=values["top"]).logpdf(values["tau"]) + stats.uniform(0.1, 2.9).logpdf(values["top"])
    truth += stats.halfnorm.logpdf(values["sigma"])
    for name in ("W1", "b1", "W2", "b2"):
        scale = values["tau"] if name.startswith("W") else np.ones(4)
        for i in range(4):
            truth[i] += stats.norm(0, scale[i]).logpdf(values[name][i]).sum()
    np.testing.assert_allclose(hierarchical.log_prior(theta), truth, rtol=1e-12)


def test_hierarchy_gradient_and_log_det(hierarchical) -> None:
    theta = 0.3 * hierarchical.sample_prior(RNG, 6)
    direction, h = RNG.standard_normal(theta.shape), 1e-6
    numeric = (hierarchical(theta + h * direction) - hierarchical(theta - h * direction)) / (2 * h)
    np.testing.assert_allclose(np.sum(hierarchical.value_and_grad(theta)[1] * direction, axis=-1), numeric, rtol=1e-6)
    values = hierarchical.unpack(theta)
    jacobian = np.log(values["sigma"] * values["tau"])
    jacobian += np.log((values["top"] - 0.1) * (3 - values["top"]) / 2.9)
    parts = hierarchical.log_likelihood(theta) + hierarchical.log_prior(theta)
    np.testing.assert_allclose(hierarchical(theta) - parts, jacobian, rtol=1e-10)


def test_draws_of_a_hierarchical_prior_have_its_spread(hierarchical) -> None:
    values = hierarchical.unpack(hierarchical.sample_prior(np.random.default_rng(1), 40_000))
    ratio = values["W1"][:, 0, 0] / values["tau"]
    assert abs(ratio.std() - 1) < 5 / np.sqrt(2 * 40_000)
    assert abs(values["top"].mean() - 1.55) < 5 * values["top"].std() / 200


def test_the_density_integrates_to_the_evidence_through_the_bijector() -> None:
    data = bnn.Dataset([0.0, 0.0, 0.0], [0.3, -0.8, 1.1])
    flat = bnn.LinearModel(bnn.polynomial(degree=0))
    post = bnn.Posterior(flat, bnn.Gaussian(sigma=bnn.HalfNormal(2)), prior={"w": 0.0}, data=data)
    on_line = quad(lambda u: np.exp(post(np.array([u]))), -12, 6, points=[0])[0]
    natural = quad(lambda s: stats.norm(0, s).pdf(data.y).prod() * stats.halfnorm(scale=2).pdf(s), 1e-9, 30, points=[1])
    assert on_line == pytest.approx(natural[0], rel=1e-7)


def test_no_points_have_no_values(hierarchical) -> None:
    """As of a run that is saved before its first draw."""
    values = hierarchical.unpack(np.empty((4, 16, 0, hierarchical.n_params)))
    assert all(value.shape == (4, 16, 0, *hierarchical.parameters.block(name).shape) for name, value in values.items())


def test_pack_and_unpack_are_inverse(hierarchical) -> None:
    theta = hierarchical.sample_prior(RNG, 3)
    np.testing.assert_allclose(hierarchical.pack(hierarchical.unpack(theta)), theta, atol=1e-12)
    assert len(hierarchical.names) == hierarchical.n_params == len(set(hierarchical.names))


def build(prior, *, data=None, model=None):
    data = bnn.Dataset([0.0, 1.0], [0.0, 1.0], yerr=1.0) if data is None else data
    return bnn.Posterior(model or bnn.MLP((1, 2, 1)), bnn.Gaussian(), prior=prior, data=data)


def test_an_exact_name_goes_before_a_pattern_and_a_number_fixes() -> None:
    post = build({"*": bnn.Normal(0, 1), "W1": (-1, 1), "b1": 0.5})
    values = post.unpack(np.zeros(post.n_params))
    assert post.n_params == 5
    np.testing.assert_array_equal(values["b1"], [0.5, 0.5])
    assert float(post.log_prior(np.zeros(post.n_params))) == pytest.approx(3 * stats.norm.logpdf(0) + 2 * np.log(0.5))


@pytest.mark.parametrize(
    ("model", "free"),
    [
        (bnn.MLP((2, 4, 3, 1)), {"b1", "b2", "b3"}),
        (bnn.MLP((2, 4, 1), rank=1), {"b1", "b2"}),
        (bnn.MLP((2, 4, 1), activation="prelu"), {"b1", "b2"}),  # slopes are no biases
        (bnn.MLP((2, 4, 1), activation="radial"), {"b2"}),
        (bnn.FunctionModel(lambda x, a, b: a + b * x[..., 0]), set()),  # a "b" of somebody's own
        (bnn.LinearModel(bnn.polynomial(degree=1, n_inputs=2)), set()),
    ],
)
def test_one_prior_is_for_the_weights_and_leaves_biases_free(model, free) -> None:
    data = bnn.Dataset(RNG.standard_normal((9, 2)), RNG.standard_normal(9), yerr=0.5)
    post = bnn.Posterior(model, bnn.Gaussian(), prior=bnn.Normal(0, 0.5), data=data)
    assert set(post.prior.improper) == free
    weights = np.concatenate([post.unpack(np.ones(post.n_params))[name].ravel() for name in set(model.blocks) - free])
    expected = stats.norm(0, 0.5).logpdf(weights).sum()
    assert post.blend(likelihood=0.0, log_det=0.0)(np.ones(post.n_params)) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("prior", "message"),
    [
        ({"W*": bnn.Normal(0, 1)}, "block 'b1': expected a prior, got none"),
        ({"*": bnn.Normal(0, 1), "V1": bnn.Normal(0, 1)}, "prior 'V1': expected a name or pattern"),
        ({"*": bnn.Normal(0, "tau")}, "reference 'tau'"),
        ({"*": bnn.Normal(0, "a"), "a": bnn.HalfNormal("b"), "b": bnn.HalfNormal("a")}, None),
        ({"*": "normal"}, "reference 'normal': expected a block of that name"),
        ({"*": ["normal"]}, "expected a distribution"),
        ({"*": np.nan}, "expected a distribution"),
    ],
)
def test_bad_priors(prior, message) -> None:
    if message is None:
        with pytest.raises(PriorError, match="circle"):
            build(prior).sample_prior(RNG, 1)
        return
    with pytest.raises(PriorError) as caught:
        build(prior)
    assert message in str(caught.value)


def test_models_and_starts_that_do_not_fit() -> None:
    with pytest.raises(ModelError, match="expected 2 inputs"):
        build({"*": bnn.Normal(0, 1)}, model=bnn.MLP((2, 3, 1)))
    with pytest.raises(ModelError, match="expected 1 outputs"):
        build({"*": bnn.Normal(0, 1)}, model=bnn.MLP((1, 3, 2)))
    post = build({"*": bnn.Normal(0, 1)})
    for bad in (np.zeros(3), np.zeros((2, 99)), 1.0):
        with pytest.raises(StartError, match=r"expected shape \(..., 7\)"):
            post(bad)
    with pytest.raises(StartError, match="expected a value"):
        post.pack({"W1": np.zeros((1, 2))})


def test_parameters_of_priors_that_do_not_fit_their_block() -> None:
    normal = bnn.Normal(0, 1)
    for prior in (
        {
            "W1": bnn.Normal(0, "t"),
            "b1": bnn.Normal(0, "t"),
            "W2": normal,
            "b2": normal,
            "t": bnn.HalfNormal(1, shape=(1, 2)),
        },
        {"*": normal, "W1": bnn.Normal(0, np.ones(5))},
        {"*": normal, "b1": bnn.Normal(0, np.ones((2, 1)))},
        {"*": normal, "W1": np.zeros(5)},
    ):
        with pytest.raises(PriorError, match="broadcasts to the block's"):
            build(prior)
    with pytest.raises(PriorError, match="at least one free block"):
        build({"*": 0.0})


def test_a_hyper_parameter_for_each_input_stands_beside_its_row() -> None:
    """Automatic relevance determination: one scale an input, shared by its weights."""
    data = bnn.Dataset(RNG.standard_normal((5, 2)), RNG.standard_normal(5), yerr=1.0)
    prior = {"*": bnn.Normal(0, 1), "W1": bnn.Normal(0, "ard"), "ard": bnn.HalfNormal(1, shape=(2, 1))}
    post = bnn.Posterior(bnn.MLP((2, 3, 1)), bnn.Gaussian(), prior=prior, data=data)
    theta = post.sample_prior(RNG, 4)
    values = post.unpack(theta)
    truth = stats.norm(0, values["ard"]).logpdf(values["W1"]).sum(axis=(1, 2))
    truth += stats.halfnorm.logpdf(values["ard"]).sum(axis=(1, 2))
    for name in ("b1", "W2", "b2"):
        truth += stats.norm.logpdf(values[name]).reshape(4, -1).sum(axis=1)
    np.testing.assert_allclose(post.log_prior(theta), truth, rtol=1e-12)
    direction, h = RNG.standard_normal(theta.shape), 1e-6
    numeric = (post(theta + h * direction) - post(theta - h * direction)) / (2 * h)
    np.testing.assert_allclose(np.sum(post.value_and_grad(theta)[1] * direction, axis=-1), numeric, rtol=1e-6)


def test_rows_taken_from_a_covariance_keep_their_own_part() -> None:
    x = np.arange(4.0)
    cov = 0.5 * np.eye(4) + 0.3
    data = bnn.Dataset(x, x, cov=cov)
    line = bnn.LinearModel(bnn.polynomial(1))
    whole = bnn.Posterior(line, bnn.Gaussian(), prior={"w": bnn.Normal(0, 1)}, data=data)
    part = bnn.Posterior(line, bnn.Gaussian(), prior={"w": bnn.Normal(0, 1)}, data=data.take([0, 2]))
    assert float(whole.take(np.array([0, 2]))([0.3, 0.9])) == pytest.approx(float(part([0.3, 0.9])), rel=1e-12)


def test_neighbors_of_one_family_keep_their_own_parameters() -> None:
    """Merged into one term, for speed: numbers that agree, that differ, arrays, and flat priors between them."""
    net = bnn.MLP((2, 3, 2, 1))
    same, wide, each = bnn.Normal(0, 2), bnn.Normal(1, 3), bnn.Normal(np.arange(3.0), 0.5)
    priors = {"W1": same, "b1": each, "W2": same, "b2": same, "W3": bnn.Flat(), "b3": wide}
    post = bnn.Posterior(net, bnn.Gaussian(sigma=1.0), prior=priors, data=bnn.Dataset(np.eye(2), [0.0, 1.0]))
    theta = RNG.standard_normal(post.n_params)
    blocks = post.unpack(theta)
    assert post.log_prior(theta) == pytest.approx(sum(np.sum(priors[name].log_prob(x)) for name, x in blocks.items()))
    _, grad = post.blend(likelihood=0.0, log_det=0.0).value_and_grad(theta)
    np.testing.assert_allclose(grad, np.concatenate([priors[n].grad_log_prob(x).ravel() for n, x in blocks.items()]))


def test_rows_are_taken_in_the_order_asked_for(network, hubble) -> None:
    post = network(1, 2, 1)
    theta = RNG.standard_normal(post.n_params)
    by_row = post.pointwise_log_likelihood(theta)
    for rows in (slice(None), slice(None, None, -1), slice(3, 9), np.array([5, 1, 1])):
        np.testing.assert_allclose(post.take(rows).pointwise_log_likelihood(theta), by_row[rows])
    other = post.on(hubble.take(np.array([5, 1, 1])))
    np.testing.assert_allclose(other.pointwise_log_likelihood(theta), by_row[[5, 1, 1]])


def test_a_blend_is_linear_in_its_weights() -> None:
    """In value and gradient, with normal priors, one of another family, and one that refers to a block."""
    post = bnn.Posterior(
        bnn.MLP((1, 3, 1)),
        bnn.Gaussian(sigma=bnn.HalfNormal(1)),
        prior={"W1": bnn.Normal(0, "tau"), "tau": bnn.HalfCauchy(1), "b1": bnn.Laplace(0, 1), "*2": bnn.Normal(1, 2)},
        data=bnn.Dataset([0.0, 1.0, 2.0], [1.0, -1.0, 0.5]),
    )
    theta = post.sample_prior(np.random.default_rng(0), 4)
    weights = {"likelihood": 0.3, "prior": 0.7, "log_det": 2.0}
    whole = post.blend(**weights).value_and_grad(theta)
    alone = dict.fromkeys(weights, 0.0)
    parts = [post.blend(**{**alone, name: 1.0}).value_and_grad(theta) for name in weights]
    for i in (0, 1):
        expected = sum(weight * part[i] for weight, part in zip(weights.values(), parts, strict=True))
        np.testing.assert_allclose(whole[i], expected, rtol=1e-12)


def test_a_covariance_has_one_root_on_any_number_of_threads() -> None:
    a = np.random.default_rng(0).standard_normal((600, 600))
    roots = []
    for n in (1, 2):
        with threadpoolctl.threadpool_limits(n):
            roots.append(cholesky(a @ a.T / 600 + np.eye(600)))
    np.testing.assert_array_equal(*roots)
