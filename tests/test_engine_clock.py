"""A wrong clock and a bad certificate are called by their names, not "cannot be reached"."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from config.schema import Fhir
from sync.exchange import Alarm, Answer, ClearAlarm, Effect, Fault
from sync.links.https import HttpsLink
from tests.fakes.certificates import Authority
from tests.fakes.desk import Desk, said, stored
from tests.fakes.web import reply, serving
from tests.test_link_https import ASK

NOON = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
DATE = format_datetime(NOON, usegmt=True)


def codes(effects: list[Effect]) -> list[str]:
    return [one.code for one in effects if isinstance(one, Alarm)]


def over(effects: list[Effect]) -> list[str]:
    return [one.code for one in effects if isinstance(one, ClearAlarm)]


def told(desk: Desk, answer: Answer, hub: datetime) -> list[Effect]:
    return desk.engine.answer(desk.request(), answer, desk.now_s, wall_s=hub.timestamp())


@pytest.mark.parametrize("minutes", [-1440, -6, 6, 1440])
def test_a_login_refused_while_the_clocks_differ_is_laid_to_the_clock(minutes: int) -> None:
    desk = Desk(1)
    hub = NOON + timedelta(minutes=minutes)
    assert codes(told(desk, said(401, date=DATE), hub)) == ["SYNC-08"]
    assert codes(told(desk, said(401, date=DATE), hub)) == ["SYNC-08"]


def test_a_login_refused_while_the_clocks_agree_is_laid_to_the_login() -> None:
    desk = Desk(1)
    told(desk, said(401, date=DATE), NOON + timedelta(seconds=90))
    assert codes(told(desk, said(401, date=DATE), NOON)) == ["SYNC-02"]


def test_a_wrong_clock_is_reported_once_and_keeps_no_reading_back() -> None:
    desk = Desk(1)
    hub = NOON - timedelta(days=1)
    first = told(desk, stored(desk.request()), hub)
    assert codes(first) == []  # the server said no date
    desk = Desk(2, batch=1)
    dated = Answer(status=200, headers={"date": DATE}, body=stored(desk.request()).body)
    assert codes(told(desk, dated, hub)) == ["SYNC-08"]
    desk.waiting = desk.waiting[1:]
    dated = Answer(status=200, headers={"date": DATE}, body=stored(desk.request()).body)
    effects = told(desk, dated, hub)
    assert codes(effects) == []
    assert over(effects) == []  # a good answer does not set a clock right


def test_the_report_ends_when_the_clocks_agree_again() -> None:
    desk = Desk(1)
    told(desk, said(503, date=DATE), NOON - timedelta(hours=1))
    desk.now_s += 60
    assert over(told(desk, said(503, date=DATE), NOON)) == ["SYNC-08"]


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 Nov 2026 12:00:00 GMT"])
def test_a_date_that_is_none_says_nothing_of_the_clock(date: str) -> None:
    desk = Desk(1)
    assert codes(told(desk, said(503, date=date), NOON - timedelta(days=1))) == []


@pytest.mark.parametrize(
    ("fault", "code"), [(Fault.CERTIFICATE, "SYNC-09"), (Fault.CERTIFICATE_TIME, "SYNC-10")]
)
def test_a_certificate_that_is_not_believed_is_told_at_once(fault: Fault, code: str) -> None:
    desk = Desk(1)
    assert codes(desk.tell(Answer(status=None, fault=fault))) == [code]


def _exchange(authority: Authority, believed: Path, days: int = 0) -> Answer:
    certificate, key = authority.sign(f"server{days}", days=days)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate, key)
    with serving(reply(200), tls) as web:
        https = HttpsLink(Fhir(base_url=f"https://127.0.0.1:{web.port}/r4", ca_file=believed))
        answer = https.exchange(ASK)
        https.close()
    return answer


@pytest.mark.parametrize("days", [-30, 30])
def test_a_certificate_outside_its_days_is_told_from_a_network_that_is_away(
    tmp_path: Path, days: int
) -> None:
    authority = Authority(tmp_path)
    assert _exchange(authority, authority.file).status == 200
    assert _exchange(authority, authority.file, days).fault is Fault.CERTIFICATE_TIME


def test_a_strangers_certificate_is_told_from_a_network_that_is_away(tmp_path: Path) -> None:
    ours = Authority(tmp_path, "Ours")
    assert _exchange(Authority(tmp_path, "Theirs"), ours.file).fault is Fault.CERTIFICATE


def test_a_server_that_is_away_is_just_that() -> None:
    https = HttpsLink(Fhir(base_url="https://127.0.0.1:9/r4"))
    assert https.exchange(ASK) == Answer(status=None)
    https.close()
