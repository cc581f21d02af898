"""The exceptions of bayesnn: one class for each thing a caller might catch.

::

    BayesnnError                  anything below
    ├── DataError                 a table, column, row, shape or error bar that cannot be used   (also ValueError)
    ├── ModelError                widths, units or a function that does not fit the data         (also ValueError)
    ├── PriorError                a block without a prior, a prior without a block, bad scales   (also ValueError)
    ├── StartError                a start of the wrong shape or outside the support              (also ValueError)
    ├── SettingError              an option, optimizer, move or method that does not exist or fit (also ValueError)
    ├── EvidenceError             an evidence that is not defined, or not by this method         (also ValueError)
    ├── ConfigError               a run file with a key that is unknown, missing or wrong         (also ValueError)
    └── FileError                 a file that is missing, truncated or not ours                  (also OSError)

    ConvergenceWarning            draws or an estimate that have not converged                   (a UserWarning)

Every message says the thing, what was expected, what was got, and a way out.
"""


class BayesnnError(Exception):
    """Anything that bayesnn refuses to do."""


class DataError(BayesnnError, ValueError):
    """A table, column, row, shape or error bar that cannot be used."""


class ModelError(BayesnnError, ValueError):
    """Widths, units or a function that does not fit the data."""


class PriorError(BayesnnError, ValueError):
    """A block without a prior, a prior without a block, or a prior that excludes the data."""


class StartError(BayesnnError, ValueError):
    """A start of the wrong shape or outside the support."""


class SettingError(BayesnnError, ValueError):
    """An option, optimizer, move or method that does not exist or does not fit."""


class EvidenceError(BayesnnError, ValueError):
    """An evidence that is not defined, or not by this method."""


class ConfigError(BayesnnError, ValueError):
    """A run file with a key that is unknown, missing or wrong; the message says its line."""


class FileError(BayesnnError, OSError):
    """A file that is missing, truncated or not ours."""


class ConvergenceWarning(UserWarning):
    """Draws or an estimate that have not converged: what follows from them is not to be relied on."""
