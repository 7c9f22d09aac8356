"""Says on a terminal that something takes a while, and leaves no trace of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
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
