"""The rows that a likelihood scores."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import DTypeLike

from bayesnn.protocols import Array, FloatArray
from bayesnn.threads import one_library_thread


@dataclass(frozen=True, eq=False)
class DataRows:
    """Inputs X (N, D), targets y (N, K), their errors (N, K) or the Cholesky factor (N, N) of their covariance."""

    X: FloatArray
    y: FloatArray
    yerr: FloatArray | None = None
    root: FloatArray | None = None

    @property
    def n_rows(self) -> int:
        """N."""
        return len(self.y)

    def take(self, rows: slice | Array) -> Self:
        """Those rows, with the covariance that they have among themselves."""
        if isinstance(rows, slice) and rows == slice(0, self.n_rows):
            return self
        yerr = None if self.yerr is None else self.yerr[rows]
        return type(self)(self.X[rows], self.y[rows], yerr, self._root_of(rows))

    def astype(self, dtype: DTypeLike) -> Self:
        """The same rows with numbers of another precision."""
        if self.X.dtype == self.y.dtype == dtype:
            return self
        yerr = None if self.yerr is None else self.yerr.astype(dtype)
        root = None if self.root is None else self.root.astype(dtype)
        return type(self)(self.X.astype(dtype), self.y.astype(dtype), yerr, root)

    def _root_of(self, rows: slice | Array) -> FloatArray | None:
        if self.root is None or (isinstance(rows, slice) and len(self.y[rows]) == len(self.y)):
            return self.root
        return cholesky((self.root @ self.root.T)[rows][:, rows])


@one_library_thread()
def cholesky(cov: FloatArray | None) -> FloatArray | None:
    """The lower factor L of a covariance L Lᵀ, if there is one, by one thread: its last bits depend on how many."""
    return None if cov is None else np.asarray(np.linalg.cholesky(cov), dtype=np.float64)
