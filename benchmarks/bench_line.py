"""Maximum likelihood of a straight line through a million rows, beside scipy.linalg.lstsq.

Writes benchmarks/results/line.md.
"""

import time
import tracemalloc
from functools import partial

import numpy as np
from scipy.linalg import lstsq

import bayesnn as bnn
from benchmarks.report import write

N = 10**6


def seconds(call) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def main() -> None:
    rng, rows = np.random.default_rng(0), []
    x = rng.standard_normal(N)
    y = 1 + 2 * x + rng.standard_normal(N)
    design = np.column_stack([np.ones(N), x])
    for what, noise, yerr in (("sigma unknown", bnn.HalfNormal(1), None), ("yerr known", None, 1.0)):
        data = bnn.Dataset(x, y, yerr=yerr)
        line = bnn.LinearModel(bnn.polynomial(degree=1))
        post = bnn.Posterior(line, bnn.Gaussian(sigma=noise), prior={"w": bnn.Flat()}, data=data)
        calls = partial(lstsq, design, y), partial(bnn.maximum_likelihood, post)
        pairs = [[seconds(call) for call in calls] for _ in range(21)]
        peer, ours = np.median(pairs, axis=0)
        tracemalloc.start()
        opt = bnn.maximum_likelihood(post)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        gap = np.abs(opt.values["w"] - lstsq(design, y)[0]).max()
        ratio = np.median([b / a for a, b in pairs])
        memory = f"{peak / 2**20:.1f} beside {16 * N / 2**20:.1f}"
        rows.append(f"{what} | {1000 * peer:.1f} | {1000 * ours:.1f} | {ratio:.2f} | {gap:.0e} | {memory}")
    write(
        "line",
        "A straight line through a million rows",
        notes="Medians of 21 interleaved runs, the design matrix of lstsq made beforehand; a ratio of at most 1.5 is "
        "asked for. Memory: the peak beyond what stood before, beside x and y themselves, in MiB.",
        columns=["noise", "lstsq ms", "ours ms", "ratio", "largest difference", "MiB"],
        rows=rows,
    )


if __name__ == "__main__":
    main()
