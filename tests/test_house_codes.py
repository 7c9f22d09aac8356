"""Every code beside a problem is explained, and nothing is explained that no longer exists."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from agent.cli.main import app
from agent.codes import book, care, clinic, meters, store, tools, visit, way
from tests.house import sources, tree_of
from vitals.errors import HubError

_CODE = re.compile(r"[A-Z]{2,8}-\d{2}")
GROUPS = (care, clinic, meters, store, tools, visit, way)


def raised(tree: ast.AST) -> Iterator[str]:
    """Yield every code that a module writes down."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from [node.value] if _CODE.fullmatch(node.value) else []


def _everywhere() -> set[str]:
    paths = [path for path in sources() if not path.is_relative_to("agent/codes")]
    paths.append(next(path for path in sources() if path == PurePath("agent/codes/book.py")))
    return {code for path in paths for code in raised(tree_of(path))}


def test_every_code_in_the_source_is_explained() -> None:
    assert sorted(_everywhere() - set(book.BOOK)) == []


def test_nothing_is_explained_that_no_source_raises() -> None:
    assert sorted(set(book.BOOK) - _everywhere()) == []


def test_no_code_is_explained_twice() -> None:
    assert sum(len(group.CODES) for group in GROUPS) == len(book.BOOK)


@pytest.mark.parametrize("code", book.BOOK)
def test_an_explanation_is_whole_sentences(code: str) -> None:
    for words in book.BOOK[code]:
        assert words.endswith(".")
        assert words[0].isupper() or words[0] == "`"


@pytest.mark.parametrize("typed", ["BLE-01", "ble-01", "(BLE-01)", "ble01", " BLE-01 "])
def test_a_code_is_found_as_people_type_it(typed: str) -> None:
    assert "Bluetooth" in book.explain(typed).means


def test_the_status_of_a_server_that_refused_is_explained() -> None:
    assert "set aside" in book.explain("FHIR-422").means
    assert book.explain("fhir-unclear") == book.explain("FHIR-400")


@given(st.text(max_size=40))
def test_whatever_is_typed_is_explained_or_refused_with_what_there_is(typed: str) -> None:
    try:
        meaning = book.explain(typed)
    except HubError as error:
        refused = error
    else:
        assert meaning in [*book.BOOK.values(), book.explain("FHIR-422")]
        return
    assert refused.code == "CODE-01"
    assert "There are: " in refused.fix


def test_an_unknown_number_gets_its_family() -> None:
    with pytest.raises(HubError) as told:
        book.explain("KEY-99")
    assert "KEY-01, KEY-02, KEY-03" in told.value.fix


def test_the_command_tells_what_it_means_and_what_to_do() -> None:
    lines = CliRunner().invoke(app, ["explain", "key-03"]).stdout.splitlines()

    assert lines[0].startswith("Others on this machine can read the hub's key")
    assert lines[1].startswith("Do this: Run the chmod")


def test_the_command_lists_them_all_for_people_and_programs() -> None:
    listed = CliRunner().invoke(app, ["explain"]).stdout
    rows = json.loads(CliRunner().invoke(app, ["explain", "--json"]).stdout)

    assert {row["code"] for row in rows} == set(book.BOOK)
    assert all(code in listed for code in book.BOOK)
