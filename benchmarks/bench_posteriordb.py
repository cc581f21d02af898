"""Nine models of posteriordb: sampled means and sds beside the reference draws, and the time for all.

Writes benchmarks/results/posteriordb.md.
"""

import time

import numpy as np

import bayesnn as bnn
from benchmarks.report import REFERENCE, write
from tests.problems.posteriordb import deviations, read


def main() -> None:
    rows, began = [], time.perf_counter()
    for name, model in read(REFERENCE / "posteriordb").items():
        draws = bnn.sample(model.posterior, n_draws=400, rng=0, progress=False)
        z, sd, ours = deviations(model, draws)
        ess = np.nanmin(ours.ess_bulk)
        rows.append(
            f"{name} | {z:.2f} | {100 * sd:.2f} % | {np.nanmax(ours.rhat):.4f} | {ess:.0f} | {draws.seconds:.1f} | "
            f"{draws.n_divergent} | {draws.kernels[0].split(',')[0]}"
        )
    write(
        "posteriordb",
        "posteriordb: nine posteriors against their reference draws",
        notes="Largest |z| of a mean in combined Monte Carlo errors (at most 4 is asked for), largest relative error "
        f"of an sd (3 %); 4 ensembles x 64 walkers; all nine in {time.perf_counter() - began:.0f} s (180 s).",
        columns=["model", "z of means", "sds", "R-hat", "ESS", "s", "divergent", "move"],
        rows=rows,
    )


if __name__ == "__main__":
    main()
