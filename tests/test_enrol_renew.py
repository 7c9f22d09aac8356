"""A hub keeps its certificate fresh while it runs, through a real HTTPS door."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from agent.enrol.join import join_later
from agent.enrol.renew import ALARM, Renewal
from agent.fleet import carried
from agent.fleet.invite import in_file
from agent.status import Status
from config.load import load
from sync import certificates
from sync.fhir.register import Standing
from sync.links.est import EstLink
from tests.fakes.clinics import Desk, joined, place, today
from tests.fakes.doors import Where
from vitals.errors import HearthError, LinkError

Now = Callable[[], datetime]


@dataclass
class Noted:
    """What went into the trail, and how often the hub was told to start anew."""

    events: list[str] = field(default_factory=list)
    starts: int = 0

    def note(self, *, by: str, what: str, seq: int = 0, why: str = "") -> None:
        assert (by, seq) == ("hub", 0)
        self.events.append(f"{what} {why}".strip())

    def start(self) -> None:
        self.starts += 1


def renewal(
    folder: Path, where: Where, noted: Noted, now: Now, status: Status | None = None
) -> Renewal:
    config = load(folder / "hearth.toml")
    assert config.enrol.root_file is not None
    root = config.enrol.root_file.read_bytes()
    return Renewal(
        config,
        dial=lambda shown: EstLink(f"https://{where.host}", root=root, identity=shown),
        now=now,
        status=status or Status(),
        audit=noted,
        first=noted.start,
    )


def identity(folder: Path) -> bytes:
    return (folder / "state" / "clinic" / "identity.pem").read_bytes()


def days(count: float) -> Now:
    return lambda: today() + timedelta(days=count)


def test_nothing_is_done_before_two_thirds_are_over(anne: Desk, tmp_path: Path) -> None:
    with anne.open() as where:
        joined(anne.invite(where.host)[0], tmp_path)
        where.asked.clear()
        before = identity(tmp_path)
        assert renewal(tmp_path, where, Noted(), days(19.9)).once() == ""
        assert (identity(tmp_path), where.asked) == (before, [])


def test_at_two_thirds_it_is_renewed_with_a_new_key_over_mutual_tls(
    anne: Desk, tmp_path: Path
) -> None:
    noted = Noted()
    with anne.open() as where:
        _, entry = told = anne.invite(where.host)
        joined(told[0], tmp_path)
        before = certificates.read_all(identity(tmp_path))[0]
        assert renewal(tmp_path, where, noted, days(20.1)).once() == "renewed"
        after = certificates.read_all(identity(tmp_path))[0]
        assert certificates.key_hash(after) != certificates.key_hash(before)
        assert certificates.name_of(after) == entry.hub
        ssl.create_default_context().load_cert_chain(tmp_path / "state/clinic/identity.pem")
        # And once more, with the one that it was given last.
        assert renewal(tmp_path, where, noted, days(20.1)).once() == "renewed"
    assert noted.events == ["renewed", "renewed"]
    known = anne.line.register.fresh(entry.hub).entry
    assert known is not None
    assert known.keys[1] == certificates.key_hash(after).hex()


def test_answers_that_are_lost_cost_nothing_however_many(anne: Desk, tmp_path: Path) -> None:
    lost: list[str] = []

    def losing(
        method: str, path: str, headers: Mapping[str, str], body: bytes, peer: bytes | None
    ) -> tuple[int, bytes, str]:
        answer = anne.answer(method, path, headers, body, peer)
        if path.endswith("simplereenroll") and len(lost) < 3:
            lost.append(path)
            return 0, b"", ""
        return answer

    with anne.open(losing) as where:
        joined(anne.invite(where.host)[0], tmp_path)
        one = renewal(tmp_path, where, Noted(), days(21))
        for _ in range(3):
            with pytest.raises(LinkError):
                one.once()
        assert one.once() == "renewed"


def test_a_hub_that_was_unplugged_past_the_end_comes_back_by_itself(
    anne: Desk, tmp_path: Path
) -> None:
    noted = Noted()
    with anne.open() as where:
        joined(anne.invite(where.host)[0], tmp_path)
        before = certificates.read_all(identity(tmp_path))[0]
        assert renewal(tmp_path, where, noted, days(200)).once() == "renewed"
        after = certificates.read_all(identity(tmp_path))[0]
    assert after.serial_number != before.serial_number
    assert noted.events == ["renewed after its end"]


@pytest.mark.parametrize("after_days", [21, 200])
def test_a_hub_that_was_revoked_gets_none_and_says_so(
    anne: Desk, tmp_path: Path, after_days: int
) -> None:
    status = Status()
    with anne.open() as where:
        invitation, entry = anne.invite(where.host)
        joined(invitation, tmp_path)
        known = anne.line.register.fresh(entry.hub).entry
        assert known is not None
        assert anne.line.register.write(replace(known, state=Standing.REVOKED))
        one = renewal(tmp_path, where, Noted(), days(after_days), status)
        with pytest.raises(HearthError) as refused:
            one.once()
        assert refused.value.code == "BRIDGE-04"
        assert one.look()
        assert "BRIDGE-04" in status.snapshot().alarms[ALARM]


def test_the_key_of_one_hub_renews_no_other(anne: Desk, tmp_path: Path) -> None:
    with anne.open() as where:
        joined(anne.invite(where.host)[0], tmp_path / "one")
        _, other = anne.invite(where.host)
        config = load(tmp_path / "one" / "hearth.toml")
        assert config.enrol.root_file is not None
        line = EstLink(
            f"https://{where.host}",
            root=config.enrol.root_file.read_bytes(),
            identity=config.enrol.identity_file,
        )
        for key in (certificates.new_key(), certificates.read_key(identity(tmp_path / "one"))):
            with pytest.raises(HearthError) as refused:
                line.enrol(certificates.request(key, other.hub), again=True)
            assert refused.value.code == "ENR-15"
        line.close()


def test_a_hub_that_was_set_up_from_a_file_gets_its_first_certificate(
    anne: Desk, tmp_path: Path
) -> None:
    noted = Noted()
    with anne.open() as where:
        invitation, entry = anne.invite(where.host)
        join_later(carried.read(in_file(anne.clinic, invitation, entry)), place(tmp_path), by="bob")
        assert renewal(tmp_path, where, noted, today).once() == "first"
        assert renewal(tmp_path, where, noted, today).once() == ""
    assert (noted.events, noted.starts) == (["enrolled first certificate"], 1)
    folder = tmp_path / "state" / "clinic"
    assert not (folder / "invitation").exists()
    assert not (folder / "key.pem").exists()


def test_a_bridge_that_is_away_is_asked_again_and_is_no_alarm(anne: Desk, tmp_path: Path) -> None:
    status = Status()
    with anne.open() as where:
        joined(anne.invite(where.host)[0], tmp_path)
    assert not renewal(tmp_path, Where("127.0.0.1:9", []), Noted(), days(21), status).look()
    assert status.snapshot().alarms == {}


def test_a_hub_of_no_clinic_has_nothing_to_renew(tmp_path: Path) -> None:
    (tmp_path / "hearth.toml").write_text(
        '[hub]\nid = "h"\n[patient]\nreference = "Patient/1"\n[fhir]\nbase_url = "https://c.example"\n'
    )
    one = Renewal(
        load(tmp_path / "hearth.toml"),
        dial=lambda _: EstLink("https://127.0.0.1:9", root=None),
        now=today,
        status=Status(),
        audit=Noted(),
        first=lambda: None,
    )
    assert one.once() == ""
