"""The page's own small parts, tested where they are at home, and that the page travels whole."""

from __future__ import annotations

import json
import re
import subprocess

from hatchling.builders.wheel import WheelBuilder

from agent.visit import invitation, messages
from agent.visit.messages import Said
from agent.visit.text import from_text
from tests.house import ROOT
from tests.servers import npm

PAGE = ROOT / "agent" / "web" / "page"
_LIMIT_S = 120
_VECTORS = ROOT / "tests" / "vectors" / "visit_signed.json"


def test_the_pages_parts_keep_their_word() -> None:
    done = subprocess.run(
        [npm.program("node"), "--test", "--test-reporter=tap", "tests/page/*.test.mjs"],
        cwd=ROOT,
        capture_output=True,
        check=False,
        text=True,
        timeout=_LIMIT_S,
    )

    assert done.returncode == 0, done.stdout
    assert re.search(r"^# pass [1-9]", done.stdout, re.MULTILINE)


def test_python_reads_the_same_link_and_signatures_as_the_page() -> None:
    told = json.loads(_VECTORS.read_text(encoding="utf-8"))
    token, key = invitation.taken_apart(f"https://bridge.example/visit/{told['fragment']}")
    claims = json.loads(from_text(token.partition(".")[0]))

    assert (token, claims["visit"]) == (told["token"], told["visit"])
    assert from_text(claims["page"]) == key.public
    page, hub = (Said(v=1, **told[side]) for side in ("page", "hub"))
    assert messages.from_page(page, key.public).visit == told["visit"]
    assert messages.from_hub(hub, from_text(claims["hub_key"])).visit == told["visit"]


def test_the_wheel_carries_the_whole_page() -> None:
    builder = WheelBuilder(str(ROOT))
    packed = {one.relative_path for one in builder.recurse_included_files()}
    page = {str(one.relative_to(ROOT)) for one in PAGE.rglob("*") if one.is_file()}

    assert "agent/web/page/index.html" in page
    assert page - packed == set()


def test_nothing_in_the_page_comes_from_elsewhere_or_becomes_markup() -> None:
    """No script, style or letter from another server; and text is only ever set as text."""
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacent|document\.write|\beval\(|new Function"
        r"|\bconsole\.|(?:src|href)=\"(?:https?:)?//|@import|url\((?!data:)"
    )
    sources = [one for one in PAGE.rglob("*") if one.suffix in {".js", ".html", ".css"}]
    found = [
        f"{one.name}: {match[0]}"
        for one in sources
        for match in forbidden.finditer(one.read_text(encoding="utf-8"))
    ]

    assert len(sources) > 20
    assert found == []


def test_every_file_of_the_page_can_be_read_at_once() -> None:
    long = {
        one.name: lines
        for one in PAGE.rglob("*")
        if one.suffix in {".js", ".html", ".css"}
        and (lines := len(one.read_text(encoding="utf-8").splitlines())) > 300
    }

    assert long == {}
