"""The elastic net between the families that it joins, and as the penalty that it is named for."""

import numpy as np
import pytest
from sklearn.linear_model import ElasticNet as PenalizedLine

import bayesnn as bnn
from bayesnn.estimation.lasso import kinks

X = np.linspace(-3, 3, 13)


def test_without_a_square_it_is_laplace_and_without_an_absolute_value_normal() -> None:
    np.testing.assert_allclose(bnn.ElasticNet(2, 1e-12).log_prob(X), bnn.Laplace(0, 0.5).log_prob(X), atol=1e-10)
    np.testing.assert_allclose(bnn.ElasticNet(1e-12, 4).log_prob(X), bnn.Normal(0, 0.5).log_prob(X), atol=1e-10)


@pytest.mark.parametrize("ratio", [1e-3, 1.0, 30.0, 9e3, 1.1e4, 1e9])
def test_its_draws_keep_their_digits_however_little_the_square_counts(ratio: float) -> None:
    """E|x| in closed form: the mean of a normal tail beyond a is the hazard, E|x| √l2 = √(2/π) / erfcx(a/√2) − a."""
    from scipy.special import erfcx

    draws = bnn.ElasticNet(ratio, 1.0).sample(np.random.default_rng(0), (100_000,))
    size = np.abs(draws)
    expected = np.sqrt(2 / np.pi) / erfcx(ratio / np.sqrt(2)) - ratio if ratio < 100 else 1 / ratio
    assert abs(size.mean() - expected) < 5 * size.std() / np.sqrt(len(size))
    assert abs(np.sign(draws).mean()) < 5 / np.sqrt(len(draws))
    assert len(np.unique(size)) > 0.99 * len(size)


def test_as_a_prior_it_is_the_penalty() -> None:
    """No change of one weight raises the log posterior at scikit-learn's solution of the same problem."""
    rng = np.random.default_rng(1)
    inputs = rng.standard_normal((60, 3))
    y = inputs @ [1.0, -0.5, 0.0] + 0.5 * rng.standard_normal(60)
    l1, l2 = 5.0, 3.0
    alpha = (l1 + l2) / 60  # scikit-learn: |r|²/2n + alpha · ratio |w| + ½ alpha (1 − ratio) w²
    line = PenalizedLine(alpha=alpha, l1_ratio=l1 / (l1 + l2), fit_intercept=False, tol=1e-12).fit(inputs, y)
    prior = {"W1": bnn.ElasticNet(l1, l2), "b1": 0.0}
    post = bnn.Posterior(bnn.MLP((3, 1)), bnn.Gaussian(sigma=1.0), prior=prior, data=bnn.Dataset(inputs, y))
    assert np.sum(line.coef_ == 0) == 1
    opt = bnn.maximum_a_posteriori(post)
    np.testing.assert_allclose(opt.values["W1"][:, 0], line.coef_, atol=1e-8)
    np.testing.assert_array_equal(opt.theta == 0, line.coef_ == 0)
    tempered = kinks(post.blend(prior=0.5, log_det=0.0))
    assert tempered is not None
    np.testing.assert_array_equal(tempered.weight, 0.5 * l1)
    steps = np.concatenate([1e-4 * np.eye(3), -1e-4 * np.eye(3)])
    assert np.all(post.log_prob(line.coef_ + steps) < post.log_prob(line.coef_))
