"""What of settings and logs may leave the hub. Pure, and by what is allowed, not by what is not.

A setting's value is shown only if its name is on the list; everything else says "set" or "not set".
A log line is kept only if one of our own loggers wrote it; then whatever looks like a name, an
address or a key is taken out, and every text that stands in the settings too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from urllib.parse import urlsplit

from config.schema import Config

OUT = "[left out]"

_SHOWN = frozenset(
    {
        "hub.timezone",
        "fhir.timeout_s",
        "fhir.batch_readings",
        "fhir.login_scope",
        "mqtt.port",
        "mqtt.timeout_s",
        "sync.daily_bytes",
        "radio.enabled",
        "radio.adapter",
        "radio.accept",
        "camera.enabled",
        "camera.number",
        "camera.send_refusals",
        "screen.enabled",
        "screen.language",
        "store.max_bytes",
        "store.max_evidence",
        "meter.driver",
        "meter.shared",
    }
)
_SHORTEST_SECRET = 4
# What systemd's journal prints before our own line, and our line: level, logger, sentence.
_OURS = re.compile(
    r"^(?P<when>\S+) \S+ [^:]*: "
    r"(?P<line>(?:DEBUG|INFO|WARNING|ERROR|CRITICAL) (?:agent|sync|drivers|vitals|config)\.\S+ .*)$"
)
_TELLING = (
    re.compile(r"\b(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}\b"),
    re.compile(r"\b[A-Z][A-Za-z]+/[A-Za-z0-9\-.]+"),  # a FHIR reference
    re.compile(r"\b[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}\b"),
    re.compile(r"\b[0-9A-Fa-f]{12,}\b"),
    re.compile(r"\bhttps?://\S+"),
    re.compile(r"\S+@\S+"),
    re.compile(r"\b[A-Za-z0-9_\-+/]{32,}={0,2}"),
)


def shown(config: Config) -> dict[str, object]:
    """Return every setting by its name: its value if that may be shown, else whether it is set."""
    return dict(_walk("", config))


def _walk(at: str, value: object) -> Iterator[tuple[str, object]]:
    if is_dataclass(value):
        for field in fields(value):
            name = f"{at}.{field.name}" if at else field.name
            yield from _walk(name, getattr(value, field.name))
    elif isinstance(value, tuple) and value and is_dataclass(value[0]):
        for number, one in enumerate(value, 1):
            for name, found in _walk(at, one):
                yield f"{name} ({number})", found
    else:
        yield at, value if at in _SHOWN else "set" if value else "not set"


def secrets(config: Config) -> frozenset[str]:
    """Return every text of the settings that is not on the list of what may be shown.

    Of a reference or an address also its last part, and the name of the machine.
    """
    texts = {text for name, text in _texts("", config) if name not in _SHOWN}
    texts |= {urlsplit(text).hostname or "" for text in texts if "://" in text}
    texts |= {text.rpartition("/")[2] for text in texts}
    return frozenset(text for text in texts if len(text) >= _SHORTEST_SECRET)


def _texts(at: str, value: object) -> Iterator[tuple[str, str]]:
    if is_dataclass(value):
        for field in fields(value):
            name = f"{at}.{field.name}" if at else field.name
            yield from _texts(name, getattr(value, field.name))
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(at, one)
    elif isinstance(value, tuple):
        for one in value:
            yield from _texts(at, one)
    elif value is not None and not isinstance(value, bool | int | float):
        yield at, str(value)


def log_lines(lines: Iterable[str], known: frozenset[str]) -> Iterator[str]:
    """Yield our own log lines without anything telling; count what was left out.

    Parameters
    ----------
    lines : iterable of str
        As `journalctl --output=short-iso` prints them.
    known : frozenset of str
        Texts that must not be seen, such as `secrets` returns.
    """
    dropped = 0
    for line in lines:
        found = _OURS.match(line)
        if found is None:
            dropped += 1
            continue
        yield f"{found['when']} {clean(found['line'], known)}"
    if dropped:
        yield f"{dropped} lines that Hearth's own log did not write were left out."


def clean(text: str, known: frozenset[str]) -> str:
    """Return a text with everything telling replaced."""
    exact = [re.compile(re.escape(one), re.IGNORECASE) for one in known]
    spans = sorted(
        found.span() for telling in (*exact, *_TELLING) for found in telling.finditer(text)
    )
    kept: list[str] = []
    at = 0
    for begin, end in spans:  # one may overlap another: what is left of neither may stay
        if begin > at or (begin == at and not kept):
            kept.append(text[at:begin])
        at = max(at, end)
    return OUT.join([*kept, text[at:]]) if spans else text
