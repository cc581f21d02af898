"""The samplers of bench_ess: draws (E, W, S, P) of a network's posterior by ours and by peers."""

import os
from collections.abc import Callable
from functools import partial

import numpy as np

from benchmarks.networks import Network

OURS, WHOLE = "mams", "mams, all weights"
UNADJUSTED = "blackjax mclmc"
SIZES = {"n_walkers": 128, "n_warmup": 100, "n_draws": 300}
"""Of each of our four ensembles, whatever the problem."""
LENGTHS = {
    "sin-gap": ((1000, 1000), (1000, 500)),
    "diabetes": ((1000, 1500), (1000, 500)),
    "hubble": ((1000, 4000), (1000, 2000)),
}
"""Warm-up and draws of four chains of NUTS; and of ChEES."""
LONG = (1000, 3000)
"""Three draws for a step of warm-up, as ours have."""
N_CHEES = {"sin-gap": 64, "diabetes": 16, "hubble": 64}
"""Chains; 64 on diabetes do not end within 90 s."""


def ours(network: Network, problem: str, moves: str = "auto") -> np.ndarray:
    """Four ensembles, which take the cores by themselves."""
    import bayesnn as bnn

    return bnn.sample(network.posterior(), **SIZES, moves=moves, progress=False).theta


def numpyro_nuts(network: Network, problem: str) -> np.ndarray:
    """Four chains at a time."""
    os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=4"
    import jax
    from numpyro.infer import MCMC, NUTS

    log_density = network.in_jax()
    (n_warmup, n_draws), _ = LENGTHS[problem]
    sampler = MCMC(
        NUTS(potential_fn=lambda theta: -log_density(theta)),
        num_warmup=n_warmup,
        num_samples=n_draws,
        num_chains=4,
        chain_method="parallel",
        progress_bar=False,
    )
    sampler.run(jax.random.PRNGKey(0), init_params=starts(network, 4))
    return np.asarray(sampler.get_samples(group_by_chain=True))[:, None]


def nutpie_nuts(network: Network, problem: str, times: int = 1) -> np.ndarray:
    """Four chains, gradients by PyMC and Numba, as its users have it; so many times the draws of NUTS elsewhere."""
    import nutpie

    compiled = nutpie.compile_pymc_model(network.in_pymc(), backend="numba")
    n_warmup, n_draws = LENGTHS[problem][0][0], times * LENGTHS[problem][0][1]
    trace = nutpie.sample(compiled, tune=n_warmup, draws=n_draws, chains=4, cores=2, seed=0, progress_bar=False)
    blocks = [np.asarray(trace.posterior[name]) for name in ("W1", "b1", "W2", "b2")]
    if "sigma" in trace.posterior:
        blocks.append(np.log(np.asarray(trace.posterior["sigma"])))
    return np.concatenate([np.reshape(block, (4, n_draws, -1)) for block in blocks], axis=-1)[:, None]


def blackjax_chees(network: Network, problem: str, length: tuple[int, int] | None = None) -> np.ndarray:
    """Many chains at once, the length of trajectories by the ChEES criterion."""
    import blackjax
    import jax
    import optax

    log_density, (n_warmup, n_draws) = network.in_jax(), length or LENGTHS[problem][1]
    n_chains, keys = N_CHEES[problem], jax.random.split(jax.random.PRNGKey(0), 2)
    warmup = blackjax.chees_adaptation(log_density, num_chains=n_chains)
    (states, parameters), _ = warmup.run(keys[0], starts(network, n_chains), 0.05, optax.adam(0.05), n_warmup)
    kernel = jax.vmap(blackjax.dynamic_hmc(log_density, **parameters).step)

    @jax.jit
    def draws(states, key):
        def step(states, key):
            states, _ = kernel(jax.random.split(key, n_chains), states)
            return states, states.position

        return jax.lax.scan(step, states, jax.random.split(key, n_draws))[1]

    return np.asarray(draws(states, keys[1])).swapaxes(0, 1).reshape(4, n_chains // 4, n_draws, -1)


def blackjax_mclmc(network: Network, problem: str) -> np.ndarray:
    """Four chains without acceptance step: its bias is not seen by ESS."""
    import blackjax
    import jax

    log_density, (n_warmup, n_draws) = network.in_jax(), LENGTHS[problem][1]
    n_steps = 40 * n_draws

    def chain(position, key):
        init, tune, run = jax.random.split(key, 3)
        state = blackjax.mcmc.mclmc.init(position=position, logdensity_fn=log_density, rng_key=init)

        kernel = blackjax.mcmc.mclmc.build_kernel(integrator=blackjax.mcmc.integrators.isokinetic_mclachlan)
        state, tuned, _ = blackjax.mclmc_find_L_and_step_size(
            mclmc_kernel=kernel, logdensity_fn=log_density, num_steps=20 * n_warmup, state=state, rng_key=tune
        )
        algorithm = blackjax.mclmc(
            log_density, L=tuned.L, step_size=tuned.step_size, inverse_mass_matrix=tuned.inverse_mass_matrix
        )
        _, positions = jax.lax.scan(
            lambda state, key: (lambda new: (new, new.position))(algorithm.step(key, state)[0]),
            state,
            jax.random.split(run, n_steps),
        )
        return positions[::40]

    keys = jax.random.split(jax.random.PRNGKey(0), 4)
    return np.asarray(jax.jit(jax.vmap(chain))(starts(network, 4), keys))[:, None]


def starts(network: Network, n: int) -> np.ndarray:
    """Draws of the prior, drawn in a little."""
    return 0.5 * network.posterior().sample_prior(np.random.default_rng(1), n)


METHODS: dict[str, Callable[[Network, str], np.ndarray]] = {
    OURS: ours,
    WHOLE: partial(ours, moves="mams"),
    "numpyro nuts": numpyro_nuts,
    "nutpie": nutpie_nuts,
    "nutpie, long": partial(nutpie_nuts, times=4),
    "blackjax chees": blackjax_chees,
    "blackjax chees, long": partial(blackjax_chees, length=LONG),
    UNADJUSTED: blackjax_mclmc,
}
