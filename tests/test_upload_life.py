"""Uploading through what happens over months: a server that was away, and a login that lapsed."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from agent.demo.server import DemoServer, free_port, held
from config.schema import Fhir
from drivers.virtual import frames
from sync.exchange import Request
from sync.links.https import HttpsLink
from tests.fakes.desk import entries, statement, stored
from tests.fakes.fhir_cases import DISPLAY, pressure
from tests.fakes.upload import Upload, copies
from tests.fakes.web import reply, serving


def test_readings_taken_while_the_server_was_away_arrive_once_it_is_back(tmp_path: Path) -> None:
    port = free_port()
    records = [
        pressure(frames.blood_pressure(100 + number, 60, 60, DISPLAY)) for number in range(30)
    ]
    upload = Upload(f"http://127.0.0.1:{port}/fhir", records)
    for _ in range(9):
        upload.step()
    assert upload.raised == {"SYNC-01"}
    with DemoServer(tmp_path, port=port) as server:
        upload.run()
        assert [len(copies(server.base_url, record)) for record in records] == [1] * 30
    assert not upload.raised
    assert not upload.parked


def test_a_server_that_restarts_in_the_middle_has_every_reading_once(tmp_path: Path) -> None:
    port = free_port()
    records = [
        pressure(frames.blood_pressure(100 + number, 60, 60, DISPLAY)) for number in range(60)
    ]
    upload = Upload(f"http://127.0.0.1:{port}/fhir", records)
    with DemoServer(tmp_path, port=port):
        for _ in range(2):
            upload.step()
    for _ in range(9):
        upload.step()
    assert upload.waiting
    assert upload.acknowledged
    with DemoServer(tmp_path, port=port) as server:
        upload.run()
        found = held(server.base_url)
    assert (found.readings, found.duplicates) == (60, 0)


def test_a_token_renewed_on_disk_is_taken_up_without_a_person(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("lapsed", encoding="ascii")

    def say(handler: BaseHTTPRequestHandler) -> None:
        if handler.headers["authorization"] != "Bearer renewed":
            token.write_text("renewed", encoding="ascii")  # as its issuer would
            reply(401)(handler)
        elif handler.command == "GET":
            reply(200, statement().body)(handler)
        else:
            reply(200, stored(sent[-1]).body)(handler)

    with serving(say) as web:
        base_url = f"http://127.0.0.1:{web.port}"
        upload = Upload(base_url, [])
        upload.waiting = {one.seq: one for one in entries(3)}
        upload.link = HttpsLink(Fhir(base_url=base_url, token_file=token))
        sent: list[Request] = upload.requests
        upload.run()
    assert sorted(upload.acknowledged) == [1, 2, 3]
    assert upload.alarms == []
    assert upload.naps == []
    assert [json.loads(one.body)["type"] for one in upload.requests if one.body] == ["transaction"]
