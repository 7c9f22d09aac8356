"""`hearth enroll`: makes a hub of this machine, with what a clinic printed."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agent.cli.readings import ConfigOption, JsonOption
from agent.cli.run import DEFAULT_CONFIG
from vitals.errors import HubError

if TYPE_CHECKING:  # other commands must not pay for it
    from agent.doctor.finding import Finding
    from agent.enrol.join import Joined
    from agent.enrol.place import Place
    from sync.invitation import Invitation

_STATE = Path("/var/lib/hearth")
_UNIT = Path("/etc/systemd/system/hearth.service")
_TRIES = 3
_MOST = 64 * 1024


def enroll(  # noqa: PLR0913 - each is an option of its own
    token: Annotated[
        str, typer.Argument(help="The invitation; asked for if left out.", show_default=False)
    ] = "",
    *,
    scan: Annotated[bool, typer.Option("--scan", help="Hold its code before the camera.")] = False,
    camera: Annotated[int, typer.Option(help="The camera: N of /dev/videoN.")] = 0,
    tpm: Annotated[
        bool, typer.Option("--tpm", help="Make the hub's key inside its TPM; needs tpm2-openssl.")
    ] = False,
    file: Annotated[
        Path | None,
        typer.Option(help="A file from the clinic, for a hub without network.", show_default=False),
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    state_dir: Annotated[Path, typer.Option(help="Where readings shall wait, sealed.")] = _STATE,
    start: Annotated[
        bool, typer.Option("--start/--no-start", help="Start the hub's service at the end.")
    ] = True,
    operator: Annotated[
        str, typer.Option(help="Who does it; your login if left out.", show_default=False)
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Join this hub to a clinic: one invitation, and it is ready.

    Type the invitation when asked, or scan its code with the hub's own camera. A slip of the hand
    is told before any network is asked. Whatever breaks off may simply be run again; a refusal
    leaves nothing on the hub. An invitation on the command line is spent by using it once.

    For example: sudo hearth enroll --scan
    """
    from agent import operators  # noqa: PLC0415 - other commands must not pay for it
    from agent.enrol.place import Place  # noqa: PLC0415 - the same

    _free(config)
    place = Place(settings=config.resolve(), state_dir=state_dir.resolve())
    who = operators.operator(os.environ, operator)
    if file is not None:
        done = _from_file(file, place, who)
    else:
        invitation = _scanned(camera) if scan else _typed(token)
        done = _joined(invitation, place, who, tpm=tpm)
    kept = _hub_key() if config == DEFAULT_CONFIG else ""
    started = start and _started()
    findings = _looked_over(config)
    if as_json:
        rows = [asdict(one) for one in findings]
        said = {"hub": done.hub, "tenant": done.tenant, "settings": done.version}
        ends = done.ends.isoformat() if done.ends else None
        typer.echo(json.dumps({**said, "ends": ends, "started": started, "findings": rows}))
        return
    begin = "" if started else _begin(config)
    for line in _words(done, findings, [*filter(None, [kept, begin])]):
        typer.echo(line)


def _free(config: Path) -> None:
    """See that no hub is lost by this."""
    if not config.exists():
        return
    raise HubError(
        f"This machine is a hub already: {config}.",
        fix="Take it back first (hearth hub reset), or name other settings with --config.",
        code="ENR-25",
    )


def _typed(token: str) -> Invitation:
    """Read the invitation as given, or ask for it; a slip may be mended where somebody types."""
    from sync.invitation import read  # noqa: PLC0415 - other commands must not pay for it

    if token:
        return read(token)
    if not sys.stdin.isatty():
        return read(_line(sys.stdin.read(_MOST)))
    for _ in range(_TRIES - 1):
        try:
            return read(typer.prompt("Invitation", err=True))
        except HubError as error:
            typer.echo(f"{error.message} {error.fix}", err=True)
    return read(typer.prompt("Invitation", err=True))


def _line(text: str) -> str:
    """Return the invitation out of all that `hearth fleet invite` printed."""
    lines = [line for line in text.splitlines() if line.strip().lower().startswith("hearth1/")]
    return lines[-1] if lines else text


