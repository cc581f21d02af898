"""The bootstrap: the scatter of an estimate over data sets like the one that was seen."""

import warnings
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from bayesnn.errors import SettingError
from bayesnn.estimation.maximum import uphill
from bayesnn.estimation.optimum import Optimum
from bayesnn.executors import results
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import Array, Executor, FloatArray, Seed
from bayesnn.randomness import seed_sequence


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """Estimates of replicated data sets.

    theta (S, P) : the S that converged; n_failed did not and are left out.
    """

    optimum: Optimum
    kind: str
    theta: FloatArray
    n_failed: int

    @property
    def covariance(self) -> FloatArray:
        """Of θ (P, P)."""
        return np.atleast_2d(np.cov(self.theta, rowvar=False))

    @property
    def standard_errors(self) -> dict[str, Array]:
        """Standard deviation over the replicates, of the natural values by name."""
        return {name: value.std(axis=0, ddof=1) for name, value in self._values().items()}

    def interval(self, level: float = 0.95) -> dict[str, tuple[Array, Array]]:
        """Percentile interval of each natural value (Efron & Tibshirani 1993, section 13.3)."""
        if not 0 < level < 1:
            raise SettingError(f"level: expected a number between 0 and 1, got {level}; 0.95, say")
        ends = 0.5 - level / 2, 0.5 + level / 2
        return {
            name: (np.quantile(value, ends[0], axis=0), np.quantile(value, ends[1], axis=0))
            for name, value in self._values().items()
        }

    def _values(self) -> dict[str, Array]:
        return self.optimum.density.posterior.unpack(self.theta)


def bootstrap(
    optimum: Optimum,
    *,
    kind: str = "cases",
    n_replicates: int = 500,
    rng: Seed = 0,
    executor: Executor | None = None,
) -> Bootstrap:
    """The same estimate on replicated data sets, each found uphill of this one.

    Parameters
    ----------
    optimum : from `maximum_likelihood` or `maximum_a_posteriori`, of a model and a table.
    kind : "cases", rows drawn with replacement, right whatever the noise; "parametric", targets drawn anew from the
        fitted model and its likelihood.
    n_replicates : S, at least 2; some hundreds for standard errors, thousands for intervals.
    rng : one seed gives one result, whatever the executor.
    executor : anything with `map`, to run replicates in parallel.

    Raises
    ------
    SettingError : another kind, a posterior without rows, cases of correlated rows, no replicate that converges.

    References
    ----------
    Efron & Tibshirani, An Introduction to the Bootstrap (1993), chapters 6 and 9.

    Examples
    --------
    >>> import bayesnn as bnn, numpy as np
    >>> data = bnn.Dataset(np.zeros(50), np.arange(50.0))
    >>> mean = bnn.LinearModel(bnn.polynomial(degree=0))
    >>> post = bnn.Posterior(mean, bnn.Gaussian(sigma=bnn.HalfNormal(20)), prior={"w": bnn.Flat()}, data=data)
    >>> replicated = bnn.bootstrap(bnn.maximum_likelihood(post))
    >>> bool(abs(replicated.standard_errors["w"][0] / np.sqrt(np.var(data.y) / 50) - 1) < 0.1)
    True
    """
    posterior = optimum.density.posterior
    if not isinstance(posterior, Posterior):
        raise SettingError("bootstrap: expected a posterior of a model and a table, got a function; resample by hand")
    if kind not in _REPLICATES or n_replicates < 2:
        raise SettingError(
            f"bootstrap: expected kind 'cases' or 'parametric' and n_replicates >= 2, got {kind!r}, {n_replicates}"
        )
    if kind == "cases" and posterior.rows.root is not None:
        raise SettingError("bootstrap: expected independent rows, got a covariance; use kind='parametric'")
    seeds = seed_sequence(rng).spawn(n_replicates)
    run = partial(_replicate, optimum, kind)
    found = list(results(executor, run, seeds))
    kept = [theta for theta in found if theta is not None]
    if len(kept) < 2:
        raise SettingError(f"bootstrap: expected replicates that converge, got {len(kept)} of {n_replicates}")
    if len(kept) < 0.95 * n_replicates:
        warnings.warn(
            f"bootstrap: {n_replicates - len(kept)} of {n_replicates} replicates did not converge and are left out, so "
            "that what is said holds for the others only: is a scale at zero in some?",
            stacklevel=2,
        )
    return Bootstrap(optimum, kind, np.array(kept), n_replicates - len(kept))


def _replicate(optimum: Optimum, kind: str, seed: np.random.SeedSequence) -> FloatArray | None:
    posterior = optimum.density.posterior
    assert isinstance(posterior, Posterior)
    replica = _REPLICATES[kind](posterior, optimum.theta, np.random.default_rng(seed))
    summit = uphill(replace(optimum.density, posterior=replica), optimum.theta)
    return summit.theta if summit is not None and summit.converged else None


def _cases(posterior: Posterior, theta: FloatArray, rng: np.random.Generator) -> Posterior:
    return posterior.take(rng.integers(posterior.rows.n_rows, size=posterior.rows.n_rows))


def _parametric(posterior: Posterior, theta: FloatArray, rng: np.random.Generator) -> Posterior:
    return posterior.with_targets(posterior.draw_targets(theta, rng))


_REPLICATES = {"cases": _cases, "parametric": _parametric}
