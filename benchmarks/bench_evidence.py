"""Log evidences against exact values: all methods, honesty over seeds, cost beside dynesty, and networks.

`python -m benchmarks.bench_evidence` makes the runs that are missing under benchmarks/results/evidence and the page
benchmarks/results/evidence.md. `... table` makes the page of the runs that there are; `... networks`, `accuracy`,
`others`, `modes`, `seeds` and `dynesty` only runs. Delete a file to have it made anew. Needs the reference data, see
benchmarks/report.py, and dynesty for "nested".
"""

import sys

import numpy as np

from benchmarks.evidence_runs import (
    CALIBRATED,
    JUDGED,
    LADDERS,
    LARGE,
    METHODS,
    PARTS,
    PEERS,
    SAMPLED,
    SEEDS,
    VISITS,
    reference,
    runs,
)
from benchmarks.report import table, write
from tests.problems.evidences import Problem, own

NAMES = {"hubble": "1-16-1 Hubble", "diabetes": "10-10-1 diabetes"}


def holds(miss: float, error: float) -> bool:
    """Within max(0.05 nats, 3 stated errors)."""
    return abs(miss) <= max(0.05, 3 * error)


def accuracy(problems: dict[str, Problem]) -> tuple[list[str], list[str]]:
    """Rows of all methods on all problems, and what misses its truth."""
    rows, missed = [], []
    for name, problem in problems.items():
        for method in METHODS:
            run = runs(name, method).get("0")
            if run is None or "refused" in run:
                if run is not None and method in SAMPLED:
                    rows.append(f"{name} | {method} | refused: {run['refused']} | | | | | ")
                continue
            miss, error = run["log_z"] - problem.log_z, run["error"]
            verdict = "approximation" if error != error else "holds" if holds(miss, error) else "**misses**"
            missed += [f"{name} by {method}"] if "misses" in verdict else []
            rows.append(
                f"{name} | {method} | {miss:+.4f} | {error:.4f} | {verdict} | {run['evaluations']} | "
                f"{run['likelihood']:.2f} | {run['processor']:.2f}"
            )
    return rows, missed


def calibration(problems: dict[str, Problem]) -> list[str]:
    """Are stated errors honest?"""
    pairs = [(name, method) for method in SEEDS for name in (CALIBRATED if method == "smc" else LADDERS)]
    return [honest(name, method, problems[name].log_z) for name, method in pairs if len(runs(name, method)) > 1]


def honest(name: str, method: str, truth: float) -> str:
    found = list(runs(name, method).values())
    miss = np.array([run["log_z"] - truth for run in found])
    error = np.array([run["error"] for run in found])
    share = np.mean(np.abs(miss) <= 2 * error)
    verdict = "" if method not in ("smc", "bridge") else "met" if 0.8 <= share <= 0.99 else "not met"
    return (
        f"{name} | {method} | {len(found)} | "
        f"{np.log(np.mean(np.exp(miss))):+.4f} ± {miss.std(ddof=1) / miss.size**0.5:.4f} | "
        f"{miss.std(ddof=1):.4f} | {np.sqrt(np.mean(error**2)):.4f} | {np.sqrt(np.mean((miss / error) ** 2)):.2f} | "
        f"{np.mean(np.abs(miss) <= error):.0%} | **{share:.0%}** | "
        f"{np.mean([holds(*pair) for pair in zip(miss, error, strict=True)]):.0%} | "
        f"{'too few seeds' if len(found) < SEEDS[method] else verdict}"
    )


def of_two_modes() -> list[str]:
    """Bridges from draws that count modes rightly and wrongly, by dimension."""
    rows = []
    for n_dimensions in (2, 5, 10, 20):
        found = list(runs(f"modes {n_dimensions}", "bridge").values())
        for kind, visits in enumerate(VISITS[: len(found)]):
            some = found[kind :: len(VISITS)]
            values = [run for run in some if "refused" not in run]
            z = np.array([(run["log_z"] - run["truth"]) / run["error"] for run in values])
            errors = [run["error"] for run in values]
            refused = [sum(word in run.get("refused", "") for run in some) for word in ("R-hat", "particles that find")]
            rows.append(
                f"{n_dimensions} | {visits} | {len(some)} | {refused[0]} | {refused[1]} | {len(values)} | "
                f"{sum('left out' in run['notes'][0] for run in values)} | "
                + (
                    f"{np.sum(np.abs(z) <= 2)} | {np.abs(z).max():.1f} | {np.median(errors):.3f} | {max(errors):.2f}"
                    if values
                    else " | | | "
                )
            )
    return rows


def cost(problems: dict[str, Problem]) -> list[str]:
    """Time to one error, which goes as its square: by stated errors, and by what seeds miss."""
    rows = []
    for name in JUDGED:
        times = {}
        for method in (*PEERS, "smc"):
            found = list(runs(name, method).values())
            if not found:
                continue
            miss = np.sqrt(np.mean([(run["log_z"] - problems[name].log_z) ** 2 for run in found]))
            error = np.sqrt(np.mean([run["error"] ** 2 for run in found]))
            likelihood, processor = (np.mean([run[clock] for run in found]) for clock in ("likelihood", "processor"))
            times[method] = np.array([t * e**2 / 0.1**2 for t in (likelihood, processor) for e in (error, miss)])
            rows.append(
                f"{name} | {f'dynesty, {PEERS[method]} live points' if method in PEERS else method} | {len(found)} | "
                f"{error:.4f} | {miss:.4f} | {np.mean([run['evaluations'] for run in found]):.0f} | {likelihood:.2f} | "
                f"{processor:.2f} | {' | '.join(f'{t:.3g}' for t in times[method])}"
            )
        if "smc" in times and len(times) > 1:
            best = np.min([times[method] for method in PEERS if method in times], axis=0)
            shares = " | ".join(f"**{share:.2g}**" for share in times["smc"] / best)
            rows.append(f"{name} | **SMC / the better of dynesty** | | | | | | | {shares}")
    return rows