def _scanned(number: int) -> Invitation:
    from agent.enrol import scan  # noqa: PLC0415 - other commands must not pay for it
    from vitals.rppg.camera import open_camera  # noqa: PLC0415 - the same

    opened = open_camera(number)
    typer.echo("Hold the code before the camera, two hands away …", err=True)
    try:
        return scan.invitation(opened)
    finally:
        opened.close()


def _joined(invitation: Invitation, place: Place, who: str, *, tpm: bool) -> Joined:
    from agent.clock import HubClock  # noqa: PLC0415 - other commands must not pay for it
    from agent.enrol.join import join  # noqa: PLC0415 - the same
    from agent.enrol.keybox import FileBox, TpmBox  # noqa: PLC0415 - the same
    from sync.links.est import EstLink  # noqa: PLC0415 - the same

    return join(
        invitation,
        place,
        lambda one, root: EstLink(f"https://{one.host}", root=root),
        now=HubClock()().at,
        by=who,
        tell=lambda step: typer.echo(f"  {step}", err=True),
        box=TpmBox() if tpm else FileBox(),
    )


def _from_file(file: Path, place: Place, who: str) -> Joined:
    from agent.enrol.join import join_later  # noqa: PLC0415 - other commands must not pay for it
    from agent.fleet import carried  # noqa: PLC0415 - the same

    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise HubError(
            f"{file} cannot be read ({type(error).__name__}).",
            fix="Name the file that the clinic gave you.",
            code="ENR-03",
        ) from None
    return join_later(carried.read(text), place, by=who)


def _started() -> bool:
    """Start the service where there is one; what runs by hand is somebody's own business."""
    import subprocess  # noqa: PLC0415 - other commands must not pay for it

    if not (Path("/run/systemd/system").exists() and _UNIT.exists()):
        return False
    try:
        subprocess.run(
            ["systemctl", "enable", "--now", "hearth.service"],  # noqa: S607 - found on PATH
            capture_output=True,
            check=True,
            timeout=60.0,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def _looked_over(config: Path) -> list[Finding]:
    """Look at link, clock, radio and camera: what a hub needs that the clinic cannot give it."""
    from agent.cli.doctor import examined  # noqa: PLC0415 - other commands must not pay for it
    from agent.cli.patience import patience  # noqa: PLC0415 - the same

    wanted = {"settings", "clock", "radio", "camera", "certificate", "broker", "server"}
    with patience("Looking the hub over"):
        return [one for one in examined(config) if one.check in wanted]


def _begin(config: Path) -> str:
    if config == DEFAULT_CONFIG:
        return "Start it: sudo systemctl enable --now hearth"
    return f"Start it: hearth run --config {config}"


def _hub_key() -> str:
    """Make the key of an installed hub, if it has none; return what a person should know of it."""
    from agent.enrol.hubkey import seal_new  # noqa: PLC0415 - other commands must not pay for it
    from agent.keys import CREDENTIAL_FILE  # noqa: PLC0415 - the same

    if CREDENTIAL_FILE.exists() or not _UNIT.exists():
        return ""
    try:
        rung = seal_new(CREDENTIAL_FILE)
    except HubError as error:
        return f"The hub's key could not be made: {error.fix} ({error.code})"
    return f"The hub's key is made, sealed by: {rung}. What that is worth: hearth doctor."


def _words(done: Joined, findings: list[Finding], then: list[str]) -> list[str]:
    from agent.cli.doctor import in_words  # noqa: PLC0415 - other commands must not pay for it
    from agent.enrol.farewell import farewell  # noqa: PLC0415 - the same

    wrong = [one for one in findings if one.grade != "good"]
    lines = [f"This hub is {done.hub} of the clinic {done.tenant}."]
    if done.ends is None:
        lines.append("It gets its certificate by itself as soon as it has a network.")
    if wrong:
        lines += ["", "Before you leave:", *in_words(wrong)]
    if then:
        lines += ["", *then]
    return [*lines, "", "Say to the patient:", f"  {farewell(done.settings)}"]
