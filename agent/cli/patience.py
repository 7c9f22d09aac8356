"""Says on a terminal that something takes a while, and leaves no trace of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def patience(what: str) -> Iterator[None]:
    """Show a sentence on stderr while the block runs; nothing where nobody watches."""
    if not sys.stderr.isatty():
        yield
        return
    sentence = f"{what} … "
    sys.stderr.write(sentence)
    sys.stderr.flush()
    try:
        yield
    finally:
        sys.stderr.write(f"\r{' ' * len(sentence)}\r")
        sys.stderr.flush()


def shares(tell: Callable[[int], object], count: int) -> list[Callable[[int], None]]:
    """Return what several that count beside each other tell, so that their sum is told."""
    read = [0] * count

    def share(place: int) -> Callable[[int], None]:
        def told(number: int) -> None:
            read[place] = number
            tell(sum(read))

        return told

    return [share(place) for place in range(count)]


@contextmanager
def counting(what: str, after_s: float = 1.0) -> Iterator[Callable[[int], None]]:
    """Yield what is told how far the block is, and shows it on stderr once that takes a while."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    began_s = time.monotonic()
    longest = 0

    def tell(number: int) -> None:
        nonlocal longest
        if time.monotonic() - began_s >= after_s:
            sentence = f"{what} … {number}"
            longest = max(longest, len(sentence))
            sys.stderr.write(f"\r{sentence}")
            sys.stderr.flush()

    try:
        yield tell
    finally:
        if longest:
            sys.stderr.write(f"\r{' ' * longest}\r")
            sys.stderr.flush()
