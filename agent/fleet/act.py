"""What the care team does to one hub: a note, new settings, taking it back. Noted with who did it.

Each change is made of the entry as it stands, on condition that nobody was faster; who was is read
and the change made anew. So two operators at once lose neither's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from agent.fleet.clinic import Clinic, Line
from agent.fleet.needs import plain
from config.load import parse
from sync import signing
from sync.exchange import Answer, Purpose, Request
from sync.fhir import encode
from sync.fhir.codes import Json, device_reference
from sync.fhir.register import Note, Registered, Standing
from sync.policy import JSON, STORED
from sync.record import logical_id
from sync.settings import MAX_OCTETS, ROTATE_CODE, TASK_CODE, sign
from vitals.errors import HubError, LinkError

MOST_NOTE = 500
_TRIES = 8
_TASK = "urn:hearth:task"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A clinic with an open line, and the time of day."""

    clinic: Clinic
    line: Line
    now: datetime

    @property
    def at(self) -> str:
        """Return the moment of what is done now (FHIR instant)."""
        return self.now.isoformat(timespec="seconds")

    def entry(self, hub: str) -> Registered:
        """Read a hub's entry now.

        Raises
        ------
        LinkError
            REG-01 when the server does not answer, or refuses.
        HubError
            FLEET-30 for a hub that is not in the register.
        """
        known = self.line.register.fresh(hub)
        if not known.sure:
            raise LinkError(
                "The clinic's FHIR server does not answer.",
                fix="Check this machine's network, then run the command again.",
                code="REG-01",
            )
        if known.entry is None:
            raise HubError(
                f"The clinic's register has no hub {plain(hub)}.",
                fix="hearth fleet list --all shows the names of all.",
                code="FLEET-30",
            )
        return known.entry

    def change(self, hub: str, make: Callable[[Registered], Registered]) -> Registered:
        """Change a hub's entry, whoever else changes it meanwhile; return it as written.

        Raises
        ------
        HubError
            FLEET-31 when others were faster time after time, or the server refuses; as `entry`.
        """
        for _ in range(_TRIES):
            wanted = make(self.entry(hub))
            if self.line.register.write(wanted):
                return wanted
        raise HubError(
            f"The register's entry of {plain(hub)} could not be written.",
            fix="Somebody else may be at it: look (hearth fleet show), then try again. If it stays "
            "so, let this login write Basic on the server.",
            code="FLEET-31",
        )

    def noted(self, what: str, hub: str, why: str = "") -> None:
        """Write into this machine's trail who did what, and send what waits there."""
        words = f"hub {hub}" + (f": {why}" if why else "")
        trail = self.clinic.trail()
        trail.note(by=self.clinic.operator, what=what, why=words)
        trail.send(self.line.link)


def note(desk: Desk, hub: str, text: str) -> Note:
    """Write a note about a hub; its words stand in the register alone, not in the trail.

    Raises
    ------
    HubError
        FLEET-32 for a note without words, or too long.
    """
    words = " ".join(text.split())
    if not words or len(words) > MOST_NOTE:
        raise HubError(
            "A note needs words." if not words else f"A note has at most {MOST_NOTE} characters.",
            fix="Write what the next one who looks at this hub should know. No patient's name.",
            code="FLEET-32",
        )
    made = Note(by=desk.clinic.operator, at=desk.at, text=words)
    desk.change(hub, lambda entry: replace(entry, notes=(*entry.notes, made)))
    desk.noted("noted", hub)
    return made


def revoke(desk: Desk, hub: str, why: str) -> Registered:
    """Take a hub back: from now on every bridge turns it away, and it gets no new certificate."""

    def gone(entry: Registered) -> Registered:
        if entry.state is Standing.REVOKED:
            return entry
        return replace(
            entry, state=Standing.REVOKED, since=desk.at, by=desk.clinic.operator, why=why
        )

    done = desk.change(hub, gone)
    desk.noted("revoked", hub, why)
    return done


