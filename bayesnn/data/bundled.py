"""The real data sets that come with bayesnn."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import as_file, files

from bayesnn.data.dataset import Dataset
from bayesnn.data.tables import read_table
from bayesnn.errors import DataError


@dataclass(frozen=True)
class _Bundled:
    about: str
    load: Callable[[], Dataset]


def _hubble() -> Dataset:
    with as_file(files("bayesnn.data") / "hz.csv") as path:
        table = read_table(path, target="H", yerr="sigma", features=["z"])
    return Dataset(table.X, table.y, yerr=table.yerr, names=["redshift z", "H(z) [km/s/Mpc]"])


_BUNDLED = {
    "hz": _Bundled("31 measurements of the Hubble rate from cosmic chronometers, known errors, km/s/Mpc", _hubble),
}


def list_datasets() -> dict[str, str]:
    """Names of the bundled data sets, each with a line about it.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> bnn.list_datasets()["hz"]
    '31 measurements of the Hubble rate from cosmic chronometers, known errors, km/s/Mpc'
    """
    return {name: bundled.about for name, bundled in _BUNDLED.items()}


def load_dataset(name: str) -> Dataset:
    """A bundled data set by name, in the units of its sources.

    Raises
    ------
    DataError : no data set has that name.

    Examples
    --------
    >>> import bayesnn as bnn
    >>> data = bnn.load_dataset("hz")
    >>> data.n_rows, data.target
    (31, 'H(z) [km/s/Mpc]')
    """
    if name not in _BUNDLED:
        raise DataError(f"data set {name!r}: expected one of {', '.join(_BUNDLED)}; list_datasets() tells what each is")
    return _BUNDLED[name].load()
