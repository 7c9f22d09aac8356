"""What a hub may ask through the bridge, and everything a hostile or broken one may not."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync import bundle
from sync.bridge.gate import ANY, refusal
from sync.bundle import Job
from sync.envelope import Address
from sync.exchange import Purpose, Request
from sync.fhir import encode
from sync.fhir.codes import device_reference
from sync.record import Entry
from tests.fakes.fhir_cases import BP, CUFF_CLOCK, mapped, pressure

Json = dict[str, Any]
HUB = Address(tenant="t", hub="hub-1")
OURS = frozenset({"Patient/pat-1"})
RECORD = pressure(BP, CUFF_CLOCK)
LAID = bundle.layout(
    Job(entries=(Entry(seq=1, record=RECORD),), resources=(mapped(RECORD),)), known={}
)
PUTS = bundle.with_puts(LAID)
CREATES = bundle.with_conditional_creates(LAID)


def ask(method: str, path: str, body: object = None) -> Request:
    octets = b"" if body is None else body if isinstance(body, bytes) else encode_(body)
    return Request(purpose=Purpose.TRANSACTION, method=method, path=path, body=octets)


def encode_(body: object) -> bytes:
    return encode(body) if isinstance(body, dict) else json.dumps(body).encode()


def why(request: Request, patients: frozenset[str] = OURS) -> str | None:
    return refusal(request, HUB, patients)


@pytest.mark.parametrize("made", [PUTS, CREATES], ids=["updates", "conditional creates"])
def test_a_hubs_own_readings_pass(made: Json) -> None:
    assert why(ask("POST", "", made)) is None


@pytest.mark.parametrize(
    "path",
    [
        "metadata",
        f"Observation/{RECORD.id}",
        f"Observation?identifier=urn:hearth:reading%7C{RECORD.id}",
    ],
)
def test_a_hub_may_ask_what_it_needs(path: str) -> None:
    assert why(ask("GET", path)) is None


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", ""),
        ("GET", "Patient/pat-1"),
        ("GET", "Observation"),
        ("GET", "Observation?subject=Patient/pat-2"),
        ("GET", "Observation/../Patient/pat-1"),
        ("GET", f"Observation/{RECORD.id}?_include=Observation:subject"),
        ("GET", "Observation/x/$everything"),
        ("GET", "Observation/1042"),
        ("DELETE", f"Observation/{RECORD.id}"),
        ("PATCH", f"Observation/{RECORD.id}"),
        ("POST", "$graphql"),
        ("POST", "Observation"),
        ("PUT", "Patient/pat-1"),
    ],
)
def test_a_hub_may_ask_nothing_else(method: str, path: str) -> None:
    assert why(ask(method, path, None if method == "GET" else {"resourceType": "Patient"}))


def test_a_single_reading_passes_under_its_own_id_only() -> None:
    panel = mapped(RECORD).observations[0]
    assert why(ask("PUT", f"Observation/{panel['id']}", panel)) is None
    assert why(ask("PUT", "Observation/another", panel))
    assert why(ask("PUT", f"Device/{panel['id']}", panel))


@pytest.mark.parametrize("about", [{"reference": "Patient/pat-2"}, {"reference": ""}, None, []])
def test_what_a_hub_measured_by_itself_is_about_nobody_elses_patient(about: object) -> None:
    forged = {**mapped(RECORD).observations[0], "device": device_reference("hub-1")}
    asked = ask("PUT", f"Observation/{forged['id']}", {**forged, "subject": about})

    assert why(asked) == "a reading of a person this hub was not given to"
    assert why(ask("PUT", f"Observation/{forged['id']}", forged)) is None


@pytest.mark.parametrize("kind", ["Observation", "Device"])
def test_nothing_that_others_keep_on_the_server_is_written_over(kind: str) -> None:
    entry = copy.deepcopy(_entry(PUTS, kind))
    for name in ("1042", "pump-in-room-7", "h" + "0" * 62, "H" + "0" * 63):
        resource = {**entry["resource"], "id": name}
        assert why(ask("PUT", f"{kind}/{name}", resource)) == (
            "an update of something else than it holds"
        )


def test_a_clinic_without_a_list_of_patients_lets_every_patient_pass() -> None:
    assert why(ask("POST", "", PUTS), frozenset({ANY})) is None
    assert why(ask("POST", "", PUTS), frozenset())


def _entry(body: Json, kind: str) -> Json:
    found: Json = next(one for one in body["entry"] if one["resource"]["resourceType"] == kind)
    return found


def _panel(body: Json) -> Json:
    found: Json = next(
        one["resource"]
        for one in body["entry"]
        if "component" in one["resource"]
        and "subject" in one["resource"]
        and one["resource"]["subject"]["reference"].startswith("Patient")
    )
    return found


PLANTED: dict[str, Callable[[Json], object]] = {
    "another person": lambda b: _panel(b).update(subject={"reference": "Patient/pat-2"}),
    "nobody": lambda b: _panel(b).pop("subject"),
    "another hub": lambda b: _panel(b)["extension"][0].update(
        valueReference={"reference": "Device/h0"}
    ),
    "no hub": lambda b: _panel(b).pop("extension"),
    "extensions that are none": lambda b: _panel(b).update(extension=7),
    "a hub beside ours": lambda b: _panel(b)["extension"].append(
        {**_panel(b)["extension"][0], "valueReference": {"reference": "Device/h0"}}
    ),
    "another type": lambda b: _entry(b, "Observation")["resource"].update(resourceType="Patient"),
    "another place": lambda b: _entry(b, "Observation")["request"].update(url="Observation/x"),
    "a delete": lambda b: _entry(b, "Observation")["request"].update(method="DELETE"),
    "a plain create": lambda b: _entry(b, "Observation")["request"].update(
        method="POST", url="Observation"
    ),
    "a wide condition": lambda b: _entry(b, "Observation")["request"].update(
        method="POST", url="Observation", ifNoneExist="status=final"
    ),
    "another person's device": lambda b: _entry(b, "Device")["resource"].update(
        patient={"reference": "Patient/pat-2"}
    ),
    "no request": lambda b: _entry(b, "Device").pop("request"),
    "no resource": lambda b: _entry(b, "Device").pop("resource"),
    "a message": lambda b: b.update(type="message"),
}


@pytest.mark.parametrize("name", list(PLANTED))
def test_one_wrong_entry_stops_the_whole_transaction(name: str) -> None:
    body = copy.deepcopy(PUTS)
    PLANTED[name](body)
    reason = why(ask("POST", "", body))
    assert reason
    assert "pat-" not in reason


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"x"', b"[" * 100_000, b"\xff\xfe"])
def test_what_is_no_resource_is_refused(body: bytes) -> None:
    assert why(ask("POST", "", body))
    assert why(ask("PUT", "Observation/x", body))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=10,
)


@given(part=_JSON, data=st.data())
def test_odd_json_anywhere_is_refused_or_passes_and_never_crashes(
    part: object, data: st.DataObject
) -> None:
    body = copy.deepcopy(data.draw(st.sampled_from([PUTS, CREATES])))
    entry = data.draw(st.sampled_from(body["entry"]))
    place = data.draw(st.sampled_from(["resource", "request", "fullUrl"]))
    if place == "resource" and data.draw(st.booleans()):
        field = data.draw(st.sampled_from([*sorted(entry["resource"]), "id"]))
        entry["resource"][field] = part
    else:
        entry[place] = part
    refusal(ask("POST", "", json.dumps(body, default=float).encode()), HUB, OURS)
