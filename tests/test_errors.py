"""Failures as values: three families, whole wherever they travel."""

from __future__ import annotations

import pickle

from hypothesis import given
from hypothesis import strategies as st

from vitals.errors import DecodeError, HearthError, HubError, LinkError


@given(st.text(), st.text())
def test_an_error_crosses_processes_whole(message: str, code: str) -> None:
    for error in (
        HubError(message, fix="Call the nurse.", code=code),
        LinkError(message, code=code),
        DecodeError(message, at=3, code=code),
    ):
        copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own, a moment old
        assert type(copy) is type(error)
        assert vars(copy) == vars(error)
        assert str(copy) == str(error)


def test_the_three_families_are_told_apart_by_who_must_act() -> None:
    families: tuple[type[HearthError], ...] = (DecodeError, LinkError, HubError)
    for one in families:
        assert [issubclass(one, other) for other in families].count(True) == 1
