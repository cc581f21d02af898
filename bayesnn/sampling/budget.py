"""Things that cost time, done no more often than a small part of the run's time allows."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Budget:
    """Is something due that may take `share` of all time, and is wanted every so many seconds at most?"""

    def __init__(self, *, share: float, every: float) -> None:
        self.share = share
        self.every = every
        self._ended, self._took = time.monotonic(), 0.0

    def is_due(self, at_least: float = 0.0) -> bool:
        """Has it been long enough since the last time, if it takes as long again, or so many seconds at least?"""
        return time.monotonic() - self._ended >= max(self.every, max(self._took, at_least) / self.share)

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Time the thing itself."""
        began = time.monotonic()
        try:
            yield
        finally:
            self._ended = time.monotonic()
            self._took = self._ended - began
