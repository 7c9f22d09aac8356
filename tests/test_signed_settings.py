"""Settings by the care team: only signed ones, only for this hub, never older, once."""

from __future__ import annotations

import json
from concurrent.futures import Future
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.applied import FILE_NAME, Applied, with_applied
from config.schema import Config, Fhir, Hub, Patient
from sync import signing
from sync.settings import MAX_OCTETS, opened, sign
from vitals.errors import HubError

KEY, OTHER = signing.Key(bytes(range(32))), signing.Key(bytes(range(1, 33)))
# RFC 8032, 7.1, test 1: the public key of this private one
RFC_PRIVATE = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
RFC_PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
RFC_SIGNATURE = bytes.fromhex(
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
    "d25bf5f0595bbe24655141438e7a100b"
)
TEXT = (
    '[hub]\nid = "hub-1"\ntenant = "t"\n[patient]\nreference = "Patient/1"\n'
    '[fhir]\nbase_url = "https://elsewhere.example/r4"\n[camera]\nenabled = true\n'
)


def signed(version: int = 1, text: str = TEXT, hub: str = "hub-1", key: signing.Key = KEY) -> str:
    return sign(tenant="t", hub=hub, version=version, text=text, key=key)


def code(text: str, newest: int = 0) -> str:
    with pytest.raises(HubError) as refused:
        opened(text, tenant="t", hub="hub-1", signers=[KEY.public.hex()], newest=newest)
    return refused.value.code


def test_a_signature_is_as_the_standard_has_it() -> None:
    key = signing.Key(RFC_PRIVATE)
    assert key.public == RFC_PUBLIC
    assert key.sign(b"") == RFC_SIGNATURE
    assert signing.is_signed(RFC_PUBLIC, b"", RFC_SIGNATURE)
    assert not signing.is_signed(RFC_PUBLIC, b"x", RFC_SIGNATURE)
    assert not signing.is_signed(b"short", b"", RFC_SIGNATURE)


def test_signed_settings_open_for_their_hub() -> None:
    found = opened(signed(), tenant="t", hub="hub-1", signers=[KEY.public.hex()], newest=0)
    assert (found.version, found.text) == (1, TEXT)


def test_who_may_not_sign_is_refused() -> None:
    assert code(signed(key=OTHER)) == "SET-03"


def test_settings_are_refused_for_their_size_alone_however_well_they_are_signed() -> None:
    room = MAX_OCTETS - len(signed())
    whole = signed(text=TEXT + "#" * room)
    assert len(whole) == MAX_OCTETS
    opened(whole, tenant="t", hub="hub-1", signers=[KEY.public.hex()], newest=0)
    assert code(signed(text=TEXT + "#" * (room + 1))) == "SET-01"


def test_another_hubs_settings_are_refused() -> None:
    assert code(signed(hub="hub-2")) == "SET-02"


@pytest.mark.parametrize("newest", [3, 4, 1000])
def test_settings_never_go_back(newest: int) -> None:
    assert code(signed(version=3), newest) == "SET-04"


@pytest.mark.parametrize("name", ["tenant", "hub", "version", "settings"])
def test_a_change_to_any_part_breaks_the_signature(name: str) -> None:
    found = json.loads(signed())
    found[name] = found[name] + 1 if name == "version" else found[name] + "x"
    assert code(json.dumps(found)) == "SET-03"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "x" * (MAX_OCTETS + 1),
        json.dumps({**json.loads(signed()), "version": True}),
        json.dumps({**json.loads(signed()), "v": 2}),
        json.dumps({**json.loads(signed()), "settings": 1}),
        "[" * 100_000,
    ],
)
def test_what_is_no_signed_settings_is_refused(text: str) -> None:
    assert code(text) == "SET-01"


@given(st.text(max_size=200))
def test_no_text_breaks_the_hub(text: str) -> None:
    assert code(text) == "SET-01"


class Memory:
    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}

    def recall(self, name: str) -> bytes | None:
        return self.kept.get(name)

    def remember(self, name: str, data: bytes) -> Future[None]:
        self.kept[name] = data
        done: Future[None] = Future()
        done.set_result(None)
        return done


class Hubs:
    """A hub that may be given settings."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "hearth.toml"
        self.state = folder / "state"
        self.state.mkdir()
        self.file.write_text(
            f'[hub]\nid = "hub-1"\ntenant = "t"\nstate_dir = "{self.state}"\n'
            f'signers = ["{KEY.public.hex()}"]\n[patient]\nreference = "Patient/1"\n'
            '[fhir]\nbase_url = "https://clinic.example/r4"\n'
        )
        config = Config(
            hub=Hub(id="hub-1", tenant="t", state_dir=self.state, signers=(KEY.public.hex(),)),
            patient=Patient(reference="Patient/1"),
            fhir=Fhir(base_url="https://clinic.example/r4"),
        )
        self.restarts = 0
        self.memory = Memory()
        self.applied = Applied(config, self.memory, self.restart)

    def restart(self) -> None:
        self.restarts += 1


@pytest.fixture
def hubs(tmp_path: Path) -> Hubs:
    return Hubs(tmp_path)


def test_settings_are_taken_once_and_the_hub_restarts_with_them(hubs: Hubs) -> None:
    assert not with_applied(hubs.file).camera.enabled
    words = hubs.applied.take(signed())
    assert words == "Settings 1 are on the hub and take effect as it restarts."
    assert with_applied(hubs.file).camera.enabled
    assert hubs.applied.take(signed()) == words
    assert hubs.restarts == 1
    assert "(SET-04)" in hubs.applied.take(signed(text=TEXT + "\n# older"))


def test_nobody_takes_a_hub_over_by_settings(hubs: Hubs) -> None:
    hubs.applied.take(signed())
    config = with_applied(hubs.file)
    assert config.fhir.base_url == "https://clinic.example/r4"
    assert config.hub.signers == (KEY.public.hex(),)
    assert config.hub.state_dir == hubs.state


@pytest.mark.parametrize(
    ("text", "code"),
    [("not TOML", "CFG-02"), (TEXT.replace("hub-1", "hub-2"), "SET-05"), ("[hub]\n", "CFG-05")],
)
def test_settings_that_cannot_work_are_refused_and_change_nothing(
    hubs: Hubs, text: str, code: str
) -> None:
    assert f"({code})" in hubs.applied.take(signed(text=text))
    assert (hubs.restarts, hubs.applied.version) == (0, 0)
    assert not (hubs.state / FILE_NAME).exists()


def test_settings_damaged_on_disk_are_passed_over(hubs: Hubs) -> None:
    hubs.applied.take(signed())
    (hubs.state / FILE_NAME).write_text("[hub", encoding="utf-8")
    assert not with_applied(hubs.file).camera.enabled
