"""report: one self-contained HTML page."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from bayesnn.errors import FileError, SettingError
from bayesnn.posterior.posterior import Posterior
from bayesnn.reporting import findings, judgments
from bayesnn.reporting.folder import from_folder
from bayesnn.reporting.results import Results
from bayesnn.sampling.diagnosis import diagnose
from bayesnn.sampling.draws import Draws

_MOST_INPUTS = 3


def report(results: Results | Draws | str | Path, path: str | Path, *, title: str = "") -> Path:
    """Write a run as one HTML page that needs nothing else, neither files nor a network; light and dark.

    The verdict comes first; then, as far as the results reach, data and prediction, estimates beside the posterior,
    traces, ranks and a corner plot, diagnostics, prior against posterior, the evidence, calibration, and how all of it
    was made.

    Parameters
    ----------
    results : draws (best with their posterior), `Results` with more, or the folder of a run of the command line.
    path : the file to be written.
    title : of the page; left out, the names of the target and the inputs.

    Returns
    -------
    The path.

    Raises
    ------
    FileError : a folder without draws, or a place where nothing can be written.
    SettingError : anything else in place of results.

    References
    ----------
    Gelman et al., Bayesian workflow, arXiv:2011.01808 (2020).

    Examples
    --------
    >>> import bayesnn as bnn, pathlib, tempfile
    >>> data = bnn.Dataset([0.0, 1.0, 2.0], [0.1, 0.9, 2.1], yerr=0.1, names=["t [s]", "x [m]"])
    >>> line = bnn.LinearModel(bnn.polynomial(degree=1))
    >>> post = bnn.Posterior(line, bnn.Gaussian(), prior={"w": bnn.Normal(0, 1)}, data=data)
    >>> draws = bnn.sample(post, n_draws=100, n_warmup=100, n_walkers=4, progress=False)
    >>> results = bnn.Results(draws=draws, estimates={"MAP": bnn.maximum_a_posteriori(post)})
    >>> page = bnn.report(results, pathlib.Path(tempfile.mkdtemp()) / "report.html")
    >>> "<title>x [m] from t [s]</title>" in page.read_text(encoding="utf-8")
    True
    """
    found = _results(results)
    text = _rendered(found, title or _title(found))
    out = Path(path)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise FileError(f"report {out}: expected a file that can be written, got {error}; choose another") from None
    return out


def _results(given: Results | Draws | str | Path) -> Results:
    if isinstance(given, Results):
        return given
    if isinstance(given, Draws):
        return Results(draws=given)
    if isinstance(given, str | Path):
        return from_folder(given)
    raise SettingError(
        f"report: expected draws, Results or the folder of a run, got {type(given).__name__}; "
        "Results(estimates={'MAP': optimum}), say"
    )


def _rendered(results: Results, title: str) -> str:
    draws, at = results.draws, judgments.points(results.draws)
    diagnosis = None if draws is None else diagnose(draws, at=at)
    ok, verdict = judgments.verdict(results, diagnosis)
    sections = (
        findings.function(results),
        findings.parameters(results),
        judgments.chains(draws),
        judgments.diagnostics(results, diagnosis, at),
        findings.learned(results),
        findings.evidence(results.comparison),
        findings.predictions(results),
        judgments.making(results),
    )
    return _template().render(
        title=title,
        ok=ok,
        verdict=verdict,
        notes=results.notes,
        facts=judgments.facts(results, diagnosis),
        sections=[section for section in sections if section is not None],
    )


def _template() -> Template:
    loader = FileSystemLoader(Path(__file__).parent)
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined).get_template("page.html.j2")


def _title(results: Results) -> str:
    posterior = results.posterior
    if not isinstance(posterior, Posterior):
        return "Bayesian inference"
    data = posterior.data
    inputs = ", ".join(data.names) if data.n_inputs <= _MOST_INPUTS else f"{data.n_inputs} inputs"
    return f"{data.target} from {inputs}"
