"""Values and gradients of network posteriors, many walkers at once: ours beside JAX, on one machine in one run.

Writes benchmarks/results/log_density.md. Both sides use all cores, JAX with its own threads; runs are interleaved, and
the least of several repetitions counts. The limit is what the arithmetic alone would take at the speed of this machine:
matrix products at their peak, tanh once a unit, on all cores.
"""

import os
import time
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from threadpoolctl import threadpool_info

import bayesnn as bnn
from bayesnn.executors import spare_cores
from benchmarks.report import write

SIZES = [(64, 31, 1, 16), (64, 300, 6, 50), (128, 1_000, 8, 50), (64, 10_000, 8, 50)]
REPEATS, SECONDS, IN_ALL = 15, 0.03, 45.0
"""At least so many repetitions of so many seconds each, and more until so many have passed: the neighbors of a shared
machine come and go for seconds."""
SIGMA = 0.3
Run = Callable[[], object]


def problem(n_rows: int, n_inputs: int, n_units: int) -> bnn.Posterior:
    """A tanh network on a smooth surface with noise, N(0, 1) priors."""
    rng = np.random.default_rng(n_rows)
    X = rng.standard_normal((n_rows, n_inputs))
    y = np.sin(X.sum(axis=1)) + SIGMA * rng.standard_normal(n_rows)
    net = bnn.MLP((n_inputs, n_units, 1))
    return bnn.Posterior(net, bnn.Gaussian(sigma=SIGMA), prior={"*": bnn.Normal(0, 1)}, data=bnn.Dataset(X, y))


def by_jax(posterior: bnn.Posterior) -> Callable[[np.ndarray], tuple]:
    """The same density, compiled."""
    D, H, _ = posterior.model.widths
    X, y = jnp.asarray(posterior.rows.X), jnp.asarray(posterior.rows.y[:, 0])
    rest = -0.5 * (len(y) * np.log(2 * np.pi * SIGMA**2) + posterior.n_params * np.log(2 * np.pi))

    def log_prob(theta: jax.Array) -> jax.Array:
        W1, b1, W2, b2 = jnp.split(theta, np.cumsum([D * H, H, H]))
        f = jnp.tanh(X @ W1.reshape(D, H) + b1) @ W2 + b2
        return -0.5 * jnp.sum(((y - f) / SIGMA) ** 2) - 0.5 * jnp.sum(theta**2) + rest

    return jax.jit(jax.vmap(jax.value_and_grad(log_prob)))


def times(runs: dict[str, Run], in_all: float = 0.0) -> dict[str, float]:
    """Seconds of each, the least of interleaved repetitions."""
    found, end = {name: [] for name in runs}, time.perf_counter() + in_all
    while len(min(found.values(), key=len)) < REPEATS or time.perf_counter() < end:
        for name, run in runs.items():
            run()
            began, n = time.perf_counter(), 0
            while time.perf_counter() - began < SECONDS:
                run()
                n += 1
            found[name].append((time.perf_counter() - began) / n)
    return {name: min(values) for name, values in found.items()}


def limit(n_inputs: int) -> dict[str, float]:
    """Nanoseconds a walker, row and unit at full speed of all cores: 4 (D + 1) + 4 operations and one tanh."""
    n_operations, limits = 4 * (n_inputs + 1) + 4, {}
    for name, dtype in (("float64", np.float64), ("float32", np.float32)):
        A, x = np.ones((1024, 1024), dtype), np.linspace(-2, 2, 2**14, dtype=dtype)
        out = np.empty_like(x)
        found = times({"gemm": lambda A=A: A @ A, "tanh": lambda x=x, out=out: np.tanh(x, out=out)})
        limits[name] = 1e9 * (n_operations * found["gemm"] / (2 * 1024**3) + found["tanh"] / len(x) / spare_cores())
    return limits


def measured(n_walkers: int, n_rows: int, n_inputs: int, n_units: int) -> tuple[str, dict[str, float]]:
    """A row of the table, and how many times as fast as JAX we are in each precision."""
    posterior = problem(n_rows, n_inputs, n_units)
    rounded, compiled = posterior.astype(np.float32), by_jax(posterior)
    theta = np.random.default_rng(0).standard_normal((n_walkers, posterior.n_params))
    at = jnp.asarray(theta)
    np.testing.assert_allclose(posterior.value_and_grad(theta)[1], compiled(at)[1], rtol=1e-8, atol=1e-7)
    found = times(
        {
            "JAX": lambda: jax.block_until_ready(compiled(at)),
            "float64": lambda: posterior.value_and_grad(theta),
            "mixed": lambda: rounded.value_and_grad(theta),
        },
        IN_ALL,
    )
    ratios = {name: found["JAX"] / found[name] for name in ("float64", "mixed")}
    each = {name: 1e9 * seconds / (n_walkers * n_rows * n_units) for name, seconds in found.items()}
    least = limit(n_inputs)
    cells = [f"{n_walkers}, {n_rows:,}, {n_inputs}, {n_units}"]
    cells += [f"{n_walkers / seconds:,.0f} ({each[name]:.2f})" for name, seconds in found.items()]
    cells += [f"{least['float64']:.2f} / {least['float32']:.2f}", f"{ratios['float64']:.2f}", f"{ratios['mixed']:.2f}"]
    return " | ".join(cells), ratios


def main() -> None:
    jax.config.update("jax_enable_x64", True)
    found = [measured(*sizes) for sizes in SIZES]
    means = {name: float(np.exp(np.mean([np.log(ratios[name]) for _, ratios in found]))) for name in found[0][1]}
    threads = {pool["internal_api"]: pool["num_threads"] for pool in threadpool_info()}
    load = " ".join(f"{x:.1f}" for x in os.getloadavg())
    write(
        "log_density",
        "Values and gradients of tanh networks, beside JAX",
        notes="Evaluations a second (nanoseconds a walker, row and unit), the least time of interleaved repetitions, "
        f"{REPEATS} or as many as take {IN_ALL:.0f} s. JAX: jit(vmap(value_and_grad)) in float64. Mixed, the default "
        "of `sample`: gradients in float32 along trajectories (their ends, in float64 without gradient, are not "
        "counted here). The limit: matrix products at their peak and tanh alone, on all cores, float64 / float32. "
        "Asked for: mixed 3 times JAX in the geometric mean and nowhere below 1.5, float64 1.5 in the mean. "
        f"Geometric means: float64 {means['float64']:.2f}, mixed {means['mixed']:.2f}. "
        f"One thread of ours or {spare_cores()}, whichever is faster; libraries: {threads}. Load of the machine: "
        f"{load}.",
        columns=[
            "walkers, rows, inputs, units",
            "JAX",
            "float64",
            "mixed",
            "limit, ns",
            "float64 / JAX",
            "mixed / JAX",
        ],
        rows=[row for row, _ in found],
        peers="jax threadpoolctl",
    )


if __name__ == "__main__":
    main()
