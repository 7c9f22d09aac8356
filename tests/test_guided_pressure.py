"""How a guided pressure was taken travels with its numbers: its FHIR form, on two real servers."""

from __future__ import annotations

from dataclasses import replace

from tests.fakes.fhir_cases import BP, Json, as_sent, mapped, pressure
from tests.fakes.fhir_rules import faults
from tests.fakes.upload import Upload, copies
from tests.servers.either import Server
from vitals.reading import Context, Guide


def _codes(concept: Json) -> list[tuple[str, str]]:
    return [(one["system"], one["code"]) for one in concept["coding"]]


def test_how_a_guided_pressure_was_taken_stands_in_components_of_its_own() -> None:
    bare = pressure(BP)
    first = replace(bare.reading, context=Context(guide=Guide(rest_s=300, number=1)))
    panel = as_sent(mapped(replace(bare, reading=first)).observations[0])

    assert [
        (_codes(part["code"]), part["valueInteger"])
        for part in panel["component"]
        if "valueInteger" in part
    ] == [
        ([("urn:hearth:protocol", "rest-before")], 300),
        ([("urn:hearth:protocol", "reading-in-set")], 1),
    ]
    assert faults(panel) == []


def test_a_pressure_nobody_guided_says_nothing_of_rest() -> None:
    panel = as_sent(mapped(pressure(BP)).observations[0])
    assert not [part for part in panel["component"] if "valueInteger" in part]


def test_how_a_guided_pressure_was_taken_amends_it_and_never_holds_anything_up(
    server: Server,
) -> None:
    [bare] = server.pressures(1)
    guided = Context(guide=Guide(rest_s=300, number=2, since_previous_s=75))
    whole = replace(bare, reading=replace(bare.reading, context=guided), amends=True)
    Upload(server.base_url, [bare]).run()
    upload = Upload(server.base_url, [whole])
    upload.run()

    [found] = copies(server.base_url, bare)
    assert (upload.acknowledged, upload.parked) == ([1], {})
    proof = {
        part["code"]["coding"][0]["code"]: part["valueInteger"]
        for part in found["component"]
        if "valueInteger" in part
    }
    told = {"rest-before": 300, "reading-in-set": 2, "since-previous": 75}
    # A server that lets no hub change a resource keeps the reading as it came, and nobody is
    # called for it: the same facts reach it as a message about the patient's task.
    assert proof == (told if server.takes_our_ids else {})
