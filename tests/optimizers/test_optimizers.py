"""Laws of the optimizers: what each one does to a gradient that is known."""

import itertools

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.errors import SettingError

RNG = np.random.default_rng(0)
OPTIMIZERS = {
    "SGD": bnn.SGD(learning_rate=0.1),
    "momentum": bnn.SGD(learning_rate=0.1, momentum=0.8),
    "Nesterov": bnn.SGD(learning_rate=0.1, momentum=0.8, nesterov=True),
    "AdaGrad": bnn.AdaGrad(learning_rate=0.5),
    "RMSProp": bnn.RMSProp(learning_rate=0.01, decay=0.9),
    "Adam": bnn.Adam(learning_rate=0.1),
    "AdamW": bnn.AdamW(learning_rate=0.1, weight_decay=0.1),
    "clipped norm": bnn.clip_by_norm(0.3).then(bnn.Adam(learning_rate=0.1)),
    "clipped values": bnn.clip_by_value(0.3).then(bnn.SGD(learning_rate=0.1)),
}
every_optimizer = pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)


def steps(optimizer, gradients, theta=None):
    """What the optimizer would add to θ for each gradient in turn."""
    theta = np.zeros_like(gradients[0]) if theta is None else theta
    state, taken = optimizer.init(theta), []
    for gradient in gradients:
        step, state = optimizer.update(gradient, state, theta)
        theta = theta + step
        taken.append(step)
    return np.array(taken)


# --- formulas, three steps by hand -----------------------------------------------------------------------------------


def three(optimizer):
    return steps(optimizer, np.array([[1.0], [-2.0], [0.5]]))[:, 0]


def test_gradient_descent_by_hand() -> None:
    np.testing.assert_allclose(three(bnn.SGD(learning_rate=0.1)), [-0.1, 0.2, -0.05])


def test_momentum_by_hand() -> None:
    velocities = [1.0, 0.5 * 1.0 - 2.0, 0.5 * -1.5 + 0.5]
    np.testing.assert_allclose(three(bnn.SGD(learning_rate=0.1, momentum=0.5)), -0.1 * np.array(velocities))


def test_nesterov_by_hand() -> None:
    velocities, gradients = np.array([1.0, -1.5, -0.25]), np.array([1.0, -2.0, 0.5])
    ahead = 0.5 * velocities + gradients
    np.testing.assert_allclose(three(bnn.SGD(learning_rate=0.1, momentum=0.5, nesterov=True)), -0.1 * ahead)


def test_adagrad_by_hand_with_epsilon_outside_the_root() -> None:
    sums = np.array([1.0, 5.0, 5.25])
    expected = -0.1 * np.array([1.0, -2.0, 0.5]) / (np.sqrt(sums) + 0.3)
    np.testing.assert_allclose(three(bnn.AdaGrad(learning_rate=0.1, epsilon=0.3)), expected)


def test_rmsprop_by_hand_with_epsilon_outside_the_root() -> None:
    means = [0.2 * 1.0]
    means.append(0.8 * means[0] + 0.2 * 4.0)
    means.append(0.8 * means[1] + 0.2 * 0.25)
    expected = -0.1 * np.array([1.0, -2.0, 0.5]) / (np.sqrt(means) + 0.3)
    np.testing.assert_allclose(three(bnn.RMSProp(learning_rate=0.1, decay=0.8, epsilon=0.3)), expected)


def test_adam_by_hand_with_epsilon_beside_the_corrected_root() -> None:
    m = s = 0.0
    expected = []
    for t, g in enumerate([1.0, -2.0, 0.5], 1):
        m, s = 0.7 * m + 0.3 * g, 0.8 * s + 0.2 * g * g
        expected.append(-0.1 * (m / (1 - 0.7**t)) / (np.sqrt(s / (1 - 0.8**t)) + 0.3))
    np.testing.assert_allclose(three(bnn.Adam(learning_rate=0.1, betas=(0.7, 0.8), epsilon=0.3)), expected)


def test_adamw_is_adam_and_a_decay_of_the_weights_as_they_stand() -> None:
    theta, gradients = np.array([3.0]), np.array([[1.0], [-2.0], [0.5]])
    plain = steps(bnn.Adam(learning_rate=0.1), gradients, theta)
    decayed = steps(bnn.AdamW(learning_rate=0.1, weight_decay=0.4), gradients, theta)
    at = theta + np.concatenate([[[0.0]], np.cumsum(decayed, axis=0)[:-1]])
    np.testing.assert_allclose(decayed, plain - 0.1 * 0.4 * at)


