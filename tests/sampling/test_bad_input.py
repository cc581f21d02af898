"""Arguments that cannot be end in a sentence that says what was expected, and what to do."""

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import emcee
import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.errors import DataError, SettingError, StartError
from bayesnn.executors import require_executor, results
from tests.problems.exact_draws import as_draws
from tests.sampling.test_guard import PLAIN, RUN, START, G, normal, slopes

SHORT = {"n_draws": 4, "n_warmup": 4, "n_walkers": 4, "n_ensembles": 2, "progress": False}


@pytest.mark.parametrize(
    ("moves", "message"),
    [
        ([("hmc", np.nan)], "a list with weights > 0"),
        ([("hmc", np.inf), ("stretch", 1.0)], "a list with weights > 0"),
        ([("hmc", 0.0)], "a list with weights > 0"),
        (bnn.HMC, r"call it: HMC\(\)"),
        (emcee.moves.StretchMove, r"call it: StretchMove\(\)"),
        ([(bnn.HMC, 1.0)], r"call it: HMC\(\)"),
        ([bnn.HMC()], "give weights: a list of pairs"),
        (["hmc", "stretch"], "give weights: a list of pairs"),
        (["h1", "d2"], "give weights: a list of pairs"),
        ([(3, 1.0)], "or an emcee Move, got 3"),
    ],
)
def test_moves(moves, message) -> None:
    with pytest.raises(SettingError, match=f"moves: expected .*{message}"):
        bnn.sample(PLAIN, moves=moves, **RUN)


@pytest.mark.parametrize("start", ["a", [[0.0], [0.0, 1.0]], START + 0j, START.astype(str), {"w": 1.0}, object()])
def test_starts_that_are_no_numbers(start) -> None:
    with pytest.raises(StartError, match=r"start: expected real numbers \(P,\), \(W, P\) or \(E, W, P\), got"):
        bnn.sample(PLAIN, **{**RUN, "start": start})


def test_a_start_of_lists_or_objects_that_are_numbers_will_do() -> None:
    same = bnn.sample(PLAIN, **RUN)
    for start in (START.tolist(), START.astype(object)):
        np.testing.assert_array_equal(bnn.sample(PLAIN, **{**RUN, "start": start}).theta, same.theta)


@pytest.mark.parametrize("executor", [5, "threads", ThreadPoolExecutor, object()])
def test_executors_that_do_not_map(network, executor) -> None:
    for run in ({}, {"start": np.zeros(2)}):
        with pytest.raises(SettingError, match="executor: expected something with `map`"):
            bnn.sample(network(1, 1), executor=executor, **SHORT, **run)
    require_executor(None)


class Miscounting:
    """Loses the last of its results, or has one more."""

    def __init__(self, n: int) -> None:
        self.n = n

    def map(self, function, tasks):
        found = list(map(function, tasks))
        return (found + found)[: len(tasks) + self.n]


@pytest.mark.parametrize(("n", "got"), [(-1, "1"), (-2, "0"), (1, "more")])
def test_an_executor_that_loses_results(network, n, got) -> None:
    message = f"executor: expected 2 results of its map, one a task in their order, got {got} from Miscounting"
    for run in ({}, {"start": START[:4, :2]}):
        with pytest.raises(SettingError, match=message):
            bnn.sample(network(1, 1), executor=Miscounting(n), **SHORT, **run)


@pytest.mark.parametrize("mixed", [lambda found: found[::-1], lambda found: [None, *found[1:]]])
def test_an_executor_that_mixes_results(network, mixed) -> None:
    """Or gives something else: ensembles would change places in the middle of a run."""

    class Mixing:
        def map(self, function, tasks):
            return mixed(list(map(function, tasks)))

    for run in ({}, {"start": START[:4, :2]}):
        with pytest.raises(SettingError, match=r"expected 2 results of its map, .* order, got others from Mixing"):
            bnn.sample(network(1, 1), executor=Mixing(), **SHORT, **run)


@pytest.mark.parametrize("start", [None, np.zeros(1)])
def test_lambdas_do_not_travel_by_themselves(start) -> None:
    post = bnn.FunctionPosterior(lambda x: -0.5 * x**2, {"x": bnn.Normal(0, 1)}, vectorized=True)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        with pytest.raises(SettingError, match=r"can be sent to other processes, got .*; bnn.Joblib\(n_jobs=2\)"):
            bnn.sample(post, executor=pool, start=start, **SHORT)
        inner = G(normal, lambda t: slopes(t))
        with pytest.raises(SettingError, match=r"can be sent to other processes, got .*; bnn.Joblib\(n_jobs=2\)"):
            bnn.sample(inner, executor=pool, **RUN)


def test_errors_of_a_task_are_not_taken_for_errors_of_sending_it() -> None:
    def broken(_: int) -> None:
        raise TypeError("mine")

    class Broken:
        def map(self, function, tasks):
            raise TypeError("mine")

    for tasks in ([1, 2], [lambda: 1]):
        with ThreadPoolExecutor(1) as pool, pytest.raises(TypeError, match="mine"):
            list(results(pool, broken, tasks))
        with pytest.raises(TypeError, match="mine"):
            list(results(Broken(), broken, tasks))


