"""When to try again (RFC 9110, 10.2.3; full-jitter back-off)."""

from __future__ import annotations

import pytest

from sync.retry import pause_s, retry_after_s


def test_a_back_off_doubles_to_five_minutes() -> None:
    assert [pause_s(n, None, 1.0) for n in (1, 2, 3, 8, 9, 10, 99)] == [
        *(1, 2, 4, 128, 256),
        *(300, 300),
    ]
    assert pause_s(5, None, 0.0) == 0


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7),
        ({"retry-after": "99999999"}, 3600),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "Wed, 01 Jan 2020 00:00:30 GMT"}, None),
        (
            {
                "retry-after": "Wed, 01 Jan 2020 00:00:30 GMT",
                "date": "Wed, 01 Jan 2020 00:00:00 GMT",
            },
            30,
        ),
    ],
)
def test_retry_after_in_every_form(headers: dict[str, str], expected: float | None) -> None:
    assert retry_after_s(headers) == expected
