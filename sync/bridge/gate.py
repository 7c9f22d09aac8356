"""What a hub may ask of the FHIR server through the bridge: its own readings, and no more. Pure.

The bridge holds the clinic's access to the server, so each request is looked at before it is made.
A hub may read what the server can do, put and look up its own readings, describe itself and its
meters, add to its own audit trail, and hand on what its own patients say. Every Observation must
say that this very hub was its gateway, and must be about one of this hub's patients.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import msgspec

from sync.bridge.devices import is_ours
from sync.bridge.said import is_answer, refused
from sync.envelope import Address
from sync.exchange import Request
from sync.fhir.audit import id_of
from sync.fhir.codes import DEVICE_IDENTIFIER, GATEWAY_EXTENSION, Json, device_id
from sync.poll import SEARCHES
from sync.record import READING_IDENTIFIER

ANY = "*"

_ID = r"[A-Za-z0-9\-.]{1,64}"
_HASHED = r"h[0-9a-f]{63}"  # what hubs call things: nothing that others keep there has such a name
_LOOK_UP = re.compile(
    rf"metadata|Observation/{_HASHED}|Observation\?identifier={READING_IDENTIFIER}%7C{_ID}"
)
_SEARCH = "/_search"
_OWN = re.compile(rf"(?P<type>Observation|Device|Communication)/(?P<id>{_HASHED})")
_CONDITION = re.compile(rf"identifier=(?:{READING_IDENTIFIER}|{DEVICE_IDENTIFIER})\|{_ID}")
_TRANSACTIONS = frozenset({"transaction", "batch"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One resource somebody wants to store."""

    resource: Json
    method: str
    url: str
    condition: str
    full_url: str


class _NoError(Exception):
    """Says by which rule a request may not pass, never whose data it holds."""


def refusal(request: Request, address: Address, patients: frozenset[str]) -> str | None:
    """Return why this hub may not make this request, None when it may.

    Parameters
    ----------
    request : Request
        As the hub sealed it.
    address : Address
        Whose topic it came by: the broker lets only that hub's certificate write there.
    patients : frozenset of str
        References of the hub's patients, or `ANY` among them where the clinic keeps no list.
    """
    try:
        if request.method == "GET":
            _look_up(request, address)
        elif request.method == "PUT" and request.path.startswith("AuditEvent/"):
            _own_event(request, address)
        elif request.method == "PUT" and is_answer(request.path, _json(request.body)):
            return refused(request.path, _json(request.body), address, patients, ANY)
        elif request.method == "PUT":
            _passed([_single(request)], address, patients)
        elif request.method == "POST" and not request.path:
            _passed(list(_bundled(request)), address, patients)
        elif request.method == "POST" and request.path.endswith(_SEARCH):
            _asked_of_own(request, patients)
        else:
            return "no request of a hub's"
    except _NoError as no:
        return str(no)
    return None


def _look_up(request: Request, address: Address) -> None:
    own_store = f"Device/{device_id(f'{address.hub}|store')}"
    if request.body or not (_LOOK_UP.fullmatch(request.path) or request.path == own_store):
        raise _NoError("a question that hubs do not ask")


def _asked_of_own(request: Request, patients: frozenset[str]) -> None:
    """Pass a search for what concerns this hub's patients, or for a form by its id."""
    kind = request.path.removesuffix(_SEARCH)
    try:
        asked = parse_qs(request.body.decode("ascii"), strict_parsing=True)
    except ValueError:
        raise _NoError("a search that is no form") from None
    if kind == "Questionnaire":
        if asked.keys() != {"_id"}:
            raise _NoError("a search for forms by something else than an id")
        return
    parameter = SEARCHES.get(kind)
    if parameter is None or not asked.keys() <= {parameter, "_sort", "_count", "_lastUpdated"}:
        raise _NoError("a search that hubs do not make")
    named = asked.get(parameter, [])
    if len(named) != 1 or (ANY not in patients and named[0] not in patients):
        raise _NoError("a search about a person this hub was not given to")


def _single(request: Request) -> _Entry:
    resource = _json(request.body)
    return _Entry(resource=resource, method="PUT", url=request.path, condition="", full_url="")


def _bundled(request: Request) -> Iterator[_Entry]:
    bundle = _json(request.body)
    entries = bundle.get("entry")
    if bundle.get("resourceType") != "Bundle" or bundle.get("type") not in _TRANSACTIONS:
        raise _NoError("not a transaction")
    for found in entries if isinstance(entries, list) else []:
        entry = found if isinstance(found, dict) else {}
        asked, resource = entry.get("request"), entry.get("resource")
        if not isinstance(asked, dict) or not isinstance(resource, dict):
            raise _NoError("an entry without a resource or a request")
        yield _Entry(
            resource=resource,
            method=str(asked.get("method")),
            url=str(asked.get("url")),
            condition=str(asked.get("ifNoneExist", "")),
            full_url=str(entry.get("fullUrl", "")),
        )