# --- laws ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e6, 1e100])
def test_the_first_step_of_adam_is_the_learning_rate_whatever_the_scale(scale: float) -> None:
    g = scale * np.array([1.0, -2.0, 0.5])
    np.testing.assert_allclose(steps(bnn.Adam(learning_rate=0.02), [g])[0], -0.02 * np.sign(g), rtol=1e-4)


def test_adagrad_on_a_constant_gradient_slows_as_the_root_of_time() -> None:
    t = np.arange(1, 50)
    taken = steps(bnn.AdaGrad(learning_rate=0.3), np.full((49, 1), -7.0))[:, 0]
    np.testing.assert_allclose(taken, 0.3 / np.sqrt(t), rtol=1e-9)


def test_rmsprop_on_a_constant_gradient_comes_to_the_learning_rate() -> None:
    taken = steps(bnn.RMSProp(learning_rate=0.3, decay=0.9), np.full((200, 1), 5.0))[:, 0]
    np.testing.assert_allclose(taken[0], -0.3 / np.sqrt(0.1), rtol=1e-6)
    np.testing.assert_allclose(taken[-1], -0.3, rtol=1e-6)


@pytest.mark.parametrize("nesterov", [False, True])
def test_momentum_comes_to_its_terminal_velocity(nesterov: bool) -> None:
    descent = bnn.SGD(learning_rate=0.01, momentum=0.9, nesterov=nesterov)
    np.testing.assert_allclose(steps(descent, np.full((400, 1), 3.0))[-1], -0.01 * 3 / (1 - 0.9), rtol=1e-9)


def test_nesterov_on_a_parabola_is_its_linear_recurrence() -> None:
    """On a θ²/2 in Sutskever's variables φ = θ + look-ahead: φ_{t+1} = (1 + μ)(1 − h a) φ_t − μ (1 − h a) φ_{t−1}."""
    a, h, mu = 2.0, 0.1, 0.8
    descent, theta = bnn.SGD(learning_rate=h, momentum=mu, nesterov=True), np.array([1.0])
    state, path = descent.init(theta), [theta]
    for _ in range(10):
        step, state = descent.update(a * theta, state, theta)
        theta = theta + step
        path.append(theta)
    for before, now, after in zip(path[:-2], path[1:-1], path[2:], strict=True):
        np.testing.assert_allclose(after, (1 - h * a) * ((1 + mu) * now - mu * before), rtol=1e-12)


def test_adamw_without_a_gradient_shrinks_by_the_decay_exactly() -> None:
    theta = np.array([2.0, -3.0])
    taken = steps(bnn.AdamW(learning_rate=0.1, weight_decay=0.5), np.zeros((4, 2)), theta)
    np.testing.assert_allclose(theta + taken.sum(axis=0), theta * (1 - 0.1 * 0.5) ** 4, rtol=1e-14)


def test_no_gradient_no_step() -> None:
    for name in set(OPTIMIZERS) - {"AdamW"}:
        assert not np.any(steps(OPTIMIZERS[name], np.zeros((3, 2))))


def handed_on(clip, gradient):
    return clip.update(gradient, clip.init(gradient), np.zeros_like(gradient))[0]


def test_a_clipped_norm_is_the_limit_at_most_and_keeps_the_direction() -> None:
    short, long = np.array([0.3, -0.4]), np.array([30.0, -40.0])
    np.testing.assert_array_equal(handed_on(bnn.clip_by_norm(5.0), short), short)
    np.testing.assert_allclose(handed_on(bnn.clip_by_norm(5.0), long), [3.0, -4.0])
    np.testing.assert_array_equal(handed_on(bnn.clip_by_norm(5.0), np.zeros(2)), np.zeros(2))
    both = handed_on(bnn.clip_by_norm(5.0), np.stack([short, long]))  # each member by its own norm
    np.testing.assert_allclose(both, [short, [3.0, -4.0]])


def test_clipped_values_are_within_the_limit() -> None:
    np.testing.assert_array_equal(handed_on(bnn.clip_by_value(1.0), np.array([3.0, -0.5, -9.0])), [1.0, -0.5, -1.0])


@every_optimizer
def test_members_descend_as_if_alone(optimizer) -> None:
    gradients, theta = RNG.standard_normal((6, 2, 3, 4)), RNG.standard_normal((2, 3, 4))
    together = steps(optimizer, gradients, theta)
    assert together.shape == gradients.shape
    for i, j in itertools.product(range(2), range(3)):
        np.testing.assert_allclose(together[:, i, j], steps(optimizer, gradients[:, i, j], theta[i, j]), rtol=1e-12)


