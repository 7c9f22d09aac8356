"""Reads a hub's settings from TOML. An error names the file, the key, and what to write instead."""

from __future__ import annotations

import difflib
import json
import re
import tomllib
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

from config.rules import WrongError, check
from config.schema import Config

_Settings = TypeVar("_Settings")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")  # TOML 1.0.0, Keys
_EXAMPLES = {
    "hub": '[hub] and below it id = "hub-1"',
    "patient": '[patient] and below it reference = "Patient/123"',
    "fhir": '[fhir] and below it base_url = "https://fhir.clinic.example/r4"',
    "hub.id": 'id = "hub-1" under [hub]',
    "patient.reference": 'reference = "Patient/123" under [patient]',
    "fhir.base_url": 'base_url = "https://fhir.clinic.example/r4" under [fhir]',
}
_ADDRESS_EXAMPLE = 'address = "00:22:09:4B:1A:7C" under that [[meter]]'
_WORDS = {bool: "true or false", int: "a whole number without quotes", str: "text in quotes"}


class ConfigError(Exception):
    """A setting is wrong: what and where, what to write instead, and a code to search for.

    CFG-01 no such file, CFG-02 not TOML, CFG-03 a value that cannot be, CFG-04 an unknown key,
    CFG-05 a missing one.
    """

    def __init__(self, message: str, *, fix: str, code: str) -> None:
        """Keep the sentence, the way out and the code apart."""
        super().__init__(message)
        self.message = message
        self.fix = fix
        self.code = code


def load(path: Path) -> Config:
    """Read the settings of one hub from a TOML file; raise ConfigError when they are wrong."""
    return parse(read(path, example="config/example.toml"), source=str(path))


def read(path: Path, *, example: str) -> str:
    """Return the text of a settings file; raise ConfigError, which names an example, if wrong."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ConfigError(
            f"The settings file {path} cannot be read: {reason}.",
            fix=f"Copy {example} there and fill it in, or name another with --config.",
            code="CFG-01",
        ) from None


def parse(text: str, *, source: str) -> Config:
    """Read settings from TOML text; raise ConfigError, which calls the text `source`, if wrong."""
    return parsed(Config, text, source=source, check=check)


def parsed(
    kind: type[_Settings], text: str, *, source: str, check: Callable[[_Settings], None]
) -> _Settings:
    """Read settings of any kind from TOML text; `check` applies the rules of that kind."""
    try:
        table = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits is a ValueError
        reason = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "a value is too big"
        raise ConfigError(
            f"{source} is not valid TOML: {reason}.",
            fix="Correct that line; text needs quotes, tables look like [hub].",
            code="CFG-02",
        ) from None
    try:
        config: _Settings = _build(kind, table, "")
        check(config)
    except WrongError as wrong:
        message = f"{source}: {wrong.key} {wrong.what}."
        raise ConfigError(message, fix=wrong.fix, code=wrong.code) from None
    return config


def _build(kind: type[Any], table: Mapping[str, object], at: str) -> Any:  # noqa: ANN401 - one of the schema's dataclasses, chosen at run time
    known = {field.name: field for field in fields(kind)}
    for name in table:
        if name not in known:
            raise _unknown(_dotted(at, name), name, list(known))
    for name, field in known.items():
        if name not in table and _required(field):
            key = _dotted(at, name)
            raise WrongError(key, "is missing", f"Write: {_example(key)}.", "CFG-05")
    hints = typing.get_type_hints(kind)
    given = {name: _value(hints[name], value, _dotted(at, name)) for name, value in table.items()}
    return kind(**given)


def _unknown(key: str, name: str, known: list[str]) -> WrongError:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    hint = f"Did you mean {near[0]}? " if near else ""
    fix = f"{hint}Known here: {', '.join(known)}."
    return WrongError(key, "is no setting", fix, "CFG-04")


def _required(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _example(key: str) -> str:
    return _EXAMPLES.get(key, _ADDRESS_EXAMPLE)


def _dotted(at: str, name: str) -> str:
    shown = name if _BARE_KEY.fullmatch(name) else json.dumps(name)
    return f"{at}.{shown}" if at else shown


def _value(hint: Any, value: object, at: str) -> object:  # noqa: ANN401 - a type hint has no type
    if isinstance(hint, types.UnionType):  # TOML has no null: what is there is never None
        hint = next(part for part in typing.get_args(hint) if part is not type(None))
    if is_dataclass(hint):
        return _build(typing.cast("type[Any]", hint), _typed(value, dict, at, "a table"), at)
    if typing.get_origin(hint) is tuple:
        kind = typing.get_args(hint)[0]
        words = f"one or more [[{at}]] tables" if is_dataclass(kind) else "a list in [ ]"
        rows = _typed(value, list, at, words)
        return tuple(_value(kind, row, f"{at}[{number}]") for number, row in enumerate(rows, 1))
    if typing.get_origin(hint) is Mapping:
        table = _typed(value, dict, at, 'a table such as { "1" = "Patient/123" }')
        return {name: _plain(str, item, _dotted(at, name)) for name, item in table.items()}
    return _plain(hint, value, at)


def _plain(hint: type[Any], value: object, at: str) -> object:
    if hint is Path:
        return _path(_typed(value, str, at, "a path in quotes"), at)
    if hint is float:
        return _number(value, at)
    return _typed(value, hint, at, _WORDS[hint])


def _path(text: str, at: str) -> Path:
    if not text or "\0" in text:
        raise WrongError(at, "is no path", 'Write one such as "/etc/hearth/token".')
    return Path(text)


def _number(value: object, at: str) -> float:
    number: int | float = _typed(value, int | float, at, "a number without quotes")
    try:
        return float(number)
    except OverflowError:
        raise WrongError(at, "is too big a number", "Write a smaller number.") from None


def _typed(value: object, kind: Any, at: str, words: str) -> Any:  # noqa: ANN401 - what `kind` says
    is_truth = isinstance(value, bool)  # bool is an int to Python, not to a person
    if not isinstance(value, kind) or is_truth != (kind is bool):
        raise WrongError(at, f"must be {words}", f"Write {words}.")
    return value
