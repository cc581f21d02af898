"""What a verdict rests on, and where it is shown."""

from dataclasses import replace

import numpy as np
import pytest

import bayesnn as bnn
from bayesnn.diagnostics.convergence import convergence
from bayesnn.sampling.draws import Draws
from bayesnn.sampling.leapfrog import Phase, leapfrog
from bayesnn.sampling.metric import Diagonal
from bayesnn.sampling.stuck import stuck_walkers
from tests.problems.exact_draws import as_draws

rng = np.random.default_rng(0)


@pytest.fixture
def good(network) -> Draws:
    """Independent draws as if of a posterior: all is well."""
    post = network(1, 3, 1)
    return as_draws(post, np.random.default_rng(1).standard_normal((4, 8, 100, post.n_params)))


@pytest.fixture
def bad(good) -> Draws:
    """The same, but one ensemble sits elsewhere."""
    theta = good.theta.copy()
    theta[2, ..., -1] += 3.0
    return as_draws(good.posterior, theta)


def test_norms_of_layers_count_and_ignore_the_order_of_units(good) -> None:
    diagnosis = bnn.diagnose(good)
    assert diagnosis.ok
    assert diagnosis.norm_names == ("|W1|", "|b1|", "|W2|", "|b2|")
    assert "norms of 4 blocks" in diagnosis.verdict
    np.testing.assert_allclose(diagnosis.norms.mean[0], np.linalg.norm(good.values["W1"], axis=(-2, -1)).mean())
    theta, flips = good.theta.copy(), np.random.default_rng(2).permuted(np.tile(np.arange(3), (4 * 8 * 100, 1)), axis=1)
    for blocks in ("W1", "b1", "W2"):
        columns = [i for i, name in enumerate(good.names) if name.startswith(f"{blocks}[")]
        flat = theta[..., columns].reshape(-1, 3)
        theta[..., columns] = np.take_along_axis(flat, flips, axis=1).reshape(theta[..., columns].shape)
    other = bnn.diagnose(as_draws(good.posterior, theta))
    np.testing.assert_allclose(other.norms.ess_bulk, diagnosis.norms.ess_bulk)
    np.testing.assert_allclose(other.function.rhat, diagnosis.function.rhat, rtol=1e-6)
    inflated = good.theta.copy()
    inflated[1, ..., :3] *= 3.0
    wide = bnn.diagnose(as_draws(good.posterior, inflated), at=[1e9])  # where tanh is flat, f does not tell
    assert wide.norms.rhat[0] > 1.1
    assert wide.worst_rhat >= wide.norms.rhat[0]
    assert "Ensembles disagree, most of all on norms of blocks: raise" in wide.advice


def test_what_f_does_counts_where_norms_do_not_tell(good) -> None:
    """f rises, in one ensemble it falls: the same norms."""
    theta = np.abs(good.theta)
    columns = [i for i, name in enumerate(good.names) if name.startswith("W2[")]
    theta[1][..., columns] *= -1.0
    found = bnn.diagnose(as_draws(good.posterior, theta))
    assert found.norms.rhat.max() < 1.05
    assert found.worst_rhat == found.function.rhat.max() > 1.1
    assert "most of all on f: raise" in found.advice


def test_the_worst_ess_is_of_bulk_and_tail_of_all_that_counts(good) -> None:
    found = bnn.diagnose(good)
    parts = [found.function, found.norms, found.log_prob]
    assert found.worst_ess == min(float(np.nanmin([part.ess_bulk, part.ess_tail])) for part in parts)


def test_walkers_that_stay_where_they_began_are_told_even_if_ensembles_agree(good) -> None:
    """Each ensemble has found the same modes: nested R-hat sees little of it, the ESS of walkers as chains all."""
    theta = 0.1 * good.theta + 3 * np.random.default_rng(3).standard_normal((1, 8, 1, good.theta.shape[-1]))
    found = bnn.diagnose(as_draws(good.posterior, theta))
    assert 0 < found.worst_ess < 64
    assert not found.ok
    slow = (
        "f" if found.worst_ess in (found.function.ess_bulk.min(), found.function.ess_tail.min()) else "norms of blocks"
    )
    assert f"32 walkers are worth {found.worst_ess:.0f} independent draws of {slow}: in that, each" in found.advice
    assert "independent draws" not in bnn.diagnose(good).advice


def test_many_walkers_that_stay_where_they_began_do_not_make_up_for_it(good) -> None:
    """512 walkers of modes of their own are worth as many draws, and nested R-hat cannot tell."""
    n_params = good.theta.shape[-1]
    still = 3 * rng.standard_normal((4, 128, 1, n_params)) + rng.standard_normal((4, 128, 40, n_params))
    found = bnn.diagnose(as_draws(good.posterior, still))
    assert found.worst_rhat < 1.01
    assert 400 < found.worst_ess < 1024
    assert not found.ok
    assert "Too few effective draws: about 4 times n_draws are needed" in found.advice


