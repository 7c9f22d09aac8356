"""Writes settings as TOML (1.0.0): what `config.load` reads again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def written(settings: Mapping[str, Any]) -> str:
    """Write tables, and lists of tables, one after another; None is left out."""
    lines: list[str] = []
    for name, value in settings.items():
        if isinstance(value, Mapping):
            lines += [f"[{name}]", *_rows(value), ""]
        else:
            for table in value:
                lines += [f"[[{name}]]", *_rows(table), ""]
    return "\n".join(lines)


def _rows(table: Mapping[str, Any]) -> list[str]:
    return [f"{name} = {_value(value)}" for name, value in table.items() if value is not None]


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_text(str(name))} = {_value(one)}" for name, one in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return f"[{', '.join(map(_value, value))}]"
    if isinstance(value, Path | str):
        return _text(str(value))
    return json.dumps(value)  # numbers and truths are JSON's


def _text(text: str) -> str:
    # JSON's escapes are TOML's, but for DEL, which TOML wants escaped too.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
