"""The TOML file that `bayesnn init` writes."""

import re
from pathlib import Path

from bayesnn.data.tables import column_names
from bayesnn.errors import DataError, FileError

_BUNDLED = """\
dataset = "hz"                # bundled; `bayesnn datasets` lists them. Or a table of your own:
# file = "table.csv"          # beside this file: CSV, TSV, blanks; .npz; .parquet if pyarrow is there
# target = "H"                # the column to predict
# features = ["z"]            # left out: every other column of numbers
# yerr = "sigma"              # the column with the standard deviations of the target, if they are known"""

_OWN = """\
file = "{file}"
target = "{target}"           # the column to predict
features = [{features}]
{yerr}  # the column with the standard deviations of the target, if they are known"""
_ERRORS = re.compile(r"s|e|sd|std|dy|.*(err|sigma|_sd|_std).*", re.IGNORECASE)
"""What columns of standard deviations are called."""

_KNOWN = '# sigma = "HalfNormal(1)"     # left out: yerr or covariance; else a number, or a prior to learn it'
_LEARNED = 'sigma = "HalfNormal(1)"       # the noise level, to be learned; leave it out where yerr is given'

_TEMPLATE = """\
# A run of bayesnn. What is commented out shows the default, or an example.
#   bayesnn fit {name}.toml       point estimates
#   bayesnn sample {name}.toml    the posterior; a second start goes on, or returns what is there
#   bayesnn compare {name}.toml   the evidence of this model and of those under [models]
#   bayesnn predict {name}.toml new.csv
#   bayesnn report {name}.toml    all of it on one page

seed = 0                      # one seed, one result

[data]
{data}
# covariance = "cov.txt"      # instead of yerr: a matrix (N, N), text or .npy
# standardize = true          # the model sees inputs and targets of mean 0 and sd 1; results are in your units

[model]
hidden = [16]                 # hidden units of each layer of a network; [] is linear
# activation = "tanh"
# polynomial = 2              # instead of hidden: all monomials up to this degree

[prior]                       # by block ("W1", "b1", ... of a network, "w" of a polynomial) or pattern
"*" = "Normal(0, 1)"
# "W2" = "Normal(0, 'tau')"   # a scale that is to be learned: the name of another block,
# tau = "HalfNormal(1)"       # with a prior of its own; a number fixes a block, [0, 1] is uniform

[likelihood]
kind = "gaussian"             # student-t, heteroscedastic, bernoulli, categorical, poisson
{sigma}
# jitter = "HalfNormal(1)"    # scatter beside known errors
# df = 4.0                    # of student-t

[inference]
# estimates = ["map"]         # of `fit`: map, mle
# n_starts = 4                # climbs of each
n_draws = 1000                # of `sample`, at most, kept draws of each walker; more of them continue a run
ess = 1000                    # it ends sooner where all that counts has this effective size,
rhat = 1.01                   # and this nested R-hat;
# max_seconds = 600           # or where this is over
# n_warmup = 500              # left out, from the problem, as walkers are
# n_ensembles = 4             # independent, so that they can be compared
# n_walkers = 16
# moves = "auto"

[compare]
# method = "smc"
# criteria = ["bic", "loo"]

# [models.line]               # compared with the model above, with the same priors
# polynomial = 1

[output]
folder = "{name}"              # of the run, beside this file
# level = 0.9                 # of intervals
"""


def write_template(name: Path, *, table: Path | None) -> Path:
    """NAME.toml for a table, or for the bundled data.

    Until it is edited, a column with a name such as sigma or yerr is taken as standard deviations, and the last of the
    others as the target.

    Raises
    ------
    FileError : there is such a file, or no such folder or table; the name is that of a table.
    """
    if name.suffix != ".toml" and name.is_file():
        raise FileError(
            f"init: expected a name for the run, got the file {name}; bayesnn init {name.stem} --data {name}"
        )
    path = name if name.suffix == ".toml" else name.with_name(f"{name.name}.toml")
    yerr, data = (None, _BUNDLED) if table is None else _data(table, path)
    sigma = _LEARNED if table is not None and yerr is None else _KNOWN
    text = _TEMPLATE.format(name=path.stem, data=data, sigma=sigma)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise FileError(
            f"{path}: expected a new name, got a file that is there; choose another, or remove it"
        ) from None
    except OSError as error:
        raise FileError(f"{path}: expected a place to write, got {error}") from None
    return path


def _data(table: Path, path: Path) -> tuple[str | None, str]:
    """The column of standard deviations, if there is one beside an input and a target, and the section."""
    columns = column_names(table)
    errors = [name for name in columns if _ERRORS.fullmatch(name)]
    yerr = errors[-1] if errors and len(columns) > 2 else None
    *features, target = (name for name in columns if name != yerr)
    if not features:
        raise DataError(f"table {table}: expected two columns or more, got {target!r} alone; check the separator")
    inside = table.resolve().is_relative_to(path.parent.resolve())
    file = table.resolve().relative_to(path.parent.resolve()) if inside else table.resolve()
    known = '# yerr = "sigma"' if yerr is None else f'yerr = "{yerr}"'
    listed = ", ".join(f'"{name}"' for name in features)
    return yerr, _OWN.format(file=file.as_posix(), target=target, features=listed, yerr=f"{known:<28}")
