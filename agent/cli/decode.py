"""`hearth decode`: look into one frame, from a log or a sniffer, without any device."""

from __future__ import annotations

import json
import re
import uuid as uuids
from typing import Annotated

import typer

from vitals.errors import HearthError, HubError

_GROUP = re.compile(r"(?:0[xX])?(?P<digits>[^\s:,-]+)")
_NOT_HEX = re.compile(r"[^0-9a-fA-F]")
_SHORT_DIGITS = 4


def decode(
    uuid: Annotated[
        str,
        typer.Argument(
            metavar="UUID",
            help="The characteristic: 2A35, or all 36 characters.",
            show_default=False,
        ),
    ],
    octets: Annotated[
        str,
        typer.Argument(
            metavar="HEX",
            help="The frame as it was on air. Spaces, colons, dashes and 0x are fine.",
            show_default=False,
        ),
    ],
    *,
    fields: Annotated[
        bool, typer.Option("--fields", "--json", help="Print every field, as one JSON object.")
    ] = False,
) -> None:
    """Say what one Bluetooth frame from a meter means, or where it breaks the rules.

    For example: hearth decode 2A35 "00 7800 5000 5d00"
    """
    from drivers import decode as frames  # noqa: PLC0415 - every codec: no other command is to wait

    try:
        known, data = _uuid(uuid), _octets(octets)
        if fields:
            lines = [json.dumps(frames.fields(known, data), ensure_ascii=False)]
        else:
            lines = frames.describe(known, data)
    except HearthError as error:
        typer.echo(f"{error} ({error.code})", err=True)
        raise typer.Exit(1) from None
    typer.echo("\n".join(lines))


def _uuid(text: str) -> str:
    from drivers.frame import full_uuid  # noqa: PLC0415 - as above

    digits = text.strip().lower().removeprefix("0x")
    try:
        return str(uuids.UUID(full_uuid(digits) if len(digits) == _SHORT_DIGITS else digits))
    except ValueError:
        raise HubError(
            "This is no UUID; write four hex digits, such as 2A35, or all 36 characters",
            fix="Copy the characteristic's UUID from the log.",
            code="DEC-03",
        ) from None


def _octets(text: str) -> bytes:
    parts = []
    for group in _GROUP.finditer(text):
        digits, start = group["digits"], group.start("digits")
        if wrong := _NOT_HEX.search(digits):
            raise _not_hex("is no hex digit", start + wrong.start())
        if len(digits) % 2:
            raise _not_hex("begins an odd number of digits; an octet has two", start)
        parts.append(bytes.fromhex(digits))
    return b"".join(parts)


def _not_hex(why: str, at: int) -> HubError:
    return HubError(
        f"Character {at + 1} of the hex {why}",
        fix="Write two hex digits an octet, such as 06 00 01 01.",
        code="DEC-04",
    )
