"""Checks what runs here, and whether the hub's service is up."""

from __future__ import annotations

import platform
import socket
from importlib.metadata import version

from agent.desk import SOCKET
from agent.doctor.finding import Finding, broken, good, look
from agent.doctor.place import Place

SOFTWARE, SERVICE = "software", "service"
_DEBIANS = ("12", "13")
_MANY = 3
_LIMIT_S = 2.0


def judge_system(release: dict[str, str], hearth: str, python: str) -> Finding:
    """Judge the versions; `release` is /etc/os-release."""
    system = release.get("PRETTY_NAME", "an unknown system")
    what = f"Hearth {hearth}, Python {python}, {system}."
    ours = release.get("ID") in {"debian", "raspbian"} and release.get("VERSION_ID") in _DEBIANS
    if ours:
        return good(SOFTWARE, what)
    return look(
        SOFTWARE,
        what,
        means="Hearth is tried on Debian 12 and 13 and on Raspberry Pi OS made from them.",
        do="Nothing if all else is well; mention it when you report something.",
    )


def judge_service(*, answers: bool, state: str | None, restarts: int) -> Finding:
    """Judge the hub: whether its desk answers, and what systemd says of the unit."""
    if not answers:
        return broken(
            SERVICE,
            "The hub is not running" + (f" (systemd says: {state})." if state else "."),
            means="No meter is read and nothing is sent.",
            do="systemctl start hearth; journalctl -u hearth says why it stopped.",
        )
    if restarts > _MANY:
        return look(
            SERVICE,
            f"The hub runs, and was started again {restarts} times by itself.",
            means="Something in it keeps failing; readings on disk are not concerned.",
            do="journalctl -u hearth names the part; report it with hearth support bundle.",
        )
    return good(SERVICE, "The hub runs and answers.")


def check(place: Place) -> list[Finding]:
    """Read the versions, knock at the hub's desk, and ask systemd."""
    lines = (place.text("etc/os-release") or "").splitlines()
    pairs = (line.partition("=") for line in lines)
    release = {name: value.strip('"') for name, _, value in pairs}
    words = ["systemctl", "show", "hearth.service", "--property=ActiveState,NRestarts"]
    told = (line.partition("=") for line in (place.heard(words) or "").split())
    said = {name: value for name, _, value in told}
    restarts = said.get("NRestarts", "0")
    return [
        judge_system(release, version("hearth-hub"), platform.python_version()),
        judge_service(
            answers=_answers(place),
            state=said.get("ActiveState"),
            restarts=int(restarts) if restarts.isdigit() else 0,
        ),
    ]


def _answers(place: Place) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(_LIMIT_S)
        try:
            line.connect(str(place.config.hub.state_dir / SOCKET))
        except OSError:
            return False
    return True
