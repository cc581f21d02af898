"""Things that cost time, done no more often than a small part of the run's time allows."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Budget:
    """Is something due that may take `share` of all time, and is wanted every so many seconds at most?"""

    def __init__(self, *, share: float, every: float) -> None:
        self.share = share
        self.every = every
        self._next = time.monotonic() + every

    @property
    def is_due(self) -> bool:
        """Has it been long enough since the last time, by what that took?"""
        return time.monotonic() >= self._next

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Time the thing itself."""
        began = time.monotonic()
        try:
            yield
        finally:
            ended = time.monotonic()
            self._next = ended + max(self.every, (ended - began) / self.share)
