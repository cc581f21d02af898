"""Annealed SMC for the robot arm with the output layer integrated in closed form, against width: under fixed priors,
under unknown scales, and at scales that were found."""

import time

import numpy as np

import bayesnn as bnn
from bayesnn.evidence.pilot import pilot
from bayesnn.evidence.smc import Annealing, anneal
from bayesnn.evidence.weights import agreed
from benchmarks.marginal_network import MarginalNetwork

NOISE = 0.05
TRAIN, TEST = bnn.demonstrations.robot_arm(200, rng=1), bnn.demonstrations.robot_arm(200, rng=2)
WIDTHS = (*range(2, 9), 10, 12, 16, 20, 28, 40)
PRIORS = {"N(0, 1)": (1.0, 1.0, 1.0), "N(0, 2²)": (2.0, 2.0, 2.0), "N(0, 1), output N(0, 3²)": (1.0, 1.0, 3.0)}
"""Fixed sd of the weights of hidden units, of their biases, and of the output layer, the same for all widths."""
_STATES, _RUNS, _PIECE = 20, 8, 100


def n_chains(width: int) -> int:
    """Most where networks have just enough units, and a few modes are far above the others."""
    return 40 if 5 <= width <= 7 else 20 if width <= 16 else 10


def by_smc(width: int, *, data: bnn.Dataset, X: np.ndarray, scales: dict[str, float]) -> dict:
    """ln Z of `data`, and the test error of the posterior mean at X in units of the variance of the noise."""
    began = time.process_time()
    network = MarginalNetwork(data, width)
    post = network.posterior(scales)
    first, second = np.random.SeedSequence([0, width]).spawn(2)
    ahead = pilot(post, first, n_chains=n_chains(width), n_states=_STATES, share=0.8)
    run = anneal(Annealing(post, ahead.rungs, second, _RUNS, n_chains(width), _STATES))
    log_z, error = agreed(run.log_z)
    weights = np.exp(run.log_weights - run.log_weights.max()).ravel()
    theta, mean = run.theta.reshape(len(weights), -1), np.zeros_like(TEST.y)
    for rows in np.array_split(np.arange(len(weights)), len(weights) // _PIECE):
        named = post.unpack(theta[rows]) | {name: np.full(len(rows), scale) for name, scale in scales.items()}
        mean += np.tensordot(weights[rows], network.mean(X, **named), axes=1) / weights.sum()
    return {
        "width": width,
        "log_z": log_z,
        "error": error,
        "runs": list(run.log_z),
        "test": float(np.mean((mean - TEST.y) ** 2)) / NOISE**2,
        "correlation": run.correlation,
        "evaluations": ahead.n_evaluations + run.n_evaluations,
        "seconds": time.process_time() - began,
    }


def fixed(width: int, prior: str) -> dict:
    """Inputs brought to mean 0 and sd 1, places as they are; the noise is known."""
    data = TRAIN.standardize(target=False)
    scales = dict(zip(("s_w", "s_b", "s_out"), PRIORS[prior], strict=True)) | {"sigma": NOISE}
    return by_smc(width, data=data, X=data.scaling.inputs(TEST.X), scales=scales) | {"prior": prior}


def unknown(width: int) -> dict:
    """The three scales and σ integrated under log-normal priors."""
    return by_smc(width, data=TRAIN, X=TEST.X, scales={})


def at_scales_found(top: dict) -> dict:
    """Those of the evidence framework."""
    blocks = {"s_w": "W1", "s_b": "b1", "s_out": "W2"}
    scales = {name: top["scales"][block] for name, block in blocks.items()} | {"sigma": top["sigma"]}
    return by_smc(top["width"], data=TRAIN, X=TEST.X, scales=scales) | {"log_evidence": top["log_z"]}
