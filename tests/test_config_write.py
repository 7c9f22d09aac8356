"""Settings that were written are read as they were."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from config.write import written

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_PLAIN = _TEXT | st.integers(-(2**62), 2**62) | st.booleans() | st.lists(_TEXT, max_size=3)
_NAME = st.from_regex(r"[a-z_]{1,8}", fullmatch=True)
_TABLE = st.dictionaries(_NAME, _PLAIN | st.dictionaries(_TEXT, _TEXT, max_size=3), max_size=4)


@given(st.dictionaries(_NAME, _TABLE | st.lists(_TABLE, min_size=1, max_size=3), max_size=3))
def test_whatever_is_written_tomllib_reads_back(settings: dict[str, Any]) -> None:
    assert tomllib.loads(written(settings)) == settings


def test_a_path_is_a_text_and_none_is_left_out() -> None:
    assert written({"a": {"b": Path("/c"), "d": None}}) == '[a]\nb = "/c"\n'
