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
from scipy.special import xlogy

import bayesnn as bnn
from bayesnn.estimation.refit import natural_component
from benchmarks.report import write

LEVEL = 0.9


@dataclass(frozen=True, eq=False)
class Problem:
    """How to draw a truth from the prior and a data set from it, and the parameter whose intervals are counted."""

    simulate: Callable[[np.random.Generator], tuple]
    name: str


def table(model, likelihood, prior, x, rng) -> tuple:
    """The posterior of targets drawn at x, and the θ that they were drawn with."""
    blank = bnn.Posterior(model(), likelihood(), prior=prior, data=bnn.Dataset(x, np.arange(len(x)) % 2))
    theta = blank.sample_prior(rng, 1)[0]
    data = bnn.Dataset(x, blank.draw_targets(theta, rng)[:, 0])
    return bnn.Posterior(model(), likelihood(), prior=prior, data=data), theta


def coin(n_throws, rng) -> tuple:
    """The same for the number of heads in so many throws."""
    p = rng.uniform()
    heads = rng.binomial(n_throws, p)

    def log_likelihood(p):
        return xlogy(heads, p) + xlogy(n_throws - heads, 1 - p)

    post = bnn.FunctionPosterior(log_likelihood, {"p": (0, 1)}, vectorized=True)
    return post, post.pack({"p": p})


def decay(x, a, b):
    return a * np.exp(-b * x)


def line():
    return bnn.LinearModel(bnn.polynomial(degree=1))


UNKNOWN = bnn.LogNormal(0.5, scale=0.5)
DECAY = {"a": bnn.Normal(2.0, 0.3), "b": bnn.Normal(1.0, 0.2)}


def unknown_noise():
    return bnn.Gaussian(sigma=UNKNOWN)


def known_noise():
    return bnn.Gaussian(sigma=0.1)


def curve():
    return bnn.FunctionModel(decay)


PROBLEMS = {
    "line, unknown noise, 12 points": Problem(
        partial(table, line, unknown_noise, {"w": bnn.Normal(0, 2)}, np.linspace(-1, 1, 12)), "w[1]"
    ),
    "logistic, 100 labels": Problem(
        partial(table, line, bnn.Bernoulli, {"w": bnn.Normal(0, 1)}, np.linspace(-2, 2, 100)), "w[1]"
    ),
    "decay, 20 points": Problem(partial(table, curve, known_noise, DECAY, np.linspace(0, 3, 20)), "b"),
    "coin, 10 throws": Problem(partial(coin, 10), "p"),
}


def covers(name: str, seed: int) -> list[float]:
    """Does each of the three intervals of one data set hold the truth? NaN where there is none."""
    problem = PROBLEMS[name]
    post, theta = problem.simulate(np.random.default_rng([seed, len(name)]))
    index = post.names.index(problem.name)
    truth = natural_component(post, theta, index)
    low, high = wald(bnn.maximum_likelihood(post, theta), index)
    profile = bnn.profile_likelihood(post, problem.name, level=LEVEL, n_points=0, start=theta)
    draws = bnn.sample(
        post, n_draws=60, n_warmup=150, n_walkers=32, n_ensembles=1, start=theta, rng=seed, progress=False
    )
    ends = np.quantile(draws.theta[..., index], [0.5 - LEVEL / 2, 0.5 + LEVEL / 2])
    inside = [low <= truth <= high, profile.low <= truth <= profile.high, ends[0] <= theta[index] <= ends[1]]
    return [float(value) for value in inside]


def wald(best, index: int) -> tuple[float, float]:
    """Ends of estimate ± quantile · standard error."""
    parameters = best.density.posterior.parameters
    name = parameters.names[index].split("[")[0]
    low, high = bnn.uncertainty(best).interval(LEVEL)[name]
    place = index - parameters.free[name].start
    return np.ravel(low)[place], np.ravel(high)[place]


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
