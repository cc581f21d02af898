"""The main job's posterior against the long reference run, seed by seed: errors, effective draws, time.

Writes benchmarks/results/hubble.md. Needs the reference data; see tests/conftest.py for where they lie.
"""

import json
import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

import numpy as np

import bayesnn as bnn

ROOT = Path(__file__).parents[1]
REFERENCE = Path(os.environ.get("BAYESNN_REFERENCE", ROOT.parent / "shared" / "reference"))


def one_seed(seed: int, truth: dict) -> str:
    """A row of the table."""
    data = bnn.load_dataset("hz").standardize()
    post = bnn.Posterior(bnn.MLP((1, 16, 1)), bnn.Gaussian(), prior={"*": bnn.Normal(0, 1)}, data=data)
    draws = bnn.sample(post, rng=seed)
    diagnosis = bnn.diagnose(draws, at=truth["z"])
    f, scaling, lp = diagnosis.function, data.scaling, diagnosis.log_prob
    mean, sd = (f.mean - scaling.y_mean) / scaling.y_scale, f.sd / scaling.y_scale
    z_mean = (mean - truth["mean"]) / np.hypot(f.mcse_mean / scaling.y_scale, truth["mcse_mean"])
    z_sd = (sd - truth["sd"]) / np.hypot(f.mcse_sd / scaling.y_scale, truth["mcse_sd"])
    z_lp = (lp.mean[0] - truth["log_prob_mean"]) / np.hypot(lp.mcse_mean[0], truth["log_prob_mcse"])
    ess = (f.ess_bulk.min(), lp.ess_bulk[0])
    figures = f"{np.abs(z_mean).max():.2f} | {np.abs(z_sd).max():.2f} | {abs(z_lp):.2f} | {diagnosis.worst_rhat:.4f}"
    effort = f"{ess[0]:.0f} | {ess[1]:.0f} | {draws.n_evaluations} | {draws.seconds:.1f} | {draws.n_divergent}"
    return f"| {seed} | {figures} | {effort} |"


def main() -> None:
    truth = json.loads((REFERENCE / "hz31_mlp16_posterior.json").read_text())
    commit = subprocess.check_output(["git", "rev-parse", "--short", "HEAD"], text=True, cwd=ROOT).strip()
    versions = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "emcee", "arviz-stats"))
    head = [
        "# Hubble 1-16-1: the sampled posterior against the reference",
        "",
        f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; {versions}; at {commit}",
        "Largest |z| over 12 redshifts of the mean and sd of f, |z| of the mean log posterior, in combined Monte Carlo",
        "errors (at most 4 is asked for); 4 ensembles x 64 walkers x (150 + 250).",
        "",
        "| seed | mean f | sd f | log posterior | R-hat | ESS f | ESS log posterior | gradients | s | divergent |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    table = "\n".join([*head, *(one_seed(seed, truth) for seed in range(5))]) + "\n"
    print(table)
    (ROOT / "benchmarks" / "results").mkdir(exist_ok=True)
    (ROOT / "benchmarks" / "results" / "hubble.md").write_text(table)


if __name__ == "__main__":
    main()
