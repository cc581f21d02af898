"""The numbers of a run as plain dictionaries, ready for JSON."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from bayesnn.data.dataset import Dataset
from bayesnn.estimation.optimum import Optimum
from bayesnn.evidence.comparison import Comparison
from bayesnn.exchange.versions import versions
from bayesnn.sampling.diagnosis import Diagnosis
from bayesnn.sampling.draws import Draws


def summarize(
    *, data: Dataset, optima: Mapping[str, Optimum], draws: Draws, diagnosis: Diagnosis, evidence: Comparison
) -> dict[str, Any]:
    """Data, point estimates, draws, their diagnosis and the evidence table of a run; NaN becomes None.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> data = bnn.Dataset([0.0, 1.0], [0.0, 1.0], yerr=1.0)
    >>> line = bnn.LinearModel(bnn.polynomial(degree=1))
    >>> post = bnn.Posterior(line, bnn.Gaussian(), prior={"w": bnn.Normal(0, 1)}, data=data)
    >>> draws = bnn.sample(post, n_draws=50, n_warmup=50, n_walkers=4, progress=False)
    >>> summary = bnn.summarize(data=data, optima={"MAP": bnn.maximum_a_posteriori(post)}, draws=draws,
    ...     diagnosis=bnn.diagnose(draws), evidence=bnn.compare({"line": post}))
    >>> sorted(summary)
    ['data', 'diagnosis', 'draws', 'estimates', 'evidence', 'versions']
    """
    n_ensembles, n_walkers, n_draws, n_params = draws.theta.shape
    return {
        "data": {"rows": data.n_rows, "inputs": list(data.names), "target": data.target},
        "estimates": {name: _estimate(optimum) for name, optimum in optima.items()},
        "draws": {
            "ensembles": n_ensembles,
            "walkers": n_walkers,
            "draws": n_draws,
            "parameters": n_params,
            "warmup": draws.n_warmup,
            "kernels": list(draws.kernels),
            "evaluations": draws.n_evaluations,
            "seconds": draws.seconds,
            "seed": draws.seed,
            "stopped": draws.stopped,
        },
        "diagnosis": {
            "converged": diagnosis.ok,
            "verdict": diagnosis.verdict,
            "advice": diagnosis.advice,
            "worst_rhat": _number(diagnosis.worst_rhat),
            "worst_ess": _number(diagnosis.worst_ess),
            "acceptance": diagnosis.acceptance,
            "energy_bfmi": _number(diagnosis.bfmi),
            "stuck_walkers": len(diagnosis.stuck),
            "divergent": diagnosis.n_divergent,
            "nan": diagnosis.n_nan,
            "mean_log_posterior": float(diagnosis.log_prob.mean[0]),
        },
        "evidence": {
            name: {
                "log_z": _number(e.log_z),
                "error": _number(e.error),
                "method": e.method,
                "notes": list(e.notes),
                "probability": _number(evidence.probabilities[name]),
            }
            for name, e in evidence.evidences.items()
        },
        "versions": versions(),
    }


def _estimate(optimum: Optimum) -> dict[str, Any]:
    return {
        "method": optimum.method,
        "log_likelihood": optimum.log_likelihood,
        "log_posterior": optimum.log_prob,
        "converged": optimum.converged,
        "message": optimum.message,
    }


def _number(value: float) -> float | None:
    return value if isfinite(value) else None