def test_parameters_of_a_line_count_and_norms_do_not(network) -> None:
    post = network(1, 1)
    diagnosis = bnn.diagnose(as_draws(post, rng.standard_normal((4, 8, 100, 2))))
    assert diagnosis.norms is None
    assert "2 parameters" in diagnosis.verdict


def test_what_has_not_converged_says_so_wherever_it_is_shown(good, bad) -> None:
    for text in (repr(bad), str(bad), bad._repr_html_(), bad.warning, str(bnn.diagnose(bad))):
        assert "NOT CONVERGED: nested R-hat" in text.replace("&lt;", "<")
    for text in (repr(good), str(good)):
        assert "4 ensembles x 8 walkers x 100 draws of 10 parameters" in text
        assert "NOT" not in text
        assert "Converged: nested R-hat" in text
    assert good.warning == ""
    assert "<=" not in bad._repr_html_()  # escaped


def test_predictions_and_plots_say_so_too(good, bad, hubble) -> None:
    predictions = {name: bnn.predict(good.posterior, draws, [0.5, 1.0]) for name, draws in (("a", good), ("b", bad))}
    assert predictions["a"].warning == ""
    assert "NOT CONVERGED" in str(predictions["b"])
    both = bnn.average(predictions, weights={"a": 0.5, "b": 0.5})
    assert both.warning.startswith("b: NOT CONVERGED")
    assert bnn.average(predictions, weights={"a": 1.0, "b": 0.0}).warning == ""
    assert "NOT CONVERGED" in bnn.plot.predictive(predictions["b"], hubble, title="H").axes[0].get_title()
    assert bnn.plot.predictive(predictions["a"], hubble, title="H").axes[0].get_title() == "H"
    assert bnn.plot.trace(bad, title="H").get_suptitle().startswith("H\nNOT CONVERGED: nested R-hat <= ")
    assert bnn.plot.trace(good, title="H").get_suptitle() == "H"
    hasty = replace(bnn.maximum_a_posteriori(good.posterior), converged=False, message="stopped early")
    assert bnn.predict(good.posterior, hasty, [1.0]).warning == "NOT CONVERGED: stopped early"


def test_what_ended_a_run_is_part_of_the_verdict(good) -> None:
    ended = replace(good, stopped="Interrupted after 100 draws, 500 were wanted.")
    assert bnn.diagnose(ended).verdict.endswith("blocks. Interrupted after 100 draws, 500 were wanted.")


@pytest.mark.parametrize("n_draws", [0, 1, 3])
def test_too_few_draws_to_say_anything(good, n_draws: int) -> None:
    parts = {name: getattr(good, name)[:, :, :n_draws] for name in ("theta", "log_prob", "log_likelihood")}
    short = replace(good, **parts, values={name: value[:, :, :n_draws] for name, value in good.values.items()})
    assert not bnn.diagnose(short).ok
    assert "NOT CONVERGED" in repr(short)
    assert "NOT CONVERGED" in str(bnn.diagnose(replace(short, posterior=None)))


def test_walkers_that_are_stuck_are_found(good) -> None:
    assert stuck_walkers(good) == ()
    idle, away = good.acceptance.copy(), good.log_prob.copy()
    idle[3, 1] = 0.05
    assert stuck_walkers(replace(good, acceptance=idle)) == ((3, 1),)
    away[0, 5] -= 2 * np.ptp(away)
    found = bnn.diagnose(replace(good, log_prob=away))
    assert found.stuck == ((0, 5),)
    assert not found.ok
    assert "1 of 32 walkers is stuck (ensemble 1, walker 6)" in found.advice
    slow = good.acceptance * np.where(np.arange(8) % 2, 1.0, 0.5)  # half as often is not stuck
    assert stuck_walkers(replace(good, acceptance=slow)) == ()


def test_a_walker_in_a_mode_of_its_own_is_stuck() -> None:
    """A deep and a shallow well: who starts in the shallow one never comes out."""

    class Wells:
        n_params = 2

        def __call__(self, theta):
            return self.value_and_grad(theta)[0]

        def value_and_grad(self, theta):
            near = theta[..., :1] > 50.0
            delta = theta - np.where(near, 100.0, 0.0)
            return -0.5 * np.sum(delta**2, axis=-1) - 40.0 * near[..., 0], -delta

    start = rng.standard_normal((2, 8, 2))
    start[1, 3] += 100.0
    settings = {"n_ensembles": 2, "n_draws": 60, "n_warmup": 60, "progress": False}
    draws = bnn.sample(Wells(), moves="mams", start=start, **settings)
    assert bnn.diagnose(draws).stuck == ((1, 3),)


