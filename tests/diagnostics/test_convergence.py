"""The figures of convergence against those of ArviZ, one by one."""

import numpy as np
import pytest
from arviz_stats.base.array import array_stats

from bayesnn.diagnostics.convergence import convergence

rng = np.random.default_rng(0)


def autoregressive(shape: tuple[int, ...], rho: float) -> np.ndarray:
    x = rng.standard_normal(shape)
    for i in range(1, shape[2]):
        x[:, :, i] = rho * x[:, :, i - 1] + np.sqrt(1 - rho**2) * x[:, :, i]
    return x


CASES = {
    "independent": autoregressive((4, 8, 100, 2), 0.0),
    "slow": autoregressive((4, 8, 101, 2), 0.9),
    "antithetic": autoregressive((3, 4, 60, 2), -0.6),
    "heavy": rng.standard_cauchy((4, 4, 80, 2)),
    "ties": np.round(autoregressive((4, 4, 90, 2), 0.5), 1),
    "two values": (autoregressive((4, 4, 90, 2), 0.5) > 0).astype(float),
    "apart": autoregressive((4, 6, 50, 2), 0.3) + np.arange(4.0)[:, None, None, None],
    "of unequal width": autoregressive((4, 6, 50, 2), 0.3) * np.arange(1.0, 5.0)[:, None, None, None],
    "one ensemble": autoregressive((1, 6, 50, 2), 0.3),
    "one walker": autoregressive((4, 1, 50, 2), 0.3),
    "eight draws": autoregressive((4, 3, 8, 2), 0.0),
}


@pytest.mark.parametrize("case", CASES)
def test_figures_are_those_of_arviz(case: str) -> None:
    x = CASES[case]
    found = convergence(x)
    n_ensembles, n_walkers, n_draws, _ = x.shape
    for q in range(2):
        chains = x[..., q].reshape(-1, n_draws)
        if n_ensembles > 1 and n_walkers > 1:
            rhat = array_stats.rhat_nested(chains, superchain_ids=np.repeat(np.arange(n_ensembles), n_walkers))
        else:
            rhat = array_stats.rhat(chains)
        truth = {
            "mean": chains.mean(),
            "sd": chains.std(ddof=1),
            "ess_bulk": array_stats.ess(chains, method="bulk"),
            "ess_tail": array_stats.ess(chains, method="tail", prob=(0.05, 0.95)),
            "rhat": rhat,
            "mcse_mean": array_stats.mcse(chains, method="mean"),
        }
        for name, value in truth.items():
            np.testing.assert_allclose(getattr(found, name)[q], value, rtol=1e-9, err_msg=name)


def test_errors_of_mean_and_sd_are_what_runs_differ_by() -> None:
    """Of chains that swing to the other side: better than independent draws tell of the mean, not of the sd."""
    rng, n, of_walkers = np.random.default_rng(2), 200, -0.4
    steps = rng.standard_normal((300, 4, n, 1)) * np.sqrt(1 - of_walkers**2)
    x = np.empty_like(steps)
    x[:, :, 0] = rng.standard_normal((300, 4, 1))
    for i in range(1, n):
        x[:, :, i] = of_walkers * x[:, :, i - 1] + steps[:, :, i]
    runs = [convergence(run[None]) for run in x]
    means, sds = (np.array([getattr(run, name)[0] for run in runs]) for name in ("mean", "sd"))
    for errors, names in ((means - 0.0, "mcse_mean"), (sds - 1.0, "mcse_sd")):
        z = errors / np.array([getattr(run, names)[0] for run in runs])
        assert 0.8 < np.sqrt(np.mean(z**2)) < 1.25, names  # of the sd ArviZ has 1.8


def test_what_does_not_vary_or_is_too_short_has_no_figures() -> None:
    found = convergence(np.ones((2, 3, 10, 2)))
    assert np.all(found.mean == 1.0)
    assert np.all(np.isnan(found.rhat) & np.isnan(found.ess_bulk) & np.isnan(found.ess_tail))
    for n_draws in (0, 7):
        assert np.all(np.isnan(convergence(np.ones((2, 3, n_draws, 2))).rhat))
    assert convergence(np.ones((2, 3, 10, 0))).rhat.shape == (0,)