def settings(desk: Desk, hub: str, text: str, key: signing.Key) -> tuple[str, int]:
    """Sign new settings for a hub and put them on the server as a Task; return its id and version.

    The version is taken in the register first, so that two operators never sign the same one.

    Raises
    ------
    ConfigError
        When the hub could not use them.
    HubError
        FLEET-33 for settings of another hub or of a hub that was taken back, FLEET-03 too large.
    """
    wanted = parse(text, source="the new settings").hub
    entry = desk.entry(hub)
    if (wanted.id, wanted.tenant) != (entry.hub, entry.tenant) or (entry.state is Standing.REVOKED):
        raise HubError(
            f"These settings are for {wanted.id} of {wanted.tenant}; {plain(hub)} is "
            f"{entry.state.value}, of {plain(entry.tenant)}.",
            fix="Name the hub that the settings are for; invite one that was taken back anew.",
            code="FLEET-33",
        )
    if len(text.encode()) > MAX_OCTETS // 2:
        raise HubError(
            "The settings are too large for a hub.",
            fix=f"Keep them under {MAX_OCTETS // 2} octets; comments count.",
            code="FLEET-03",
        )
    kept = desk.change(hub, lambda one: replace(one, settings=str(_version(one) + 1)))
    version = _version(kept)
    signed = sign(tenant=kept.tenant, hub=kept.hub, version=version, text=text, key=key)
    task = _order(kept, TASK_CODE, "New settings for the hub", f"{version}", desk.at)
    task["input"] = [
        {"type": {"text": "settings"}, "valueString": signed},
        {"type": {"text": "signers"}, "valueString": desk.clinic.roster_text()},
    ]
    _put(desk, task)
    desk.noted("settings-sent", hub, f"version {version}")
    return str(task["id"]), version


def rotate(desk: Desk, hub: str) -> str:
    """Ask a hub for a new key and certificate of its own; return the Task's id.

    Raises
    ------
    HubError
        FLEET-38 for a hub that was taken back; as `Desk.entry`.
    """
    entry = desk.entry(hub)
    if entry.state is Standing.REVOKED:
        raise HubError(
            f"{plain(hub)} was taken back: it gets no new certificate.",
            fix="Invite it anew: hearth fleet invite.",
            code="FLEET-38",
        )
    task = _order(entry, ROTATE_CODE, "A new key and certificate for the hub", desk.at, desk.at)
    task["owner"] = device_reference(entry.hub)
    _put(desk, task)
    desk.noted("rotation-asked", hub)
    return str(task["id"])


def signers(desk: Desk, entry: Registered) -> str:
    """Send a hub the list of machines that may sign; return the Task's id."""
    version = str(desk.clinic.roster().version)
    task = _order(entry, TASK_CODE, "Who may sign for the hub", f"signers-{version}", desk.at)
    task["input"] = [{"type": {"text": "signers"}, "valueString": desk.clinic.roster_text()}]
    _put(desk, task)
    return str(task["id"])


def _version(entry: Registered) -> int:
    return int(entry.settings) if entry.settings.isdigit() else 0


def _order(entry: Registered, code: str, text: str, place: str, at: str) -> Json:
    if not entry.patients:
        raise HubError(
            f"{plain(entry.hub)} belongs to no patient, so nothing can be sent to it.",
            fix="Invite it anew for its patient: hearth fleet invite.",
            code="FLEET-34",
        )
    return {
        "resourceType": "Task",
        "id": logical_id(_TASK, f"{entry.tenant}|{entry.hub}|{code}|{place}"),
        "status": "requested",
        "intent": "order",
        "code": {"coding": [{"code": code}], "text": text},
        "authoredOn": at,
        "for": {"reference": entry.patients[0]},
    }


def _put(desk: Desk, task: Json) -> None:
    answer: Answer = desk.line.link.exchange(
        Request(
            purpose=Purpose.REGISTER,
            method="PUT",
            path=f"Task/{task['id']}",
            body=encode(task),
            headers={"accept": JSON, "content-type": JSON},
        )
    )
    if answer.status is None:
        raise LinkError(
            "The clinic's FHIR server went away; the order may be on it or not.",
            fix="Run the command again: a hub takes the newest and does nothing twice.",
            code="REG-01",
        )
    if answer.status not in STORED:
        raise HubError(
            f"The FHIR server refuses the order (HTTP {answer.status}).",
            fix="Let this login write Task on the server, and see that the patient is there.",
            code="FLEET-35",
        )
