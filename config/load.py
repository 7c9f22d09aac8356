"""Reads a hub's settings from TOML. An error names the file, the key, and what to write instead."""

from __future__ import annotations

import difflib
import re
import tomllib
import types
import typing
import zoneinfo
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from config.schema import Config

_ADDRESS = re.compile(r"([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}")
_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")  # FHIR R4 id
_REFERENCE = re.compile(r"Patient/[A-Za-z0-9\-.]{1,64}")
_SLOT = re.compile(r"\d{1,3}")
_MIN_STORE_OCTETS = 1024 * 1024
_MAX_TIMEOUT_S = 300.0
_MAX_BATCH = 50  # Medplum's router takes no larger transaction


class ConfigError(Exception):
    """A setting is wrong: what, where, and what to write instead."""

    def __init__(self, message: str, *, fix: str, code: str) -> None:
        """Keep the sentence, the way out and the code apart."""
        super().__init__(message)
        self.message = message
        self.fix = fix
        self.code = code


class _WrongError(Exception):
    """One value is wrong; the caller knows the file."""

    def __init__(self, key: str, what: str, fix: str, code: str = "CFG-03") -> None:
        super().__init__(what)
        self.key, self.what, self.fix, self.code = key, what, fix, code


def load(path: Path) -> Config:
    """Read the settings of one hub from a TOML file."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(
            f"The settings file {path} cannot be read: {reason}.",
            fix="Copy config/example.toml there and fill it in, or name another with --config.",
            code="CFG-01",
        ) from None
    return parse(text, source=str(path))


def parse(text: str, *, source: str) -> Config:
    """Read settings from TOML text; `source` is the name used in error messages."""
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(
            f"{source} is not valid TOML: {error}.",
            fix="Correct that line; strings need quotes, tables look like [hub].",
            code="CFG-02",
        ) from None
    try:
        config = _build(Config, table, "")
        for key, value, rule in _rules(config):
            rule(key, value)
    except _WrongError as wrong:
        raise ConfigError(
            f"{source}: {wrong.key}: {wrong.what}.", fix=wrong.fix, code=wrong.code
        ) from None
    return typing.cast("Config", config)


def _build(kind: type[Any], table: Mapping[str, Any], at: str) -> Any:  # noqa: ANN401 - any of ours
    known = {field.name: field for field in fields(kind)}
    for name in table:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f"Did you mean {near[0]!r}? " if near else ""
            raise _WrongError(
                _dotted(at, name),
                "there is no such setting",
                f"{hint}Known here: {', '.join(known)}.",
                "CFG-04",
            )
    hints = typing.get_type_hints(kind)
    given = {
        name: _value(hints[name], table[name], _dotted(at, name)) for name in known if name in table
    }
    for name, field in known.items():
        if name not in given and _required(field):
            raise _WrongError(
                _dotted(at, name), "is missing", f"Write: {_example(at, name)}", "CFG-05"
            )
    return kind(**given)


def _required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _dotted(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name


def _example(at: str, name: str) -> str:
    examples = {
        "hub": '[hub] with id = "hub-1"',
        "patient": '[patient] with reference = "Patient/123"',
        "fhir": '[fhir] with base_url = "https://fhir.clinic.example/r4"',
        "hub.id": 'id = "hub-1"',
        "patient.reference": 'reference = "Patient/123"',
        "fhir.base_url": 'base_url = "https://fhir.clinic.example/r4"',
    }
    return examples.get(_dotted(at, name), f"{name} = ...")


def _value(hint: Any, value: object, at: str) -> Any:  # noqa: ANN401 - a settings value
    if is_dataclass(hint):
        return _build(typing.cast("type[Any]", hint), _typed(value, dict, at, "a table"), at)
    origin = typing.get_origin(hint)
    if origin is tuple:
        rows = _typed(value, list, at, f"written as [[{at}]]")
        kind = typing.get_args(hint)[0]
        return tuple(_value(kind, row, f"{at}[{number}]") for number, row in enumerate(rows, 1))
    if origin is Mapping:
        table = _typed(value, dict, at, 'a table such as { "1" = "Patient/123" }')
        return {key: _typed(item, str, f"{at}.{key}", "text") for key, item in table.items()}
    if origin is types.UnionType:
        hint = next(part for part in typing.get_args(hint) if part is not type(None))
    return _plain(hint, value, at)


def _plain(hint: Any, value: object, at: str) -> Any:  # noqa: ANN401 - a settings value
    if hint is Path:
        return Path(_typed(value, str, at, "a path in quotes"))
    if hint is float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise _WrongError(at, "must be a number", "Write a number without quotes.")
        return float(value)
    words = {bool: "true or false", int: "a whole number without quotes", str: "text in quotes"}
    return _typed(value, hint, at, words[hint])


def _typed(value: object, kind: type[Any], at: str, words: str) -> Any:  # noqa: ANN401 - the same
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise _WrongError(at, f"must be {words}", f"Write {words}.")
    return value


_Rule = Callable[[str, Any], None]


def _rules(config: Config) -> list[tuple[str, Any, _Rule]]:
    rules: list[tuple[str, Any, _Rule]] = [
        ("hub.id", config.hub.id, _fhir_id),
        ("hub.tenant", config.hub.tenant, _fhir_id),
        ("hub.timezone", config.hub.timezone, _time_zone),
        ("patient.reference", config.patient.reference, _reference),
        ("fhir.base_url", config.fhir.base_url, _url),
        ("fhir.timeout_s", config.fhir.timeout_s, _between(1.0, _MAX_TIMEOUT_S)),
        ("fhir.batch_readings", config.fhir.batch_readings, _between(1, _MAX_BATCH)),
        ("radio.accept", config.radio.accept, _accept),
        ("store.max_bytes", config.store.max_bytes, _between(_MIN_STORE_OCTETS, 2**40)),
        ("store.max_evidence", config.store.max_evidence, _between(1, 10**6)),
    ]
    for number, meter in enumerate(config.meter, 1):
        rules.append((f"meter[{number}].address", meter.address, _address))
        for slot, patient in meter.slots.items():
            rules.append((f"meter[{number}].slots", slot, _slot))
            rules.append((f"meter[{number}].slots.{slot}", patient, _reference))
    return rules


def _fhir_id(key: str, value: str) -> None:
    if not _ID.fullmatch(value):
        raise _WrongError(
            key, "is no id", "Use 1 to 64 letters, digits, dots and dashes, such as hub-1."
        )


def _reference(key: str, value: str) -> None:
    if not _REFERENCE.fullmatch(value):
        raise _WrongError(
            key,
            "is no reference to a patient",
            'Write "Patient/" and the id the FHIR server knows, such as "Patient/123".',
        )


def _time_zone(key: str, value: str) -> None:
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        near = difflib.get_close_matches(value, sorted(zoneinfo.available_timezones()), n=1)
        raise _WrongError(
            key,
            "is no time zone",
            f"Write an IANA name such as {(near or ['Europe/Berlin'])[0]!r}.",
        ) from None


def _url(key: str, value: str) -> None:
    try:
        parts = urlsplit(value)
        good = parts.scheme in {"http", "https"} and bool(parts.hostname) and not parts.query
    except ValueError:
        good = False
    if not good:
        raise _WrongError(
            key, "is no web address", 'Write one such as "https://fhir.clinic.example/r4".'
        )


def _accept(key: str, value: str) -> None:
    if value not in {"listed", "any"}:
        raise _WrongError(key, "has two choices", 'Write "listed" (only [[meter]]) or "any".')


def _address(key: str, value: str) -> None:
    if not _ADDRESS.fullmatch(value):
        raise _WrongError(
            key, "is no Bluetooth address", 'Write it as on the label, such as "00:22:09:4B:1A:7C".'
        )


def _slot(key: str, value: str) -> None:
    if not _SLOT.fullmatch(value):
        raise _WrongError(key, "has a slot that is no number", 'Write "1", "2" and so on.')


def _between(low: float, high: float) -> _Rule:
    def rule(key: str, value: float) -> None:
        if not low <= value <= high:
            raise _WrongError(
                key, f"must be from {low} to {high}", f"Write a number from {low} to {high}."
            )

    return rule