def energies(log_prob, theta) -> float:
    """E-BFMI as it is defined, of energies in a chain of exact HMC steps of moderate length."""
    x, changes, levels = theta, [], []
    for _ in range(300):
        value, grad = log_prob(x)
        start = Phase(x, value, grad, rng.standard_normal(x.shape))
        levels.append(start.energy)
        end = leapfrog(Bare(log_prob), start, 0.02, int(rng.integers(40, 110)), Diagonal(np.ones(x.shape[1])))
        changes.append(end)
        x = end.x
    levels = np.array(levels)
    return float(np.mean(np.diff(levels, axis=0) ** 2) / np.var(levels))


class Bare:
    def __init__(self, log_prob) -> None:
        self.value_and_grad = log_prob


def test_energy_is_that_of_successive_steps() -> None:
    """On a normal, and on Student's t with 5 degrees of freedom, whose log density has a long tail."""

    def normal(x):
        return -0.5 * np.sum(x**2, axis=-1), -x

    def heavy(x):
        scale = 5 + np.sum(x**2, axis=-1)
        return -0.5 * 25 * np.log(scale), -25 * x / scale[:, None]

    z, chi2 = rng.standard_normal((40, 20)), rng.chisquare(5, size=(40, 1))
    for log_prob, first in ((normal, z), (heavy, z / np.sqrt(chi2 / 5))):
        theta = rng.standard_normal((1, 40, 2000, 20))
        if log_prob is heavy:
            theta = theta / np.sqrt(rng.chisquare(5, size=(1, 40, 2000, 1)) / 5)
        values = log_prob(theta.reshape(-1, 20))[0].reshape(1, 40, 2000)
        zeros = np.zeros(0)
        draws = Draws(
            theta, values, values * np.nan, np.ones((1, 40)), tuple("abcdefghijklmnopqrst"), 0, 0, 0, 0, 0.0, False,
            ("hmc, step 1",), "0", {"theta": zeros},
        )  # fmt: skip
        from bayesnn.sampling.diagnosis import _bfmi

        assert abs(_bfmi(draws) - energies(log_prob, first)) < 0.12 * _bfmi(draws), (log_prob.__name__, _bfmi(draws))
        for other in ("mams, step 1", "collapsed hmc, step 1"):  # which say nothing of the energy of these draws
            assert np.isnan(_bfmi(replace(draws, kernels=(other,))))


def test_little_energy_is_told(good) -> None:
    spread = good.log_prob * 0 + 20 * rng.standard_normal(good.log_prob.shape)
    told = bnn.diagnose(replace(good, log_prob=spread, kernels=("hmc, step 1",) * 4))
    assert told.bfmi == pytest.approx(10 / (5 + 400), rel=0.1)
    assert "Energy moves slowly (E-BFMI 0.0" in told.advice


def test_unidentified_parameters_are_there_for_who_asks(good) -> None:
    diagnosis = bnn.diagnose(good)
    assert "parameters" not in vars(diagnosis)  # 500 of them would take their time, and say nothing
    assert diagnosis.parameters.rhat.shape == (10,)


@pytest.mark.parametrize("share", [0.1, 0.4])
def test_walkers_that_never_change_modes_are_found_though_ensembles_are_alike(good, share) -> None:
    """Half of the walkers of each ensemble in one mode, half in another: R-hat is 1 and ESS large."""
    modes = np.where(np.arange(32) % 2, 1.0, -1.0)[:, None, None] * np.sqrt(share)
    shape = (4, 32, 200, good.theta.shape[-1])
    found = bnn.diagnose(as_draws(good.posterior, modes + np.sqrt(1 - share) * rng.standard_normal(shape)))
    assert found.worst_rhat < 1.01
    assert found.worst_ess > 400
    assert abs(found.parameters.kept.mean() - share) < 0.1 * share + 0.01
    assert not found.ok
    assert "of the variance kept by walkers for" in found.verdict
    assert "walkers" in found.advice or "Walkers keep" in found.advice


def test_slow_walkers_that_forget_are_not_taken_for_such_that_stay() -> None:
    """Autoregressive of ρ = 0.9, 19 draws an effective one, 250 draws: parts of two halves that touch are alike."""
    noise = rng.standard_normal((4, 64, 450, 3))
    for t in range(1, 450):
        noise[:, :, t] = 0.9 * noise[:, :, t - 1] + np.sqrt(1 - 0.81) * noise[:, :, t]
    assert convergence(noise[:, :, 200:]).kept.max() < 0.02


