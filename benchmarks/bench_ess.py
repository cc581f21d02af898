"""Effective samples per second, end to end: emcee with our moves against NumPyro, nutpie and BlackJAX.

Each run is a process of its own, from its start to its last draw: imports, compilation and warm-up count. What counts
is the smaller of the bulk ESS of f at 16 inputs and of the log posterior. Writes benchmarks/results/ess.md.

    python -m benchmarks.bench_ess                 all runs, then the table
    python -m benchmarks.bench_ess mams hubble     one run, kept for the table
    python -m benchmarks.bench_ess table           the table of the runs that are kept
"""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from joblib.externals.loky import get_reusable_executor

from benchmarks.networks import NETWORKS
from benchmarks.report import ROOT, write
from benchmarks.samplers import LONG, METHODS, N_CHEES, OURS, SIZES, UNADJUSTED, WHOLE

RUNS = ROOT / "benchmarks" / "results" / "ess"
N_POINTS = 16


def child(method: str, problem: str, began: float) -> None:
    """One run, its figures on the last line of the output."""
    network = NETWORKS[problem]()
    theta = METHODS[method](network, problem)
    seconds, posterior = time.time() - began, network.posterior()
    get_reusable_executor().shutdown()  # whose time counts when they have ended
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    from bayesnn.diagnostics.convergence import convergence

    rows = np.unique(np.linspace(0, posterior.rows.n_rows - 1, N_POINTS).astype(int))
    f = convergence(posterior.outputs(theta, posterior.rows.X[rows])[..., 0])
    log_prob = convergence(posterior(theta)[..., None])
    figures = {
        "seconds": seconds,
        "processor": sum(usage.ru_utime + usage.ru_stime for usage in used),
        "ess_f": f.ess_bulk.min(),
        "ess_log_prob": log_prob.ess_bulk[0],
        "rhat": max(f.rhat.max(), log_prob.rhat[0]),
        "mean_log_prob": log_prob.mean[0],
        "mcse": log_prob.mcse_mean[0],
    }
    print(json.dumps({name: float(value) for name, value in figures.items()}))


def run(method: str, problem: str) -> dict[str, float]:
    """In a fresh process."""
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    others, began = of_others(), time.time()
    command = [sys.executable, "-m", "benchmarks.bench_ess", method, problem, str(began)]
    output = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout
    figures = json.loads(output.splitlines()[-1])
    figures["others"] = (of_others() - others) / (time.time() - began)
    RUNS.mkdir(parents=True, exist_ok=True)
    path(method, problem).write_text(json.dumps(figures))
    return figures


def of_others() -> float:
    """Seconds of processors so far that went to anybody but our runs, where Linux tells."""
    stat, ours = Path("/proc/stat"), resource.getrusage(resource.RUSAGE_CHILDREN)
    if not stat.exists():
        return 0.0
    busy = sum(map(int, stat.read_text().split()[1:4])) / os.sysconf("SC_CLK_TCK")
    return busy - ours.ru_utime - ours.ru_stime


def path(method: str, problem: str) -> Path:
    """Where the figures of a run are kept."""
    return RUNS / f"{problem} {method}.json"


def rate(figures: dict[str, float], clock: str) -> float:
    """Effective samples a second, of the clock on the wall or of the processor."""
    return min(figures["ess_f"], figures["ess_log_prob"]) / figures[clock]


def table() -> None:
    """Of the runs that are kept."""
    rows: list[str] = []
    ratios: dict[str, list[float]] = {"seconds": [], "processor": []}
    for problem in NETWORKS:
        kept = {m: json.loads(path(m, problem).read_text()) for m in METHODS if path(m, problem).exists()}
        for clock, of_problems in ratios.items():
            peers = [
                rate(figures, clock) for method, figures in kept.items() if method not in (OURS, WHOLE, UNADJUSTED)
            ]
            of_problems.append(rate(kept[OURS], clock) / max(peers))
        for method, r in kept.items():
            note = " (unadjusted)" if method == UNADJUSTED else ""
            note += "" if r["rhat"] <= 1.01 else " (R-hat > 1.01)"
            others = f"{abs(r['others']):.1f}" if "others" in r else "?"
            rates = (f"{rate(r, clock):.1f} | {rate(kept[OURS], clock) / rate(r, clock):.1f}" for clock in ratios)
            rows.append(
                f"{problem} | {method}{note} | {r['seconds']:.1f} | {r['processor']:.1f} | {r['ess_f']:.0f} | "
                f"{r['ess_log_prob']:.0f} | {r['rhat']:.3f} | {r['mean_log_prob']:.2f} ± {r['mcse']:.2f} | "
                f"{' | '.join(rates)} | {others}"
            )
    summary = (
        f"by {clock}: {', '.join(f'{r:.1f}' for r in values)}, geometric mean {np.exp(np.mean(np.log(values))):.1f}"
        for clock, values in ratios.items()
    )
    chains = ", ".join(f"{n} chains on {problem}" for problem, n in N_CHEES.items())
    write(
        "ess",
        "Effective samples per second, end to end",
        notes="Fresh processes; imports, compilation, warm-up and sampling count; the smaller of bulk ESS of f at 16 "
        "inputs and of the log posterior. Ours, on every problem: four ensembles of {n_walkers} walkers, {n_warmup} "
        "steps of warm-up, {n_draws} draws, in two processes by themselves, by the move that `auto` takes: on sin-gap "
        "and hubble the output weights are integrated out along trajectories and drawn anew (`Collapsed`), and peers, "
        "who are given the whole density as a user writes it, do not; on diabetes, where they are 9 % of all "
        "parameters, all weights move. ".format(**SIZES)
        + f"ChEES has {chains}. Ours over the best adjusted peer (5 is asked for, none below 2), {'; '.join(summary)}. "
        "The last column is what others took of the two cores meanwhile: beside more than 0.1 of one, seconds on the "
        "wall say little, and those of the processor are too many, of all samplers. All were run alone, one after "
        "another, on a processor with AVX-512. Of nutpie's seconds 14 are Numba's, which compiles the gradient of its "
        "PyMC model; 'long' has four times the draws. "
        "On a processor without AVX-512, where tanh costs us more than it costs XLA, an earlier tree "
        "(8045896) gave 4.6, 2.2 and 3.8, in the mean 3.4. A quarter of our steps is warm-up, a "
        f"third to two thirds of ChEES's, and a quarter again of its long runs, {LONG[0]} + {LONG[1]}.",
        columns=[
            *("posterior", "sampler", "s", "processor s", "ESS f", "ESS log p", "R-hat", "mean log p"),
            *("min ESS / s", "ours / it", "min ESS / processor s", "ours / it", "others"),
        ],
        rows=rows,
        peers="jax numpyro nutpie blackjax",
    )


def main() -> None:
    if len(sys.argv) == 4:
        child(sys.argv[1], sys.argv[2], float(sys.argv[3]))
        return
    if sys.argv[1:] == ["table"]:
        table()
        return
    if len(sys.argv) == 3:
        print(run(*sys.argv[1:]))
        return
    for problem in NETWORKS:
        for method in METHODS:
            print(problem, method, run(method, problem), flush=True)
    table()


if __name__ == "__main__":
    main()
