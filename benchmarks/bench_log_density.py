"""Values and gradients of network posteriors, many walkers at once: ours beside JAX, on one machine in one run.

Writes benchmarks/results/log_density.md. Both sides use all cores, JAX with its own threads; runs are interleaved, and
the least of several repetitions counts. The limit is what the arithmetic alone would take at the speed of this machine:
matrix products at their peak, tanh once a unit, on all cores.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import jax
import jax.numpy as jnp
import numpy as np

import bayesnn as bnn
from benchmarks.report import write

SIZES = [(64, 31, 1, 16), (64, 300, 6, 50), (128, 1_000, 8, 50), (64, 10_000, 8, 50)]
REPEATS, SECONDS = 15, 0.15
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


def times(runs: dict[str, Run]) -> dict[str, float]:
    """Seconds of each, the least of interleaved repetitions."""
    found = {name: [] for name in runs}
    for _ in range(REPEATS):
        for name, run in runs.items():
            run()
            began, n = time.perf_counter(), 0
            while time.perf_counter() - began < SECONDS / 5:
                run()
                n += 1
            found[name].append((time.perf_counter() - began) / n)
    return {name: min(values) for name, values in found.items()}
