"""Three posteriors of small networks, for us and, as plain JAX functions of the same θ or PyMC models, for peers."""

from dataclasses import dataclass

import numpy as np
from sklearn.datasets import load_diabetes

import bayesnn as bnn


@dataclass(frozen=True, eq=False)
class Network:
    """tanh, one hidden layer, N(0, 1) weights; errors of y known (N,), or one noise level, HalfNormal(1)."""

    widths: tuple[int, ...]
    data: bnn.Dataset

    def posterior(self) -> bnn.Posterior:
        """As a user of this package writes it."""
        known = self.data.yerr is not None
        noise = bnn.Gaussian() if known else bnn.Gaussian(sigma=bnn.HalfNormal(1))
        return bnn.Posterior(bnn.MLP(self.widths), noise, prior={"*": bnn.Normal(0, 1)}, data=self.data)

    def in_jax(self):
        """ln p(y, θ) of one θ (P,), up to a constant, in float64."""
        import jax
        import jax.numpy as jnp

        jax.config.update("jax_enable_x64", True)
        X, y = jnp.asarray(self.data.X), jnp.asarray(self.data.y).reshape(-1)
        yerr = None if self.data.yerr is None else jnp.asarray(self.data.yerr).reshape(-1)
        n_inputs, n_hidden, _ = self.widths
        ends = np.cumsum([n_inputs * n_hidden, n_hidden, n_hidden, 1])

        def log_density(theta):
            W1, b1, W2, b2, noise = jnp.split(theta, ends)
            f = jnp.tanh(X @ W1.reshape(n_inputs, n_hidden) + b1) @ W2 + b2
            weights = -0.5 * jnp.sum(theta[: ends[-1]] ** 2)
            if yerr is not None:
                return weights - 0.5 * jnp.sum(((y - f) / yerr) ** 2)
            sigma = jnp.exp(noise[0])
            rows = -0.5 * jnp.sum(((y - f) / sigma) ** 2) - len(y) * noise[0]
            return weights + rows - 0.5 * sigma**2 + noise[0]

        return log_density

    def in_pymc(self):
        """The model of the same θ, whose blocks are named W1, b1, W2, b2 and, where it is to be learned, sigma."""
        import pymc as pm

        X, y = self.data.X, np.asarray(self.data.y).reshape(-1)
        n_inputs, n_hidden, _ = self.widths
        with pm.Model() as model:
            W1, b1 = pm.Normal("W1", shape=(n_inputs, n_hidden)), pm.Normal("b1", shape=n_hidden)
            W2, b2 = pm.Normal("W2", shape=n_hidden), pm.Normal("b2")
            sigma = pm.HalfNormal("sigma") if self.data.yerr is None else self.data.yerr.reshape(-1)
            pm.Normal("y", pm.math.tanh(X @ W1 + b1) @ W2 + b2, sigma, observed=y)
        return model


def sine_with_a_gap() -> Network:
    """40 points of sin 3x in two clusters, noise 0.1, to be learned; P = 50."""
    rng = np.random.default_rng(0)
    x = np.concatenate([rng.uniform(-1.5, -0.5, 20), rng.uniform(0.5, 1.5, 20)])
    return Network((1, 16, 1), bnn.Dataset(x, np.sin(3 * x) + 0.1 * rng.standard_normal(40)))


def diabetes() -> Network:
    """442 patients, ten inputs, standardized; P = 122."""
    X, y = load_diabetes(return_X_y=True)
    return Network((10, 10, 1), bnn.Dataset(X, y).standardize())


def hubble() -> Network:
    """31 Hubble rates with their errors; P = 49."""
    return Network((1, 16, 1), bnn.load_dataset("hz").standardize())


NETWORKS = {"sin-gap": sine_with_a_gap, "diabetes": diabetes, "hubble": hubble}
