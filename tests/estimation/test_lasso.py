"""MAP under a Laplace prior is the lasso: scikit-learn's numbers."""

import numpy as np
import pytest
from sklearn.linear_model import Lasso

import bayesnn as bnn

RNG = np.random.default_rng(8)
X = RNG.standard_normal((80, 6)) @ (np.eye(6) + 0.4)
Y = X @ [2.0, 0.0, -1.0, 0.0, 0.0, 0.3] + 0.7 + 0.5 * RNG.standard_normal(80)


@pytest.mark.parametrize("alpha", [0.01, 0.1, 0.5])
def test_map_under_a_laplace_prior_is_the_lasso(alpha: float) -> None:
    """½ |r|² / n + α |w| times n / σ² is −ln posterior: the scale is σ² / (n α)."""
    sigma = 0.5
    prior = {"W1": bnn.Laplace(0, sigma**2 / (80 * alpha)), "b1": bnn.Flat()}
    post = bnn.Posterior(bnn.MLP((6, 1)), bnn.Gaussian(sigma=sigma), prior=prior, data=bnn.Dataset(X, Y))
    opt = bnn.maximum_a_posteriori(post)
    lasso = Lasso(alpha=alpha, tol=1e-14, max_iter=100_000).fit(X, Y)
    np.testing.assert_allclose(opt.values["W1"][:, 0], lasso.coef_, atol=1e-8)
    np.testing.assert_allclose(opt.values["b1"], lasso.intercept_, atol=1e-8)
    np.testing.assert_array_equal(opt.values["W1"][:, 0] == 0, lasso.coef_ == 0)
    assert opt.converged, opt.message


def test_it_holds_for_other_likelihoods() -> None:
    """The conditions of Karush, Kuhn and Tucker: the slope of ln L is sign(w) / scale, or within that at zero."""
    labels = (np.median(Y) < Y).astype(float)
    prior = {"W1": bnn.Laplace(0, 0.2), "b1": bnn.Flat()}
    post = bnn.Posterior(bnn.MLP((6, 1)), bnn.Bernoulli(), prior=prior, data=bnn.Dataset(X, labels))
    opt = bnn.maximum_a_posteriori(post)
    slope = post.blend(prior=0.0, log_det=0.0).value_and_grad(opt.theta)[1]
    at_zero = opt.theta[:6] == 0
    assert 0 < at_zero.sum() < 6
    assert np.all(np.abs(slope[:6][at_zero]) <= 5.0)
    np.testing.assert_allclose(slope[:6][~at_zero], 5.0 * np.sign(opt.theta[:6][~at_zero]), atol=1e-5)
    assert abs(slope[6]) < 1e-5


def test_the_kink_lies_where_the_prior_does() -> None:
    """A prior centered elsewhere is the lasso of what it leaves to be explained."""
    prior = {"W1": bnn.Laplace(1.5, 0.004), "b1": bnn.Flat()}
    post = bnn.Posterior(bnn.MLP((6, 1)), bnn.Gaussian(sigma=0.5), prior=prior, data=bnn.Dataset(X, Y))
    lasso = Lasso(alpha=0.25 / (80 * 0.004), tol=1e-14, max_iter=100_000).fit(X, Y - 1.5 * X.sum(axis=1))
    np.testing.assert_allclose(bnn.maximum_a_posteriori(post).values["W1"][:, 0] - 1.5, lasso.coef_, atol=1e-8)
    assert np.any(lasso.coef_ == 0)
