"""Reads our own source as a syntax tree: who imports whom, and which names a module uses."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("agent", "config", "drivers", "sync", "vitals")
MADE_AT_RUN_TIME = "<a name made at run time>"


def sources() -> list[Path]:
    """Return every module of the five packages, relative to the root of the project."""
    return sorted(
        path.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob("*.py")
    )


def tree_of(path: Path) -> ast.Module:
    """Parse one module, given by its path relative to the root of the project."""
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), filename=str(path))


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the line and the full name of everything imported, lazy imports included.

    `from a import b` counts as `a.b`: b may be a module. A relative import is yielded with its
    dots, so that no rule takes it for something it knows.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and _name_of(node.func) in {"import_module", "__import__"}:
            yield node.lineno, _literal(node.args)


def used(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the line and the full dotted name of every imported thing used, aliases resolved."""
    known: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                known[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                known[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute):
            head, _, rest = _dotted(node).partition(".")
            if head in known:
                yield node.lineno, f"{known[head]}.{rest}".rstrip(".")


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (base := _dotted(node.value)):
        return f"{base}.{node.attr}"
    return ""


def _name_of(node: ast.expr) -> str:
    return _dotted(node).rpartition(".")[2]


def _literal(arguments: list[ast.expr]) -> str:
    first = arguments[0] if arguments else None
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        return first.value
    return MADE_AT_RUN_TIME
