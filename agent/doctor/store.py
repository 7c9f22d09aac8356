"""Checks what the store holds, beside the running hub."""

from __future__ import annotations

from agent import desk
from agent.display.answers import waiting_kinds
from agent.doctor.finding import Finding, broken, good, look, unknown
from agent.doctor.place import Place
from agent.holding import Held
from agent.offline import view_of
from sync.outbox import FILE_NAME
from vitals.errors import HubError

NAME = "store"
_MUCH = 500  # about two weeks of a busy home
_NEARLY_FULL = 0.8


def judge(held: Held, *, used: float) -> list[Finding]:
    """Judge what is held; `used` is the share of store.max_bytes that the file takes."""
    findings = []
    if held.aside:
        findings.append(
            look(
                NAME,
                f"{held.aside} readings wait for a person.",
                means="The server refused them, or it is not known whose they are.",
                do="Run: hearth readings parked, and: hearth readings held.",
            )
        )
    if used > _NEARLY_FULL:
        findings.append(
            broken(
                NAME,
                f"The store is {used:.0%} full.",
                means="When it is full, new readings are refused and shown as such.",
                do="Get the upload going: see server below. Or raise store.max_bytes.",
            )
        )
    if held.waiting > _MUCH:
        findings.append(
            look(
                NAME,
                f"{held.waiting} readings wait for the server.",
                means="They are safe here, and the care team does not see them.",
                do="See what is said of the server and the network.",
            )
        )
    return findings or [good(NAME, f"{held.waiting} readings wait, {held.sent} were sent.")]


def check(place: Place) -> list[Finding]:
    """Open the store for reading; a running hub is not disturbed."""
    hub = place.config.hub
    path = hub.state_dir / FILE_NAME
    try:
        if not path.exists():
            return [
                look(
                    NAME,
                    "There is no store yet.",
                    means="The hub never ran with these settings, or it was reset.",
                    do="Start it: systemctl start hearth.",
                )
            ]
        with view_of(place.config) as store:
            held = Held.of(store.counts(), waiting_kinds(store))
        return judge(held, used=_used(place))
    except HubError as error:
        if error.code == "KEY-01":
            return _asked(place)
        return [broken(NAME, error.message, means="Its readings cannot be shown.", do=error.fix)]
    except OSError as error:
        what = f"The store cannot be looked at: {error.strerror}."
        return [unknown(NAME, what, means="It may still be well.", do="Run the doctor as root.")]


def _used(place: Place) -> float:
    path = place.config.hub.state_dir / FILE_NAME
    return path.stat().st_size / place.config.store.max_bytes


def _asked(place: Place) -> list[Finding]:
    """Ask the running hub, which was given the key that this shell was not."""
    try:
        answer = desk.ask(place.config.hub.state_dir, {"do": "held"})
    except HubError:
        answer = None
    held = None if answer is None else Held.read(answer)
    return [_sealed()] if held is None else judge(held, used=_used(place))


def _sealed() -> Finding:
    return unknown(
        NAME,
        "The store is sealed, and its key is not at hand in this shell.",
        means="The key is handed to the hub's service alone. That is as it should be.",
        do="To look inside, have systemd hand it over: see systemd/README.md, Look into the store.",
    )