@pytest.mark.parametrize("name", ["n_draws", "n_warmup", "n_ensembles", "n_walkers"])
@pytest.mark.parametrize("bad", [True, 2.5, "4", np.nan])
def test_numbers_that_are_not_whole(name, bad) -> None:
    run = {**{k: v for k, v in RUN.items() if k != "start"}, "start": np.zeros(3)}
    with pytest.raises(SettingError, match=f"sample: expected whole numbers, .*{bad!r}"):
        bnn.sample(PLAIN, **{**run, name: bad})


def test_true_is_no_number_of_effective_draws() -> None:
    for name in ("ess", "max_seconds"):
        with pytest.raises(SettingError, match="positive numbers, got"):
            bnn.Until(**{name: True})


def test_diagnoses_of_nothing_and_at_nothing(network) -> None:
    post = network(1, 1)
    draws = as_draws(post, np.random.default_rng(0).standard_normal((2, 2, 10, 2)))
    for at in ([], np.zeros((0, 1))):
        with pytest.raises(DataError, match="expected one row of inputs at least, got none"):
            bnn.diagnose(draws, at=at)
    for nothing in (None, draws.theta):
        with pytest.raises(SettingError, match="diagnose: expected draws, got"):
            bnn.diagnose(nothing)


@pytest.mark.parametrize("move", [bnn.HMC, bnn.MAMS, bnn.WalkHMC])
@pytest.mark.parametrize(
    "setting",
    [
        {"step_size": "a"},
        {"step_size": 0},
        {"step_size": np.inf},
        {"step_size": np.nan},
        {"step_size": True},
        {"step_size": [0.1, 0.1]},
        {"n_steps": 1.5},
        {"n_steps": 0},
        {"n_steps": True},
        {"n_steps": "a"},
        {"scale": "a"},
        {"scale": 0.0},
        {"scale": [1.0, -1.0]},
        {"scale": np.inf},
        {"scale": [1.0, np.nan]},
        {"scale": [[1.0], [1.0, 2.0]]},
        {"scale": np.ones((2, 3))},
        {"scale": None},
        {"target_acceptance": "a"},
        {"target_acceptance": 1},
    ],
    ids=str,
)
def test_settings_of_moves(move, setting) -> None:
    with pytest.raises(
        SettingError, match=f"{move.__name__}: expected scale > 0, step_size > 0, n_steps >= 1, a whole"
    ):
        move(**setting)


@pytest.mark.parametrize("move", [bnn.HMC, bnn.MAMS, bnn.WalkHMC])
@pytest.mark.parametrize("wrap", [lambda move: move, lambda move: [(move, 0.5), ("stretch", 0.5)]])
def test_a_scale_of_another_problem(move, wrap) -> None:
    with pytest.raises(SettingError, match=rf"{move.__name__}: expected a scale of shape \(3,\), .* got shape \(2,\)"):
        bnn.sample(PLAIN, moves=wrap(move(scale=[1.0, 2.0])), **RUN)
    for scale in (2, 2.0, [2.0], [1, 2, 3], np.ones(3)):
        assert bnn.sample(PLAIN, moves=move(scale=scale), **{**RUN, "n_draws": 2, "n_warmup": 2}).n_draws == 2


def test_a_factor_of_another_problem() -> None:
    with pytest.raises(SettingError, match=r"or \(3, 3\), got shape \(2, 2\)"):
        bnn.sample(PLAIN, moves=bnn.HMC(scale=np.eye(2)), **RUN)
    assert bnn.sample(PLAIN, moves=bnn.HMC(scale=np.eye(3)), **RUN).n_draws == 40


@pytest.mark.parametrize("move", ["stretch", "de", "walk", [("hmc", 0.5), ("walk", 0.5)], emcee.moves.DEMove()])
def test_walkers_of_moves_between_halves(move) -> None:
    """Differences within a half of one walker are no differences, whatever the number of parameters."""
    post = bnn.FunctionPosterior(lambda x: -0.5 * x**2, {"x": bnn.Normal(0, 1)}, vectorized=True)
    name = {True: move, False: "walk" if isinstance(move, list) else "de"}[isinstance(move, str)]
    for too_few in (1, 2, 3):
        with pytest.raises(
            SettingError, match=f"1 parameter needs at least 4 walkers for the {name} move, got {too_few}"
        ):
            bnn.sample(post, moves=move, **{**SHORT, "n_walkers": too_few})
    assert bnn.sample(post, moves=move, **SHORT).theta.shape == (2, 4, 4, 1)
    with pytest.raises(SettingError, match=f"3 parameters need at least 6 walkers for the {name} move, got 5"):
        bnn.sample(PLAIN, moves=move, **{**RUN, "start": START[:5]})


def test_a_move_of_ones_own_is_called_by_its_class() -> None:
    class Mine(emcee.moves.StretchMove):
        pass

    with pytest.raises(SettingError, match="for the Mine move, got 5"):
        bnn.sample(PLAIN, moves=Mine(), **{**RUN, "start": START[:5]})
