"""`train` and `maximum_a_posteriori` climb one density: convex cases by scikit-learn too, a network from 20 starts."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import bayesnn as bnn

RNG = np.random.default_rng(11)
X = RNG.standard_normal((60, 3))
TAU = 1.5


@pytest.mark.parametrize("n_classes", [2, 3])
def test_without_hidden_layer_both_are_logistic_regression(n_classes: int) -> None:
    scores = X @ RNG.standard_normal((3, n_classes)) + RNG.gumbel(size=(60, n_classes))
    data = bnn.Dataset(X, np.argmax(scores, axis=1))
    n_outputs, likelihood = (1, bnn.Bernoulli()) if n_classes == 2 else (n_classes, bnn.Categorical())
    prior = {"W1": bnn.Normal(0, TAU), "b1": bnn.Flat()}
    post = bnn.Posterior(bnn.MLP((3, n_outputs)), likelihood, prior=prior, data=data)
    theirs = LogisticRegression(C=TAU**2, tol=1e-10, max_iter=10_000).fit(X, data.y)
    best = bnn.maximum_a_posteriori(post)
    trained = bnn.train(post, optimizer=bnn.SGD(learning_rate=0.5, momentum=0.9), n_epochs=1000, batch_size=60)
    assert trained.log_prob == pytest.approx(best.log_prob, rel=1e-6)
    for ours in (best, trained):
        np.testing.assert_allclose(ours.values["W1"].T, theirs.coef_, atol=1e-6)
        shift = ours.values["b1"] - theirs.intercept_
        np.testing.assert_allclose(shift, shift.mean(), atol=1e-6)  # that of all classes alike is free
    p = bnn.predict(post, trained, X)
    np.testing.assert_allclose(p.probabilities, theirs.predict_proba(X), atol=1e-6)


def test_the_better_of_twenty_starts_is_the_same_for_both() -> None:
    data = bnn.Dataset(X[:, 0], np.sin(2 * X[:, 0]), yerr=0.2)
    post = bnn.Posterior(bnn.MLP((1, 3, 1)), bnn.Gaussian(), prior={"*": bnn.Normal(0, 1)}, data=data)
    climbed = bnn.maximum_a_posteriori(post, n_starts=20)
    adam = bnn.Adam(learning_rate=bnn.schedules.cosine(0.05, n_steps=3000))
    trained = bnn.train(post, optimizer=adam, n_epochs=3000, batch_size=60, n_members=20)
    assert trained.log_prob == pytest.approx(climbed.log_prob, abs=1e-3)
    theta = np.stack([member.theta for member in trained.members])
    assert np.ptp(post.blend(log_det=0.0)(theta)) > 1.0  # starts matter: there are lesser summits
