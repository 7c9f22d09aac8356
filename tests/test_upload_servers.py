"""Engine and HTTPS link against two real FHIR servers: every reading there once, and why if not.

What is on a server is counted by asking that server.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from agent.demo.server import DemoServer
from sync.policy import Policy
from sync.record import Measured
from tests.fakes.upload import Upload, copies, get
from tests.servers.either import Server
from tests.servers.medplum import Medplum
from vitals.reading import Context


def once(server: Server, records: list[Measured]) -> None:
    assert [len(copies(server.base_url, record)) for record in records] == [1] * len(records)


def test_every_reading_is_on_the_server_once(server: Server) -> None:
    records = [*server.pressures(23), *(server.meal(n) for n in range(1, 8))]
    upload = Upload(server.base_url, records)
    upload.run()
    assert sorted(upload.acknowledged) == list(range(1, 31))
    once(server, records)


def test_sending_everything_again_changes_nothing(server: Server) -> None:
    records = server.pressures(9)
    for _ in range(2):
        upload = Upload(server.base_url, records)
        upload.run()
        assert len(upload.acknowledged) == 9
    once(server, records)


def test_the_pulse_is_an_observation_of_its_own(server: Server) -> None:
    [record] = server.pressures(1)
    Upload(server.base_url, [record]).run()
    found = get(server.base_url, "Observation?code=http://loinc.org%7C8867-4&_count=1000")
    ours = [
        entry["resource"]
        for entry in found["entry"]
        if entry["resource"]["subject"]["reference"] == server.patient
    ]
    assert [one["valueQuantity"]["value"] for one in ours] == [60]


def test_a_reading_names_its_meter_and_hub_where_the_server_put_them(server: Server) -> None:
    [record] = server.pressures(1)
    Upload(server.base_url, [record]).run()
    [found] = copies(server.base_url, record)
    meter = get(server.base_url, found["device"]["reference"])
    hub = get(server.base_url, found["extension"][0]["valueReference"]["reference"])
    assert {"system": "http://hl7.org/fhir/sid/eui-48/bluetooth", "value": "C1-00-00-00-00-01"} in [
        {key: one[key] for key in ("system", "value")} for one in meter["identifier"]
    ]
    assert hub["serialNumber"] == "hub-1"


def test_a_meal_travels_with_its_glucose(server: Server) -> None:
    record = server.meal(3)
    Upload(server.base_url, [record]).run()
    [found] = copies(server.base_url, record)
    meal = found["component"][1]["valueCodeableConcept"]["coding"][0]
    # MDC_CTXT_GLU_MEAL_POSTPRANDIAL, HL7 PHD IG 2.0.0
    assert (meal["system"], meal["code"]) == ("urn:iso:std:iso:11073:10101", "8417872")


def test_a_context_that_comes_late_amends_the_reading_or_is_kept_with_the_reason(
    server: Server,
) -> None:
    whole = server.meal(4)
    bare = replace(whole, reading=replace(whole.reading, context=Context()))
    Upload(server.base_url, [bare]).run()
    upload = Upload(server.base_url, [replace(whole, amends=True)])
    upload.run()
    [found] = copies(server.base_url, whole)
    if server.takes_our_ids:
        assert upload.acknowledged == [1]
        assert found["status"] == "amended"
        assert len(found["component"]) == 2
    else:
        assert "without its context" in upload.parked[1].reason
        assert found["status"] == "final"


@pytest.mark.parametrize("place", [0, 4, 8])
def test_one_refused_reading_is_set_aside_and_the_others_arrive(server: Server, place: int) -> None:
    records = server.pressures(9)
    records[place] = server.poison(place)
    upload = Upload(server.base_url, records)
    upload.run()
    good = [record for number, record in enumerate(records) if number != place]
    once(server, good)
    assert list(upload.parked) == [place + 1]
    assert upload.parked[place + 1].reason
    assert upload.raised == {"SYNC-05"}


def test_a_server_that_is_missing_is_waited_for(sekmet: DemoServer) -> None:
    upload = Upload("http://127.0.0.1:9/fhir", [])
    upload.waiting = Upload(sekmet.base_url, Server(sekmet.base_url).pressures(1)).waiting
    for _ in range(12):
        upload.step()
    assert upload.raised == {"SYNC-01"}
    assert not upload.acknowledged
    assert upload.naps == sorted(upload.naps)  # a back-off that grows


# What follows needs a server that does wrong on request.


def _outcome(code: str) -> str:
    return json.dumps({"resourceType": "OperationOutcome", "issue": [{"code": code}]})


def _fails(router: Medplum, *faults: dict[str, Any], count: int = 5) -> tuple[Server, Upload]:
    server = Server(router.base_url)
    upload = Upload(router.base_url, server.pressures(count))
    router.fail(*faults)
    upload.run()
    return server, upload


def _all(server: Server, upload: Upload, count: int = 5) -> None:
    assert sorted(upload.acknowledged) == list(range(1, count + 1))
    assert not upload.parked
    once(server, server.pressures(count))
    assert not upload.raised


def test_an_answer_lost_after_the_server_stored_makes_no_second_copy(router: Medplum) -> None:
    _all(*_fails(router, {"on": "transaction", "commit": True, "drop": True, "times": 2}))


def test_without_client_ids_a_lost_answer_makes_no_second_copy_either(router: Medplum) -> None:
    server = Server(router.base_url)
    router.reset(updateCreate=False)
    router.fail({"on": "transaction", "commit": True, "drop": True, "times": 1})
    upload = Upload(router.base_url, server.pressures(5))
    upload.run()
    _all(server, upload)


def test_a_request_lost_on_the_way_is_sent_again(router: Medplum) -> None:
    _all(*_fails(router, {"on": "transaction", "drop": True, "times": 3}))


def test_retry_after_is_honoured_to_the_second(router: Medplum) -> None:
    fault = {"on": "transaction", "status": 503, "headers": {"retry-after": "17"}}
    server, upload = _fails(router, fault)
    _all(server, upload)
    assert upload.naps == [17]


def test_retry_after_as_a_date_is_taken_against_the_servers_own_clock(router: Medplum) -> None:
    headers = {
        "retry-after": "Wed, 01 Jan 2020 00:01:40 GMT",
        "date": "Wed, 01 Jan 2020 00:00:00 GMT",
    }
    _, upload = _fails(router, {"on": "transaction", "status": 429, "headers": headers})
    assert upload.naps == [100]


def test_a_login_page_is_not_mistaken_for_storage(router: Medplum) -> None:
    page = {"status": 200, "headers": {"content-type": "text/html"}, "body": "<html>Log in</html>"}
    server, upload = _fails(router, {"on": "transaction", **page, "times": 2})
    _all(server, upload)
    assert "SYNC-04" in upload.alarms


def test_a_bundle_the_server_finds_too_large_is_halved(router: Medplum) -> None:
    server, upload = _fails(router, {"on": "transaction", "status": 413, "times": 2}, count=8)
    _all(server, upload, 8)


def test_a_conflict_on_one_reading_is_settled_by_looking(router: Medplum) -> None:
    conflict = {"on": "transaction", "status": 409, "commit": True, "body": _outcome("conflict")}
    server, upload = _fails(router, conflict, count=1)
    _all(server, upload, 1)
    assert upload.requests[-1].method == "GET"


def test_a_conflict_without_storage_is_tried_again(router: Medplum) -> None:
    conflict = {"on": "transaction", "status": 412, "body": _outcome("conflict")}
    _all(*_fails(router, conflict, count=1), 1)


def test_a_server_without_transactions_gets_readings_one_by_one(router: Medplum) -> None:
    server = Server(router.base_url)
    router.reset(transactions=False)
    upload = Upload(router.base_url, server.pressures(3))
    upload.run()
    _all(server, upload, 3)


def test_a_server_that_loses_a_device_is_given_it_again(router: Medplum) -> None:
    gone = {"on": "transaction", "status": 404, "body": _outcome("not-found")}
    server = Server(router.base_url)
    upload = Upload(router.base_url, server.pressures(2), Policy(batch=1))
    upload.step()
    upload.step()
    router.fail(gone)
    upload.run()
    _all(server, upload, 2)
    assert b'"Device"' in upload.requests[-1].body


@pytest.mark.parametrize(("status", "alarm"), [(401, "SYNC-02"), (403, "SYNC-03")])
def test_a_refused_login_keeps_the_readings_and_tells_a_person(
    router: Medplum, status: int, alarm: str
) -> None:
    server, upload = _fails(router, {"on": "transaction", "status": status, "times": 4})
    _all(server, upload)
    assert alarm in upload.alarms
    assert 300 in upload.naps


def test_no_request_names_a_patient_or_a_meter_in_its_address(server: Server) -> None:
    upload = Upload(server.base_url, server.pressures(3))
    upload.run()
    for request in upload.requests:
        assert server.patient.partition("/")[2] not in request.path
        assert "C1" not in request.path.upper().replace("%7C", "")