@every_optimizer
def test_nothing_given_is_written_into(optimizer) -> None:
    gradient, theta = RNG.standard_normal(5), RNG.standard_normal(5)
    _, state = optimizer.update(gradient, optimizer.init(theta), theta)
    copies = gradient.copy(), theta.copy()
    first, _ = optimizer.update(gradient, state, theta)
    again, _ = optimizer.update(gradient, state, theta)
    np.testing.assert_array_equal(first, again)
    np.testing.assert_array_equal(gradient, copies[0])
    np.testing.assert_array_equal(theta, copies[1])


@every_optimizer
def test_single_precision_stays_single(optimizer) -> None:
    assert steps(optimizer, RNG.standard_normal((3, 4)).astype(np.float32)).dtype == np.float32


@pytest.mark.parametrize("name", sorted(set(OPTIMIZERS) - {"AdamW"}))
def test_each_one_minimizes_a_parabola(name: str) -> None:
    theta = np.array([1.0, -2.0])
    state, best = OPTIMIZERS[name].init(theta), np.inf
    for _ in range(400):
        step, state = OPTIMIZERS[name].update(theta * [2.0, 0.5], state, theta)
        theta = theta + step
        best = min(best, np.abs(theta).max())
    assert best < 0.02


# --- schedules -------------------------------------------------------------------------------------------------------

SCHEDULES = {
    "constant": bnn.schedules.constant(0.3),
    "step_decay": bnn.schedules.step_decay(0.3, factor=0.1, every=7),
    "exponential": bnn.schedules.exponential(0.3, half_life=5),
    "cosine": bnn.schedules.cosine(0.3, n_steps=20, final=0.1),
    "inverse_time": bnn.schedules.inverse_time(0.3, half_life=5),
}


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)
def test_a_schedule_begins_at_its_value_and_never_rises(schedule) -> None:
    rates = [schedule(step) for step in range(50)]
    assert rates[0] == pytest.approx(0.3)
    assert all(later <= earlier for earlier, later in itertools.pairwise(rates))
    assert min(rates) > 0
    taken = steps(bnn.SGD(learning_rate=schedule), np.ones((50, 1)))[:, 0]
    np.testing.assert_allclose(taken, np.negative(rates))


def test_schedules_in_closed_form() -> None:
    t = np.arange(41)

    def rates(name):
        return [SCHEDULES[name](step) for step in t]

    np.testing.assert_allclose(rates("step_decay"), 0.3 * 0.1 ** (t // 7))
    np.testing.assert_allclose(rates("exponential"), 0.3 * np.exp(-t * np.log(2) / 5))
    np.testing.assert_allclose(rates("inverse_time"), 0.3 * 5 / (5 + t))
    np.testing.assert_allclose(rates("cosine"), 0.2 + 0.1 * np.cos(np.pi * np.minimum(t, 20) / 20))


# --- refusals --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        lambda: bnn.SGD(learning_rate=-1),
        lambda: bnn.SGD(learning_rate=np.nan),
        lambda: bnn.SGD(learning_rate="fast"),
        lambda: bnn.SGD(learning_rate=0.1, momentum=1.0),
        lambda: bnn.SGD(learning_rate=0.1, momentum=-0.1),
        lambda: bnn.AdaGrad(epsilon=0.0),
        lambda: bnn.RMSProp(decay=1.0),
        lambda: bnn.Adam(betas=(0.9, 1.0)),
        lambda: bnn.Adam(betas=(0.9,)),
        lambda: bnn.Adam(learning_rate=np.inf),
        lambda: bnn.AdamW(weight_decay=-0.1),
        lambda: bnn.clip_by_norm(0),
        lambda: bnn.clip_by_value(-1),
        lambda: bnn.schedules.constant(0),
        lambda: bnn.schedules.step_decay(0.1, factor=0.5, every=0),
        lambda: bnn.schedules.step_decay(0.1, factor=-0.5, every=1),
        lambda: bnn.schedules.exponential(0.1, half_life=0),
        lambda: bnn.schedules.cosine(0.1, n_steps=2.5),
        lambda: bnn.schedules.cosine(0.1, n_steps=10, final=0.2),
        lambda: bnn.schedules.inverse_time(0.1, half_life=-1),
    ],
)
def test_bad_settings_are_refused(make) -> None:
    with pytest.raises(SettingError, match=r"expected .*, got"):
        make()