def test_few_draws_and_divergent_trajectories_are_no_convergence(good) -> None:
    short = bnn.diagnose(as_draws(good.posterior, good.theta[:, :, :49]))
    assert not short.ok
    assert "49 draws of a walker are too few to tell" in short.advice
    some = bnn.diagnose(replace(good, n_divergent=3))
    assert some.ok
    assert "3 of 3200 trajectories diverged" in some.advice
    assert not bnn.diagnose(replace(good, n_divergent=4)).ok


def test_one_start_of_all_ensembles_is_told(network, tmp_path) -> None:
    """Whatever R-hat says, it has not looked elsewhere; where each ensemble has its own, or there is none, it has."""
    post, run = network(1, 1), {"n_draws": 60, "n_warmup": 20, "n_ensembles": 2, "progress": False}
    start = np.random.default_rng(0).standard_normal((2, 8, 2))
    for one in (start[0, 0], start[0], np.stack([start[0], start[0]])):
        draws = bnn.sample(post, start=one, n_walkers=8, checkpoint=tmp_path / f"{one.ndim}.h5", **run)
        again = bnn.sample(post, start=one, n_walkers=8, checkpoint=tmp_path / f"{one.ndim}.h5", **run)
        for found in (draws, again):
            assert "All ensembles began at one start" in bnn.diagnose(found).advice
    for apart in (start, None):
        assert "one start" not in str(bnn.diagnose(bnn.sample(post, start=apart, n_walkers=8, **run)))
    assert "one start" not in str(bnn.diagnose(bnn.sample(post, start=start[0], **{**run, "n_ensembles": 1})))


def test_a_diagnosis_is_short_to_look_at(good, bad) -> None:
    for draws in (good, bad):
        found = bnn.diagnose(draws)
        assert repr(found) == f"<{found}>"
        assert len(repr(found)) < 600


def test_predictions_scores_and_exports_say_so_too(good, bad, hubble) -> None:
    for draws, verdict in ((good, "Converged"), (bad, "NOT CONVERGED")):
        prediction = bnn.predict(good.posterior, draws, hubble.X)
        judged = bnn.score(prediction, hubble.y, yerr=hubble.yerr)
        shown = [repr(prediction), prediction._repr_html_(), str(prediction), repr(judged)]
        assert all(("NOT CONVERGED" in text) == (draws is bad) for text in shown)
        assert max(map(len, shown)) < 400
        assert "<=" not in prediction._repr_html_()
        assert bnn.to_dataframe(draws).attrs["verdict"].startswith(verdict)
        assert bnn.to_arviz(draws).attrs["verdict"].startswith(verdict)
    assert bnn.plot.prior_vs_posterior(bad, title="H").get_suptitle().startswith("H\nNOT CONVERGED: nested R-hat <= ")
    assert bnn.plot.prior_vs_posterior(good, title="H").get_suptitle() == "H"


def test_a_gradient_that_is_nan_is_looked_for_where_all_trajectories_diverge() -> None:
    class Lost:
        n_params = 2

        def __call__(self, theta):
            return -0.5 * np.sum(theta**2, axis=-1)

        def value_and_grad(self, theta):
            return self(theta), np.full_like(theta, np.nan)

    start = rng.standard_normal((2, 8, 2))
    draws = bnn.sample(Lost(), start=start, n_ensembles=2, n_draws=60, n_warmup=20, progress=False)
    assert "whose gradient may be NaN" in bnn.diagnose(draws).advice


@pytest.mark.parametrize("share", [0.02, 0.5, 1.0])
def test_walkers_without_a_density_are_judged_without_a_warning(good, share) -> None:
    lost = good.log_prob.copy()
    lost[0, 0, : int(share * lost.shape[2])] = -np.inf
    found = bnn.diagnose(replace(good, log_prob=lost, kernels=("hmc, step 1",) * 4))
    assert 0 < found.worst_ess < np.inf
    assert found.ok == (share == 0.02)
    assert convergence(lost[..., None]).mean == -np.inf


def test_only_moves_without_gradients_are_said_to_fail_quietly(network) -> None:
    post = network(1, 4, 1)
    assert post.n_params > 10
    theta = np.random.default_rng(3).standard_normal((4, 8, 100, post.n_params))
    draws = replace(as_draws(post, theta), interacting=True)
    for kernel, is_said in (("StretchMove + DEMove", True), ("walk-hmc, step 0.3, 12 steps", False)):
        advice = bnn.diagnose(replace(draws, kernels=(kernel,) * 4)).advice
        assert ("emcee's own moves fail quietly" in advice) is is_said


def test_one_of_anything_is_one(good) -> None:
    one = as_draws(good.posterior, good.theta[:1, :1])
    assert repr(one).startswith("<1 ensemble x 1 walker x 100 draws of ")
    assert repr(good).startswith("<4 ensembles x 8 walkers x 100 draws of ")
