"""Interrupts that wait until something is done which must not be left half done."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType


@contextmanager
def held() -> Iterator[None]:
    """Ctrl-C, and whatever else a handler of Python's may raise, comes after this; elsewhere than in the main thread
    it never comes.

    Examples
    --------
    >>> import signal
    >>> from bayesnn.sampling.signals import held
    >>> done = False
    >>> try:
    ...     with held():
    ...         signal.raise_signal(signal.SIGINT)
    ...         done = True
    ... except KeyboardInterrupt:
    ...     print(done)
    True
    """
    if current_thread() is not main_thread():
        yield
        return
    found = {int(number): signal.getsignal(number) for number in signal.valid_signals()}
    handlers = {number: handler for number, handler in found.items() if callable(handler)}
    came: list[tuple[int, FrameType | None]] = []
    try:
        for number in handlers:
            signal.signal(number, lambda *what: came.append(what))
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for what in came:
            handlers[what[0]](*what)