def _passed(entries: list[_Entry], address: Address, patients: frozenset[str]) -> None:
    hubs = {f"Device/{device_id(address.hub)}"}
    hubs |= {one.full_url for one in entries if one.full_url and _is_hub(one.resource, address)}
    devices = {one.full_url for one in entries if one.resource.get("resourceType") == "Device"}
    for one in entries:
        _under_our_own_name(one)
        kind = one.resource.get("resourceType")
        if kind == "Observation" and not _is_clock(one.resource, hubs, devices):
            _own_reading(one.resource, hubs, patients)
        elif kind == "Observation":
            continue
        elif kind == "Communication":
            _own_receipt(one.resource, hubs, patients)
        else:
            _own_device(one.resource, address, patients)


def _own_event(request: Request, address: Address) -> None:
    event = _json(request.body)
    source, entities = event.get("source"), event.get("entity")
    observer = source.get("observer") if isinstance(source, dict) else None
    wanted = {"system": DEVICE_IDENTIFIER, "value": device_id(address.hub)}
    if not isinstance(observer, dict) or observer.get("identifier") != wanted:
        raise _NoError("an event of another hub's")
    entity = entities[0] if isinstance(entities, list) and entities else None
    what = entity.get("what") if isinstance(entity, dict) else None
    named = what.get("identifier") if isinstance(what, dict) else None
    place = named.get("value") if isinstance(named, dict) else None
    own = id_of(address.hub, str(place))
    kind = (event.get("resourceType"), event.get("id"), request.path)
    if kind != ("AuditEvent", own, f"AuditEvent/{own}"):
        raise _NoError("an event under another's name")


def _is_hub(resource: Json, address: Address) -> bool:
    wanted = {"system": DEVICE_IDENTIFIER, "value": device_id(address.hub)}
    identifiers = resource.get("identifier")
    return isinstance(identifiers, list) and wanted in identifiers


def _under_our_own_name(one: _Entry) -> None:
    kind = one.resource.get("resourceType")
    if one.method == "PUT":
        place = _OWN.fullmatch(one.url)
        if place is None or (place["type"], place["id"]) != (kind, one.resource.get("id")):
            raise _NoError("an update of something else than it holds")
    elif one.method != "POST" or one.url != kind or not _CONDITION.fullmatch(one.condition):
        raise _NoError("neither an update nor a conditional create of a reading or a device")
    elif kind not in {"Observation", "Device"}:
        raise _NoError("neither a reading nor a device")


def _is_clock(resource: Json, hubs: set[str], devices: set[str]) -> bool:
    """Tell whether this is the hub's own clock beside a meter's: about a device, not a person."""
    about = _reference(resource.get("subject"))
    is_device = about.startswith("Device/") or about in devices - {""}
    return is_device and _reference(resource.get("device")) in hubs


def _own_reading(resource: Json, hubs: set[str], patients: frozenset[str]) -> None:
    extensions = resource.get("extension")
    gateways = {
        _reference(one.get("valueReference"))
        for one in (extensions if isinstance(extensions, list) else [])
        if isinstance(one, dict) and one.get("url") == GATEWAY_EXTENSION
    }
    if not gateways or not gateways <= hubs:
        raise _NoError("a reading of another hub")
    if ANY not in patients and _reference(resource.get("subject")) not in patients:
        raise _NoError("a reading of a person this hub was not given to")


def _own_receipt(resource: Json, hubs: set[str], patients: frozenset[str]) -> None:
    if _reference(resource.get("sender")) not in hubs:
        raise _NoError("a receipt of another hub")
    if ANY not in patients and _reference(resource.get("subject")) not in patients:
        raise _NoError("a receipt about a person this hub was not given to")


def _own_device(resource: Json, address: Address, patients: frozenset[str]) -> None:
    patient = _reference(resource.get("patient"))
    if patient and ANY not in patients and patient not in patients:
        raise _NoError("a device of a person this hub was not given to")
    if not is_ours(resource, address.hub):
        raise _NoError("a device of another hub")


def _reference(value: object) -> str:
    return str(value.get("reference", "")) if isinstance(value, Mapping) else ""


def _json(body: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _NoError("not JSON") from None
    if not isinstance(found, dict):
        raise _NoError("not a resource")
    return found
