"""Sections of what must be known before a number is believed: the verdict, the diagnostics, how it was made."""

import numpy as np

from bayesnn.diagnostics.convergence import Convergence
from bayesnn.exchange.versions import versions
from bayesnn.plotting.corner import corner
from bayesnn.plotting.rank import rank
from bayesnn.plotting.trace import trace
from bayesnn.posterior.posterior import Posterior
from bayesnn.protocols import Array, FloatArray
from bayesnn.reporting.results import Results
from bayesnn.reporting.section import Section, Table, flattened, number, picture
from bayesnn.sampling.diagnosis import Diagnosis
from bayesnn.sampling.draws import Draws

_N_POINTS = 32
"""Inputs at which the function is diagnosed."""
_N_LISTED = 12
_N_PARAMETERS = 40
_MOST_INPUTS = 3


def verdict(results: Results, diagnosis: Diagnosis | None) -> tuple[bool, str]:
    """May the numbers be believed? And why."""
    if diagnosis is not None:
        return diagnosis.ok, str(diagnosis)
    doubtful = [f"{name}: {best.message}" for name, best in results.estimates.items() if not best.converged]
    if doubtful:
        return False, "NOT CONVERGED: " + "; ".join(doubtful)
    if results.estimates:
        return True, "Converged: point estimates. Nothing was sampled, so that nothing is known of their uncertainty."
    return True, "Nothing was sampled: models compared by their evidence."


def facts(results: Results, diagnosis: Diagnosis | None) -> tuple[tuple[str, str], ...]:
    """The sizes of the run, by name."""
    posterior, draws, found = results.posterior, results.draws, []
    if isinstance(posterior, Posterior):
        found.append(("rows", f"{posterior.rows.n_rows:,}"))
    if posterior is not None:
        found.append(("parameters", f"{posterior.n_params:,}"))
    if draws is not None and diagnosis is not None:
        found.append(("draws", f"{draws.n_ensembles} × {draws.n_walkers} × {draws.n_draws}"))
        found.append(("worst R-hat", number(diagnosis.worst_rhat)))
        found.append(("smallest ESS", number(diagnosis.worst_ess)))
        found.append(("acceptance", f"{diagnosis.acceptance:.0%}"))
        if np.isfinite(diagnosis.bfmi):
            found.append(("energy BFMI", number(diagnosis.bfmi, digits=2)))
        found.append(("divergences", f"{diagnosis.n_divergent:,}"))
        found.append(("time", f"{draws.seconds:.0f} s"))
    return tuple(found)


def chains(draws: Draws | None) -> Section | None:
    """Trace, rank and corner plots."""
    if draws is None:
        return None
    pictures = (
        picture(trace(draws), "Trace: draws over time and histograms, one color an ensemble.", width=8.0,
                caption="One walker of each ensemble, and all of its draws: the ensembles should look alike."),
        picture(rank(draws), "Ranks of draws by ensemble, relative to an even spread.",
                caption="Lines near the dashed one: each ensemble visits the same places, equally often."),
        picture(corner(draws), "Corner plot: histograms and regions that hold half and nine tenths of the draws.",
                caption="Medians with 90 % intervals; regions that hold 50 % and 90 % of the draws."),
    )  # fmt: skip
    return Section("chains", "Draws", pictures=pictures)


def diagnostics(results: Results, diagnosis: Diagnosis | None, at: FloatArray | None) -> Section | None:
    """Mean, spread, Monte Carlo error, effective sample sizes and R-hat of each quantity that counts."""
    if diagnosis is None or results.draws is None:
        return None
    rows = _rows(diagnosis.log_prob, ("log posterior",))
    if diagnosis.function is not None and at is not None:
        fewest = np.sort(np.argsort(diagnosis.function.ess_bulk, kind="stable")[:_N_LISTED])
        rows += _rows(diagnosis.function, _labels(results.draws, at), fewest)
    if diagnosis.norms is not None:
        rows += _rows(diagnosis.norms, diagnosis.norm_names)
    known = np.flatnonzero(diagnosis.identified)
    rows += _rows(diagnosis.parameters, results.draws.names, known[:_N_PARAMETERS])
    left_out = len(known) - _N_PARAMETERS
    table = Table(
        "Convergence",
        ("quantity", "mean", "sd", "error of mean", "ESS bulk", "ESS tail", "R-hat"),
        tuple(rows),
        f"... and {left_out} more parameters" if left_out > 0 else "",
    )
    lead = (
        "Converged means R-hat ≤ 1.01, ESS ≥ 400, and ≥ 5 a walker, and walkers that forget where they were, for all "
        "that counts: the log posterior, the function, norms of layers whose units may be permuted, and parameters "
        "that mean one thing (on the scale on which they are sampled). Of the function f, the inputs with the fewest "
        "effective draws are listed."
    )
    return Section("diagnostics", "Diagnostics", lead, tables=(table,))


def making(results: Results) -> Section:
    """Configuration, versions and seed."""
    tables: list[Table] = []
    if results.draws is not None:
        draws = results.draws
        lines = [("seed", draws.seed), ("warm-up of each walker", f"{draws.n_warmup}")]
        lines += [("kernel" if len(set(draws.kernels)) == 1 else f"kernel {i + 1}", kernel)
                  for i, kernel in enumerate(dict.fromkeys(draws.kernels))]  # fmt: skip
        lines.append(("evaluations", f"{draws.n_evaluations:,}"))
        tables.append(Table("Sampling", ("setting", "value"), tuple(lines)))
    if results.config:
        tables.append(Table("Configuration", ("setting", "value"), tuple(flattened(results.config))))
    tables.append(Table("Versions", ("package", "version"), tuple(versions().items())))
    return Section("making", "How it was made", tables=tuple(tables))


def points(draws: Draws | None) -> FloatArray | None:
    """Inputs of up to 32 rows, in the units of the table, at which the function is diagnosed; None without a model."""
    posterior = None if draws is None else draws.posterior
    if not isinstance(posterior, Posterior):
        return None
    X = np.unique(posterior.data.scaling.restore_inputs(posterior.data.X), axis=0)
    return np.asarray(X[np.unique(np.linspace(0, len(X) - 1, _N_POINTS).round().astype(int))])


def _labels(draws: Draws, at: FloatArray) -> tuple[str, ...]:
    posterior = draws.posterior
    if not isinstance(posterior, Posterior):
        return ()
    n_outputs = posterior.outputs(draws.theta[0, 0, :1], posterior.data.scaling.inputs(at[:1])).shape[-1]
    names = [", ".join(number(value, digits=3) for value in point) for point in at]
    where = [f"f({name})" if at.shape[1] <= _MOST_INPUTS else f"f, point {i + 1}" for i, name in enumerate(names)]
    return tuple(w if n_outputs == 1 else f"{w}, output {k + 1}" for w in where for k in range(n_outputs))


def _rows(found: Convergence, labels: tuple[str, ...], chosen: Array | range | None = None) -> list[tuple[str, ...]]:
    return [
        (
            labels[i],
            number(found.mean[i]),
            number(found.sd[i], digits=3),
            number(found.mcse_mean[i], digits=2),
            number(found.ess_bulk[i], digits=6).split(".")[0],
            number(found.ess_tail[i], digits=6).split(".")[0],
            f"{found.rhat[i]:.3f}" if np.isfinite(found.rhat[i]) else "–",
        )
        for i in (range(len(labels)) if chosen is None else chosen)
    ]
