"""Walkers and lengths that are left out."""

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.errors import SettingError, StartError
from bayesnn.sampling.sizes import Sizes, sizes_of_run

RNG = np.random.default_rng(0)
NOTHING = dict.fromkeys(("n_walkers", "n_warmup", "n_draws", "until", "start"))


def problem(n_rows: int, n_hidden: int) -> bnn.Posterior:
    data = bnn.Dataset(RNG.standard_normal(n_rows), RNG.standard_normal(n_rows), yerr=1.0)
    return bnn.Posterior(bnn.MLP((1, n_hidden, 1)), bnn.Gaussian(), prior={"*": bnn.Normal(0, 1)}, data=data)


def chosen(post: bnn.Posterior, *, spanning: bool = False, **said: object) -> Sizes:
    return sizes_of_run(post, **{**NOTHING, "n_ensembles": 4, "spanning": "stretch" if spanning else None, **said})


def test_the_cheaper_a_walker_the_more_of_them_and_the_same_number_of_draws() -> None:
    found = [chosen(problem(n, 16)) for n in (20, 100, 150, 200, 1000)]
    walkers = [sizes.n_walkers for sizes in found]
    assert walkers == sorted(walkers, reverse=True)
    assert (walkers[0], walkers[-1]) == (64, 16)
    assert 16 < walkers[2] < 64
    for sizes in found:
        assert sizes.n_walkers * sizes.plan.n_draws == pytest.approx(16_000, rel=0.01)
        assert sizes.n_warmup == max(150, round(8000 / sizes.n_walkers))


def test_where_something_else_ends_the_run_ten_times_as_many_may_come() -> None:
    until = bnn.Until(ess=100)
    for post in (problem(20, 16), problem(1000, 16)):
        assert chosen(post, until=until).plan.n_draws == 10 * chosen(post).plan.n_draws


def test_what_is_said_is_taken() -> None:
    said = {"n_walkers": 5, "n_warmup": 0, "n_draws": 7}
    sizes = chosen(problem(20, 16), **said)
    assert (sizes.n_walkers, sizes.n_warmup, sizes.plan.n_draws) == (5, 0, 7)
    few = chosen(problem(20, 16), n_walkers=5)
    assert (few.n_warmup, few.plan.n_draws) == (500, 1000)  # no more than of 16
    assert chosen(problem(20, 16), n_walkers=1000).plan.n_draws == 250


def test_walkers_that_are_given_a_start_are_counted() -> None:
    post = problem(20, 2)
    assert chosen(post, start=np.zeros((3, 7))).n_walkers == 3
    assert chosen(post, start=np.zeros((4, 5, 7))).n_walkers == 5
    assert chosen(post, start=np.zeros(7)).n_walkers == 64
    start = post.sample_prior(RNG, 3)
    assert bnn.sample(post, start=start, n_warmup=2, n_draws=2, progress=False).theta.shape == (4, 3, 2, 7)
    with pytest.raises(StartError, match="start: expected shape"):
        bnn.sample(post, start=start, n_walkers=4, progress=False)


def test_moves_between_walkers_have_as_many_as_span_the_space_and_the_long_way_to_go() -> None:
    sizes = chosen(problem(20, 16), spanning=True)
    assert (sizes.n_walkers, sizes.n_warmup, sizes.plan.n_draws) == (100, 500, 1000)
    for too_few in (97, 1, 0):
        with pytest.raises(SettingError, match=f"49 parameters need at least 98 walkers .* got {too_few};"):
            chosen(problem(20, 16), spanning=True, n_walkers=too_few)
    with pytest.raises(SettingError, match="n_walkers: expected at least 1, got 0"):
        chosen(problem(20, 16), n_walkers=0)


@pytest.mark.parametrize(("vectorized", "n_walkers"), [(True, 64), (False, 16)])
def test_a_function_that_takes_them_one_by_one_has_few(vectorized, n_walkers) -> None:
    post = bnn.FunctionPosterior(lambda x: -0.5 * x**2, {"x": bnn.Normal(0, 1)}, vectorized=vectorized)
    assert chosen(post).n_walkers == n_walkers
