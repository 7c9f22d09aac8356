"""`hearth demo`: a whole simulated home, no hardware and no set-up."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Link(StrEnum):
    """The ways a hub may send."""

    HTTPS = "https"
    MQTT = "mqtt"


class Language(StrEnum):
    """The screen's languages."""

    ENGLISH = "en"
    GERMAN = "de"
    SPANISH = "es"


def demo(  # noqa: PLR0913 - each is an option of its own
    *,
    seconds: Annotated[
        float, typer.Option("--for", help="End by itself after so many seconds; 0: at Ctrl-C.")
    ] = 0.0,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object at the end, nothing else.")
    ] = False,
    link: Annotated[
        Link, typer.Option(help="How the hub sends; mqtt needs mosquitto (Debian's package).")
    ] = Link.HTTPS,
    screen: Annotated[
        bool, typer.Option("--screen", help="Open the patient's screen too; needs [screen].")
    ] = False,
    language: Annotated[
        Language, typer.Option(help="Of the patient's screen and of what the care team writes.")
    ] = Language.ENGLISH,
    port: Annotated[int, typer.Option(help="Port of the demo's FHIR server; 0: a free one.")] = 0,
    server: Annotated[
        Path | None,
        typer.Option(help="Only a FHIR server, with its data there.", show_default=False),
    ] = None,
    clinic: Annotated[
        Path | None,
        typer.Option(help="Only the broker and bridge of this clinic.", show_default=False),
    ] = None,
    hub: Annotated[
        Path | None,
        typer.Option(help="Only the hub with these settings, and meters.", show_default=False),
    ] = None,
) -> None:
    """Show a simulated home: virtual meters, the real hub, a real FHIR server.

    The meters are simulated on a virtual Bluetooth radio; everything after the radio is what runs
    in a patient's home. The counts `on_server` and `duplicates` are the server's own answer.
    Needs the [demo] extra. With --screen a simulated day comes up within three minutes; the code
    of the care team is 2468. With --server, --clinic or --hub one part runs alone: agent/fleet
    shows a clinic made of them on one machine.

    For example: hearth demo --for 60 --json
    """
    if server is not None or clinic is not None or hub is not None:
        _part(server, clinic, hub, port=port, seconds=seconds)
        return
    from agent.demo import home  # noqa: PLC0415 - pulls in the virtual radio

    home.run(
        seconds=seconds,
        as_json=as_json,
        port=port,
        by_mqtt=link is Link.MQTT,
        with_screen=screen,
        language=language.value,
    )


def _part(
    server: Path | None, clinic: Path | None, hub: Path | None, *, port: int, seconds: float
) -> None:
    from agent.demo import parts  # noqa: PLC0415 - pulls in the virtual radio

    if server is not None:
        parts.serve(server, port)
    elif clinic is not None:
        parts.clinic(clinic)
    elif hub is not None:
        parts.home(hub, seconds=seconds)
