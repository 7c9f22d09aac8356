"""What a FHIR server says it can do (CapabilityStatement, R4), as far as uploading needs it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from sync.exchange import Answer

OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """The ways a server lets a reading be stored exactly once."""

    update_create: bool  # PUT Observation/<our id>
    conditional_create: bool  # POST with ifNoneExist
    transaction: bool


ONE_BY_ONE = Capability(update_create=True, conditional_create=False, transaction=False)


def read_json(answer: Answer) -> dict[str, Any] | None:
    """Return the JSON object of an answer, None when it is anything else."""
    try:
        found = msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def capability(answer: Answer) -> Capability | None:
    """Read a CapabilityStatement; None when the answer is none, such as a login page."""
    statement = read_json(answer)
    if answer.status != OK or statement is None:
        return None
    if statement.get("resourceType") != "CapabilityStatement":
        return None
    for rest in _list(statement.get("rest")):
        if rest.get("mode") == "server":
            return _of(rest)
    return None


def _of(rest: dict[str, Any]) -> Capability:
    resources = {resource.get("type"): resource for resource in _list(rest.get("resource"))}
    needed = [resources.get(name, {}) for name in ("Observation", "Device")]
    return Capability(
        update_create=all(resource.get("updateCreate") is True for resource in needed),
        conditional_create=all(resource.get("conditionalCreate") is True for resource in needed),
        transaction=any(one.get("code") == "transaction" for one in _list(rest.get("interaction"))),
    )


def _list(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
