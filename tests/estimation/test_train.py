"""Training: where it lands, what it may see, when it stops, and that members do not know of each other."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from threadpoolctl import threadpool_info, threadpool_limits

import bayesnn as bnn
import bayesnn.estimation.descent as descent
import bayesnn.estimation.train as training
from bayesnn.errors import DataError, ModelError, SettingError, StartError
from bayesnn.estimation.course import Course
from bayesnn.estimation.descent import Descent, batch_gradient, batches
from bayesnn.executors import Processes

RNG = np.random.default_rng(7)
X = RNG.standard_normal((40, 3))
Y = X @ [1.0, -2.0, 0.5] + 3.0 + 0.3 * RNG.standard_normal(40)
DATA = bnn.Dataset(X, Y, yerr=0.3)
SGD = bnn.SGD(learning_rate=0.002)
TRAINING, HELD = np.arange(0, 31, 2), np.arange(1, 31, 2)


def line(prior) -> bnn.Posterior:
    return bnn.Posterior(bnn.MLP((3, 1)), bnn.Gaussian(), prior=prior, data=DATA)


def test_trained_to_the_end_it_is_ridge_regression_and_the_map() -> None:
    tau = 0.2
    post = line(bnn.Normal(0, tau))
    opt = bnn.train(post, optimizer=bnn.SGD(learning_rate=0.04, momentum=0.8), n_epochs=800, batch_size=40)
    ridge = Ridge(alpha=0.3**2 / tau**2, tol=1e-14).fit(X, Y)
    np.testing.assert_allclose(opt.values["W1"][:, 0], ridge.coef_, atol=1e-6)
    np.testing.assert_allclose(opt.values["b1"], ridge.intercept_, atol=1e-6)
    assert opt.log_prob == pytest.approx(bnn.maximum_a_posteriori(post).log_prob, rel=1e-12)
    assert opt.converged is True  # no NumPy boolean, which JSON does not know


@pytest.mark.parametrize(("replacement", "off"), [(False, 1e-6), (True, 1e-3)])  # drawn anew, batches scatter more
@pytest.mark.parametrize(
    "make", [lambda rate: bnn.SGD(learning_rate=rate), lambda rate: bnn.Adam(learning_rate=rate)], ids=["SGD", "Adam"]
)
def test_batches_with_falling_rates_end_at_the_map(make, replacement: bool, off: float) -> None:
    post = line({"*": bnn.Normal(0, 1)})
    optimizer = make(bnn.schedules.exponential(0.05, half_life=250))
    opt = bnn.train(post, optimizer=optimizer, n_epochs=800, batch_size=8, replacement=replacement)
    assert opt.log_prob == pytest.approx(bnn.maximum_a_posteriori(post).log_prob, rel=off)


def test_what_decays_is_for_the_prior_to_say() -> None:
    """Weights under a tight prior shrink; a flat bias still takes the mean residual to zero, a tight one does not."""
    residuals = []
    for prior in (bnn.Flat(), bnn.Normal(0, 0.01)):
        post = line({"W*": bnn.Normal(0, 0.01), "b*": prior})
        opt = bnn.train(post, optimizer=bnn.SGD(learning_rate=0.004), n_epochs=800, batch_size=40)
        assert np.abs(opt.values["W1"]).max() < 0.1
        residuals.append(np.mean(Y - X @ opt.values["W1"][:, 0] - opt.values["b1"]))
    assert abs(residuals[0]) < 1e-9
    assert residuals[1] > 1.5
    decayed = bnn.train(line(bnn.Normal(0, 1)), **one_step(np.ones(4))).theta
    without = bnn.train(line({"*": bnn.Flat()}), **one_step(np.ones(4))).theta
    np.testing.assert_allclose((without - decayed) * 40 / 0.01, [1, 1, 1, 0], atol=1e-9)
    off = bnn.train(line({"*": bnn.Normal(0, 1)}), **one_step(np.ones(4)), decay=False).theta
    np.testing.assert_array_equal(off, without)


def one_step(start):
    return {"optimizer": bnn.SGD(learning_rate=0.01), "n_epochs": 1, "batch_size": 40, "start": start}


def test_the_curve_is_the_density_where_weights_stand_still(network) -> None:
    post = network(1, 4, 1)
    for decay, density in ((True, post.blend(log_det=0.0)), (False, post.blend(prior=0.0, log_det=0.0))):
        opt = bnn.train(post, optimizer=bnn.SGD(learning_rate=1e-12), n_epochs=2, batch_size=7, decay=decay)
        np.testing.assert_allclose(opt.history.log_density, density(opt.theta), rtol=1e-7)
    np.testing.assert_array_equal(opt.history.epochs, [0, 1, 2])
    assert opt.n_evaluations == 10


def test_an_epoch_deals_out_every_row_once_or_draws_evenly() -> None:
    rng = np.random.default_rng(0)
    dealt = batches(10, 4, rng, False)
    assert [len(batch) for batch in dealt] == [4, 4, 2]
    assert sorted(np.concatenate(dealt)) == list(range(10))
    drawn = np.array([np.concatenate(batches(10, 4, rng, True)) for _ in range(2000)])
    assert drawn.shape == (2000, 12)
    np.testing.assert_allclose(np.bincount(drawn.ravel()) / drawn.size, 0.1, atol=5 * np.sqrt(0.09 / drawn.size))
    assert any(len(set(epoch)) < 10 for epoch in drawn)


@pytest.mark.parametrize("decay", [True, False])
def test_batches_of_one_size_have_the_gradient_of_the_whole_as_their_mean(decay: bool) -> None:
    post, theta = line({"*": bnn.Normal(0, 1)}), RNG.standard_normal((2, 4))
    parts = [batch_gradient(post, theta, rows, decay)[1] for rows in np.arange(40).reshape(5, 8)]
    whole = post.blend(prior=float(decay), log_det=0.0).value_and_grad(theta)[1]
    np.testing.assert_allclose(np.mean(parts, axis=0), -whole / 40)


def test_a_batch_larger_than_the_table_is_the_table(network) -> None:
    post = network(1, 3, 1)
    for replacement in (False, True):
        settings = {"optimizer": SGD, "n_epochs": 5, "replacement": replacement}
        whole, larger = (bnn.train(post, batch_size=size, **settings) for size in (31, 10**5))
        np.testing.assert_array_equal(whole.theta, larger.theta)


# --- validation ------------------------------------------------------------------------------------------------------


def mean_log_density(post, theta, rows) -> float:
    return float(post.pointwise_log_likelihood(theta)[rows].mean())


def test_held_out_rows_are_not_trained_on_and_judge_the_training(network, hubble) -> None:
    post = network(1, 4, 1)
    part = bnn.Posterior(post.model, bnn.Gaussian(), prior={"*": bnn.Normal(0, 1)}, data=hubble.take(TRAINING))
    alone = bnn.train(part, optimizer=SGD, n_epochs=10, batch_size=4, rng=3)
    judged = bnn.train(post, optimizer=SGD, n_epochs=10, batch_size=4, rng=3, validation=(TRAINING, HELD))
    np.testing.assert_array_equal(judged.theta, alone.theta)
    assert judged.log_prob == pytest.approx(alone.log_prob)
    start = bnn.train(post, optimizer=bnn.SGD(learning_rate=1e-15), n_epochs=1, batch_size=4, rng=3).theta
    assert judged.history.validation[0] == pytest.approx(mean_log_density(post, start, HELD))
    assert judged.history.validation[-1] == pytest.approx(mean_log_density(post, judged.theta, HELD))
    assert judged.history.validation.shape == judged.history.log_density.shape == (11,)
    assert alone.history.validation is None


@pytest.mark.parametrize("own_units", [False, True])
def test_another_table_judges_in_whatever_units_it_comes(own_units: bool) -> None:
    raw = bnn.load_dataset("hz")
    model, prior = bnn.MLP((1, 3, 1)), {"*": bnn.Normal(0, 1)}
    post = bnn.Posterior(model, bnn.Gaussian(), prior=prior, data=raw.take(TRAINING).standardize())
    table = raw.take(HELD).standardize() if own_units else raw.take(HELD)
    opt = bnn.train(post, optimizer=SGD, n_epochs=3, validation=table)
    scaling = post.data.scaling
    known = bnn.Dataset(scaling.inputs(raw.X[HELD]), scaling.targets(raw.y[HELD]), yerr=scaling.errors(raw.yerr[HELD]))
    held = bnn.Posterior(model, bnn.Gaussian(), prior=prior, data=known)
    assert opt.history.validation[-1] == pytest.approx(float(held.log_likelihood(opt.theta)) / len(HELD))
    assert opt.density.posterior.rows.n_rows == len(TRAINING)


def test_another_table_must_have_the_same_classes() -> None:
    labels = np.array(["a", "b", "c"])[RNG.integers(3, size=40)]
    post = bnn.Posterior(bnn.MLP((3, 3)), bnn.Categorical(), prior={"*": bnn.Normal(0, 1)}, data=bnn.Dataset(X, labels))
    fewer = labels != "a"
    opt = bnn.train(post, optimizer=SGD, n_epochs=1, validation=(~fewer, fewer))  # rows of the table know all classes
    assert opt.history.validation[-1] == pytest.approx(mean_log_density(post, opt.theta, fewer))
    with pytest.raises(DataError, match="classes"):
        bnn.train(post, optimizer=SGD, n_epochs=1, validation=bnn.Dataset(X[fewer], labels[fewer]))
    whole = bnn.train(post, optimizer=SGD, n_epochs=1, validation=bnn.Dataset(X, labels))
    assert whole.history.validation[-1] == pytest.approx(mean_log_density(post, whole.theta, slice(None)))


def test_a_fraction_is_held_out_at_random(network) -> None:
    post = network(1, 3, 1)
    runs = [bnn.train(post, optimizer=SGD, n_epochs=3, validation=0.2, rng=seed) for seed in (1, 1, 2)]
    kept = [set(run.density.posterior.rows.X[:, 0]) for run in runs]
    assert len(kept[0]) == 25
    assert kept[0] == kept[1] != kept[2]
    np.testing.assert_array_equal(runs[0].theta, runs[1].theta)


def test_patience_stops_early_and_gives_the_best_weights_back(network) -> None:
    post = network(1, 30, 1)
    settings = {"optimizer": bnn.Adam(learning_rate=0.03), "batch_size": 8, "decay": False, "n_epochs": 500}
    opt = bnn.train(post, validation=(TRAINING, HELD), patience=12, **settings)
    curve = opt.history.validation
    best = int(np.argmax(curve))
    assert 0 < best < 480
    assert len(curve) == best + 12 + 1
    assert mean_log_density(post, opt.theta, HELD) == pytest.approx(curve.max())
    assert f"best validation in epoch {best}" in opt.message
    assert not opt.converged
    through = bnn.train(post, validation=(TRAINING, HELD), **{**settings, "n_epochs": len(curve) - 1})
    np.testing.assert_array_equal(through.history.validation, curve)
    assert mean_log_density(post, through.theta, HELD) == pytest.approx(curve[-1])  # the last weights


# --- members ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("optimizer", [SGD, bnn.clip_by_norm(0.5).then(bnn.Adam())], ids=["SGD", "clipped Adam"])
def test_members_are_trained_as_if_alone(network, optimizer) -> None:
    post = network(1, 5, 1)
    starts = 0.5 * RNG.standard_normal((4, post.n_params))
    settings = {"optimizer": optimizer, "n_epochs": 6, "batch_size": 8, "rng": 5, "validation": (TRAINING, HELD)}
    together = bnn.train(post, n_members=4, start=starts, **settings)
    assert len(together.members) == 4
    for member, start in zip(together.members, starts, strict=True):
        alone = bnn.train(post, start=start, **settings)
        np.testing.assert_allclose(member.theta, alone.theta, rtol=1e-9)
        np.testing.assert_allclose(member.history.log_density, alone.history.log_density)
        np.testing.assert_allclose(member.history.validation, alone.history.validation)
        assert member.message == alone.message
        assert alone.members == ()


def test_members_with_patience_stop_as_if_alone(network) -> None:
    post = network(1, 30, 1)
    starts = RNG.standard_normal((3, post.n_params)) * np.array([[0.1], [0.5], [1.0]])
    settings = {"optimizer": bnn.Adam(learning_rate=0.03), "batch_size": 8, "decay": False, "n_epochs": 200}
    settings |= {"validation": (TRAINING, HELD), "patience": 5}
    together = bnn.train(post, n_members=3, start=starts, **settings)
    lengths = [len(member.history.epochs) for member in together.members]
    assert len(set(lengths)) > 1
    for member, start in zip(together.members, starts, strict=True):
        alone = bnn.train(post, start=start, **settings)
        np.testing.assert_allclose(member.theta, alone.theta, rtol=1e-7)
        assert (member.message, member.n_evaluations) == (alone.message, alone.n_evaluations)
        assert len(member.history.epochs) == len(alone.history.epochs)


@pytest.mark.parametrize("executor", [ThreadPoolExecutor(2), bnn.Joblib(n_jobs=2)], ids=["threads", "processes"])
def test_an_executor_trains_the_same_members(network, executor) -> None:
    post = network(1, 5, 1)
    settings = {"optimizer": bnn.Adam(), "n_epochs": 4, "batch_size": 8, "n_members": 9, "validation": 0.2}
    settings |= {"dropout": 0.2}
    here, there = bnn.train(post, **settings), bnn.train(post, executor=executor, **settings)
    np.testing.assert_array_equal(here.ensemble.theta, there.ensemble.theta)
    np.testing.assert_array_equal(here.theta, there.theta)
    assert [member.message for member in here.members] == [member.message for member in there.members]
    with pytest.raises(SettingError, match="no executor with on_epoch"):
        bnn.train(post, executor=executor, on_epoch=print, **settings)


def test_a_long_training_goes_to_processes_by_itself(network, monkeypatch) -> None:
    post, sent = network(1, 5, 1), []
    settings = {"optimizer": bnn.Adam(), "n_epochs": 4, "n_members": 5, "batch_size": 8}
    here = bnn.train(post, **settings)
    monkeypatch.setattr(training, "spare_cores", lambda: 2)
    monkeypatch.setattr(Processes, "map", lambda self, function, tasks: sent.append(len(tasks)) or map(function, tasks))
    np.testing.assert_array_equal(bnn.train(post, **settings).ensemble.theta, here.ensemble.theta)
    assert not sent  # short
    monkeypatch.setattr(Descent, "seconds", lambda self, start: 60.0)
    np.testing.assert_array_equal(bnn.train(post, **settings).ensemble.theta, here.ensemble.theta)
    assert sent == [2]
    bnn.train(post, **settings, on_epoch=lambda epoch: None)
    bnn.train(post, **settings, executor=bnn.Joblib(n_jobs=1))
    bnn.train(post, **{**settings, "n_members": 1})
    monkeypatch.setattr(training, "n_threads", lambda: 2)
    bnn.train(post, **settings)
    assert sent == [2]


def test_libraries_of_linear_algebra_keep_to_one_thread_meanwhile(network) -> None:
    """Theirs wait for each other at every small product: on a busy machine an epoch took 40 times as long."""
    seen = []

    def look(_: int) -> None:
        seen.append({pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"})

    with threadpool_limits(2, user_api="blas"):
        bnn.train(network(1, 5, 1), optimizer=bnn.Adam(), n_epochs=2, on_epoch=look)
        look(0)
    assert seen == [{1}, {1}, {2}]


def test_how_long_a_training_takes_is_known_beforehand_also_on_a_busy_machine(network, monkeypatch) -> None:
    """By a clock that only gradients move: a second each, a minute where another process cuts in."""
    clock, gradient, posterior = [0.0], descent.batch_gradient, network(1, 5, 1)

    def timed(*arguments):
        clock.append(clock[-1] + (60.0 if len(clock) in {1, 3} else 1.0))
        return gradient(*arguments)

    monkeypatch.setattr(descent, "perf_counter", lambda: clock[-1])
    monkeypatch.setattr(descent, "batch_gradient", timed)
    expected, run = [], Descent.__call__

    def counted(self, group):
        expected.append(self.seconds(group[1]))
        clock.append(0.0)
        return run(self, group)

    monkeypatch.setattr(Descent, "__call__", counted)
    alone = bnn.Joblib(n_jobs=1)
    bnn.train(posterior, optimizer=bnn.Adam(), n_epochs=30, batch_size=8, n_members=3, executor=alone)
    assert expected == [clock[-1]]


def test_the_best_member_is_handed_back(network) -> None:
    post = network(1, 5, 1)
    opt = bnn.train(post, optimizer=bnn.Adam(), n_epochs=5, n_members=5)
    values = [member.log_prob for member in opt.members]
    assert len(set(values)) == 5
    assert opt.log_prob == max(values)
    again = bnn.train(post, optimizer=bnn.Adam(), n_epochs=5, n_members=5)
    np.testing.assert_array_equal(opt.theta, again.theta)


def test_the_best_member_is_the_judge_s_not_the_training_s(network) -> None:
    post, still = network(1, 3, 1), bnn.SGD(learning_rate=1e-12)
    starts = np.stack([bnn.maximum_a_posteriori(post.take(rows)).theta for rows in (TRAINING, HELD)])
    opt = bnn.train(post, optimizer=still, n_epochs=1, n_members=2, start=starts, validation=(TRAINING, HELD))
    assert opt.members[0].log_likelihood > opt.members[1].log_likelihood
    np.testing.assert_array_equal(opt.theta, opt.members[1].theta)


def test_members_predict_as_one_mixture(network) -> None:
    post = network(1, 5, 1)
    opt = bnn.train(post, optimizer=bnn.Adam(), n_epochs=3, n_members=4)
    together = bnn.predict(post, opt.ensemble, [0.5, 1.0])
    alone = [bnn.predict(post, member, [0.5, 1.0]).mean for member in opt.members]
    np.testing.assert_allclose(together.mean, np.mean(alone, axis=0))
    np.testing.assert_allclose(together.epistemic_sd, np.std(alone, axis=0))
    one = opt.members[0].ensemble
    np.testing.assert_array_equal(one.theta, opt.members[0].theta[None])
    np.testing.assert_array_equal(opt.ensemble.thinned(2), opt.ensemble.theta[[0, 3]])


def test_single_precision_goes_the_same_way(network) -> None:
    post = network(1, 5, 1)
    settings = {"optimizer": bnn.Adam(), "n_epochs": 20, "batch_size": 8, "validation": 0.2}
    double, single = (bnn.train(post, dtype=dtype, **settings) for dtype in (np.float64, np.float32))
    np.testing.assert_allclose(single.theta, double.theta, atol=1e-4)
    np.testing.assert_allclose(single.history.log_density, double.history.log_density, rtol=1e-4)
    assert single.theta.dtype == np.float64
    assert not np.array_equal(single.theta, double.theta)
    assert single.theta.astype(np.float32).astype(np.float64).tolist() == single.theta.tolist()


# --- divergence ------------------------------------------------------------------------------------------------------


def test_a_training_that_diverges_keeps_its_best_weights_and_says_so() -> None:
    """One step of gradient descent goes through the middle of a quadratic and out on the other side, ever further."""
    post = line({"*": bnn.Normal(0, 1)})
    start = np.zeros(4)
    falling = bnn.schedules.constant(0.02)
    optimizer = bnn.SGD(learning_rate=lambda step: falling(step) if step < 20 else 5.0)
    for n_epochs in (25, 4000):  # worse than its start, and no longer finite
        opt = bnn.train(post, optimizer=optimizer, n_epochs=n_epochs, batch_size=40, start=start)
        assert "diverged; weights of epoch 20 kept; lower learning_rate" in opt.message
        assert not opt.converged
        assert np.all(np.isfinite(opt.history.log_density))
        assert len(opt.history.log_density) < 4000
        steady = bnn.train(post, optimizer=bnn.SGD(learning_rate=0.02), n_epochs=20, batch_size=40, start=start)
        np.testing.assert_allclose(opt.theta, steady.theta)


def test_the_best_epoch_may_end_at_weights_that_are_no_longer_finite() -> None:
    post = line({"*": bnn.Flat()})
    optimizer = bnn.SGD(learning_rate=lambda step: 0.02 if step < 20 else np.inf)
    opt = bnn.train(post, optimizer=optimizer, n_epochs=30, batch_size=40, start=np.zeros(4))
    steady = bnn.train(post, optimizer=bnn.SGD(learning_rate=0.02), n_epochs=20, batch_size=40, start=np.zeros(4))
    np.testing.assert_array_equal(opt.theta, steady.theta)
    assert len(opt.history.epochs) == 21


def test_a_course_is_over_when_no_member_is_finite_and_none_comes_back() -> None:
    theta = np.arange(4.0).reshape(2, 2)
    course = Course(theta, np.zeros(2), None)
    course.add(theta + 1, np.array([1.0, np.nan]), None)
    assert course.goes_on.tolist() == [True, False]
    course.add(theta + 2, np.array([-np.inf, 5.0]), None)
    assert course.goes_on.tolist() == [False, False]
    course.add(theta + 3, np.array([7.0, 7.0]), None)
    first, second = course.members()
    assert (first.n_epochs, second.n_epochs) == (1, 0)
    np.testing.assert_array_equal([first.best_theta, second.best_theta], [theta[0] + 1, theta[1]])
    np.testing.assert_array_equal([first.theta, second.theta], [theta[0] + 2, theta[1] + 1])
    np.testing.assert_array_equal(first.history.log_density, [0.0, 1.0])


def test_one_member_may_diverge_alone(network) -> None:
    post = network(1, 3, 3, 1, activation="leaky_relu")
    starts = np.concatenate([np.full((1, post.n_params), 1e3), 0.3 * RNG.standard_normal((2, post.n_params))])
    optimizer = bnn.SGD(learning_rate=0.003)
    opt = bnn.train(post, optimizer=optimizer, n_epochs=30, batch_size=8, start=starts, n_members=3)
    assert ["diverged" in member.message for member in opt.members] == [True, False, False]
    assert np.isfinite(opt.log_prob)
    assert len(opt.members[1].history.epochs) == 31
    np.testing.assert_array_equal(opt.members[0].theta, starts[0])
    with pytest.raises(SettingError, match="lower learning_rate"):
        bnn.train(post, optimizer=optimizer, n_epochs=30, batch_size=8, start=starts[0])


# --- refusals --------------------------------------------------------------------------------------------------------


def test_each_epoch_is_reported(network) -> None:
    seen = []
    bnn.train(network(1, 2, 1), optimizer=SGD, n_epochs=3, on_epoch=seen.append)
    assert seen == [1, 2, 3]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"n_epochs": 0}, SettingError),
        ({"n_epochs": "many"}, SettingError),
        ({"batch_size": 0}, SettingError),
        ({"batch_size": 2.5}, SettingError),
        ({"n_members": 0}, SettingError),
        ({"patience": 3}, SettingError),
        ({"patience": 0, "validation": 0.2}, SettingError),
        ({"validation": 0.0}, SettingError),
        ({"validation": 1.0}, SettingError),
        ({"validation": 1.5}, SettingError),
        ({"validation": np.nan}, SettingError),
        ({"validation": True}, SettingError),
        ({"validation": "some"}, SettingError),
        ({"validation": 0.001}, SettingError),
        ({"validation": 0.999}, SettingError),
        ({"validation": ([0, 1],)}, SettingError),
        ({"validation": ([0, 1], [])}, DataError),
        ({"validation": ([], [0, 1])}, DataError),
        ({"validation": ([0, 1], [1, 2])}, DataError),
        ({"validation": ([0, 1], [31])}, DataError),
        ({"validation": (np.zeros((3, 1)), np.zeros(3))}, DataError),
        ({"validation": bnn.Dataset(np.zeros((3, 2)), np.arange(3.0), yerr=1.0)}, DataError),
        ({"validation": bnn.Dataset([0.0, 1.0], [1.0, 2.0])}, DataError),
        ({"validation": bnn.Dataset([0.0, 1.0], [1.0, 2.0], cov=np.eye(2))}, DataError),
        ({"validation": bnn.Dataset([0.0, 1.0], np.ones((2, 2)), yerr=1.0)}, (DataError, ModelError)),
        ({"dtype": np.int64}, SettingError),
        ({"start": np.zeros(3)}, StartError),
        ({"start": np.zeros(7), "n_members": 2}, StartError),
        ({"start": np.full(7, np.nan)}, StartError),
    ],
)
def test_settings_that_cannot_be(network, change, error) -> None:
    settings = {"optimizer": SGD, "n_epochs": 2, **change}
    with pytest.raises(error, match="expected"):
        bnn.train(network(1, 2, 1), **settings)


def test_only_rows_can_be_trained_on() -> None:
    coin = bnn.FunctionPosterior(lambda p: np.log(p), {"p": bnn.Beta(2, 2)})
    with pytest.raises(SettingError, match="Posterior"):
        bnn.train(coin, optimizer=SGD, n_epochs=1)