def networks() -> list[str]:
    """Three methods on two networks, and how far each two are apart in combined errors."""
    rows = []
    for name in LARGE:
        found = {m: run["0"] for m in ("smc", "thermodynamic", "bridge") if (run := runs(name, m))}
        for method, run in found.items():
            apart = [
                f"{abs(run['log_z'] - other['log_z']) / np.hypot(run['error'], other['error']):.1f} ({rival})"
                for rival, other in found.items()
                if rival != method
            ]
            rows.append(
                f"{NAMES[name]} | {method} | {run['log_z']:.3f} | {run['error']:.3f} | {', '.join(apart)} | "
                f"{run['seconds']:.0f} | {run['load']:.1f}"
            )
        rows.append(f"{NAMES[name]} | **together** | | | | **{sum(run['seconds'] for run in found.values()):.0f}** | ")
    return rows


MORE = """
## Problems of our own

Known answers, kept out of every choice of a default: mixtures of three normals in a box and of two under a normal
prior, products of Student's t in a box, and networks under other priors, by quadrature. One seed; {missed}.

{others}

## Bridges from draws that miscount modes

Two normals at ∓3 in each dimension under a prior N(0, 5²), shares 0.5, 0.8 or 0.95 of the first, widths (1, 1),
(½, ½), (1, 0.4) and (0.4, 1), 12 problems a row. Draws are exact within each mode, and count modes as they should, half
and half, or with each walker in one mode for good, half of the walkers in each. The bridge refuses draws whose R-hat of
ln L is above 1.1, and draws that go higher than all of its particles (a mode 2.5 times narrower in 10 dimensions fills
1e-4 of the other's volume, and no particle has met it); it leaves draws out that have another mean of ln L than its
particles.

{modes}

## Stated errors over seeds

Default settings. Of SMC and of bridges, 80 to 99 % of truths are to be within two stated errors; z is miss / stated.

{calibration}

## Cost beside dynesty

Processor seconds a run, in likelihoods and in all, and those to an error of 0.1 nats, as time goes as 1 / error²: by
the error that is stated, and by the root mean square of what seeds miss the truth by. At most 1/3 is asked for. dynesty
asks one point at a time, SMC many. dynesty moves by random walks (`sample="rwalk"`) within many ellipsoids; of the
settings tried on 1-2-1 (rwalk, slice, rslice; bounds multi, single, balls, none; 200 and 500 live points), these two
are about as fast as any; its own choice up to nine parameters, uniform draws, does not end there in 7 minutes.

{cost}

## Networks

Priors N(0, 1); two processes; the bridge's own sampling counts. They are to agree within 3 combined errors, errors to
be at most 0.2 nats, and the three to take at most 300 s on two cores of their own; where the load is above 2, others
used them too.

{networks}"""


def page() -> None:
    """Of the runs that are kept."""
    problems = reference()
    rows, missed = accuracy(problems)
    more, beyond = accuracy(own() if runs("mixture 2", "smc") else {})  # their truths take a quarter of a minute
    columns = ("problem", "method", "ln Z − truth", "stated error", "", "evaluations", "likelihood s", "s")
    figures = ("scatter", "stated", "rms z", "1 error", "2 errors", "3 or 0.05", "")
    judged = ("within 2 errors", "worst, in errors", "median error", "largest")
    spent = ("likelihood s to stated 0.1", "to true 0.1", "s to stated 0.1", "to true 0.1")
    parts = {
        "others": (columns, more),
        "modes": (
            ("d", "draws count modes", "problems", "R-hat", "not found", "values", "draws left out", *judged),
            of_two_modes(),
        ),
        "calibration": (("problem", "method", "seeds", "ln of mean Z / truth", *figures), calibration(problems)),
        "cost": (
            ("problem", "method", "seeds", "stated", "missed", "evaluations", "likelihood s", "s", *spent),
            cost(problems),
        ),
        "networks": (
            ("network", "method", "ln Z", "error", "apart, in errors", "s", "load of the machine"),
            networks(),
        ),
    }
    tables = {name: "\n".join(table(*part)) for name, part in parts.items()}
    write(
        "evidence",
        "Log evidences against exact values",
        notes="One seed; a miss is more than max(0.05 nats, 3 stated errors): "
        f"{', '.join(missed) or 'none'}. Laplace states no error. Seconds are of the processor; the draws of a bridge "
        "are made before, 100 of each of 64 walkers of `bnn.sample`. Methods without a claim are left out.",
        columns=columns,
        rows=rows,
        peers="dynesty",
        more=MORE.format(
            missed=f"misses: {', '.join(beyond) or 'none'}" if more else "not run on this tree", **tables
        ).splitlines(),
    )


def main() -> None:
    asked = sys.argv[1:] or [*PARTS, "table"]
    for part in asked:
        if part != "table":
            PARTS[part]()
    if "table" in asked:
        page()


if __name__ == "__main__":
    main()
