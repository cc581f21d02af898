"""Coverage of 90 % intervals by information, profile likelihood and posterior, over simulated data sets.

Writes benchmarks/results/coverage.md. Each data set has a truth drawn from the prior that its posterior uses.
"""

import sys
import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

import bayesnn as bnn
from benchmarks.report import write

LEVEL = 0.9


@dataclass(frozen=True, eq=False)
class Problem:
    """A model with priors, the inputs at which it is measured, and the parameter whose intervals are counted."""

    model: Callable
    likelihood: Callable
    prior: dict
    x: np.ndarray
    name: str

    def posterior(self, y) -> bnn.Posterior:
        return bnn.Posterior(self.model(), self.likelihood(), prior=self.prior, data=bnn.Dataset(self.x, y))


def decay(x, a, b):
    return a * np.exp(-b * x)


def line():
    return bnn.LinearModel(bnn.polynomial(degree=1))


UNKNOWN = bnn.LogNormal(0.5, scale=0.5)
DECAY = {"a": bnn.Normal(2.0, 0.3), "b": bnn.Normal(1.0, 0.2)}
PROBLEMS = {
    "line, unknown noise, 12 points": Problem(
        line,
        lambda: bnn.Gaussian(sigma=UNKNOWN),
        {"w": bnn.Normal(0, 2)},
        np.linspace(-1, 1, 12),
        "w[1]",
    ),
    "logistic, 100 labels": Problem(line, bnn.Bernoulli, {"w": bnn.Normal(0, 1)}, np.linspace(-2, 2, 100), "w[1]"),
    "decay, 20 points": Problem(
        lambda: bnn.FunctionModel(decay), lambda: bnn.Gaussian(sigma=0.1), DECAY, np.linspace(0, 3, 20), "b"
    ),
    "decay, 5 points, much noise": Problem(
        lambda: bnn.FunctionModel(decay), lambda: bnn.Gaussian(sigma=0.6), DECAY, np.linspace(0, 2, 5), "b"
    ),
}


def covers(name: str, seed: int) -> list[float]:
    """Does each of the three intervals of one data set hold the truth? NaN where there is none."""
    problem, rng = PROBLEMS[name], np.random.default_rng([seed, len(name)])
    blank = problem.posterior(np.arange(len(problem.x)) % 2)
    theta = blank.sample_prior(rng, 1)[0]
    post = problem.posterior(blank.draw_targets(theta, rng)[:, 0])
    index = post.names.index(problem.name)
    truth = theta[index]
    best = bnn.maximum_likelihood(post, theta)
    low, high = wald(best, index)
    profile = bnn.profile_likelihood(post, problem.name, level=LEVEL, n_points=0, start=theta)
    draws = bnn.sample(
        post, n_draws=60, n_warmup=150, n_walkers=32, n_ensembles=1, start=theta, rng=seed, progress=False
    )
    ends = np.quantile(draws.theta[..., index], [0.5 - LEVEL / 2, 0.5 + LEVEL / 2])
    inside = [low <= truth <= high, profile.low <= truth <= profile.high, ends[0] <= truth <= ends[1]]
    return [float(value) for value in inside]


def wald(best, index: int) -> tuple[float, float]:
    """Ends of the interval by information, of a parameter that is its own component of θ."""
    name = best.density.posterior.names[index].split("[")[0]
    offset = index - best.density.posterior.parameters.free[name].start
    low, high = bnn.uncertainty(best).interval(LEVEL)[name]
    return np.ravel(low)[offset], np.ravel(high)[offset]


def quiet() -> None:
    warnings.simplefilter("ignore")


def main() -> None:
    n_sets, rows = int(sys.argv[1]) if len(sys.argv) > 1 else 2000, []
    with ProcessPoolExecutor(2, initializer=quiet) as pool:
        for name in PROBLEMS:
            found = np.array(list(pool.map(partial(covers, name), range(n_sets), chunksize=20)))
            rate, error = 100 * found.mean(axis=0), 100 * np.sqrt(LEVEL * (1 - LEVEL) / n_sets)
            rows.append(
                f"{name} | {PROBLEMS[name].name} | {' | '.join(f'{value:.1f}' for value in rate)} | {error:.1f}"
            )
            print(rows[-1], flush=True)
    write(
        "coverage",
        "Coverage of 90 % intervals, in per cent",
        notes=f"{n_sets:,} data sets a row, seeded; truths drawn from the prior of the posterior; 90 ± 2 is asked for "
        "on the first three. The last row shows where an interval of estimate ± error fails.",
        columns=["problem", "parameter", "information", "profile", "posterior", "Monte Carlo error"],
        rows=rows,
    )


if __name__ == "__main__":
    main()
