"""What a log line may hold: which driver, which code, how many. Never a value, a name, a frame."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import PurePath

import pytest

from tests.house import imported, sources, tree_of

METHODS = {"debug", "info", "warning", "error", "critical", "log"}
WITH_TRACEBACK = {"exc_info", "stack_info"}  # a traceback prints values
# Everything that is ever logged. Whoever adds a line here has made sure that no patient is in it.
HARMLESS = re.compile(
    r"""
      ([\w.]+\.)?code                  # of one of our errors
    | ([\w.]+\.)?driver(\.name)?       # which kind of meter
    | type\(\w+\)\.__name__            # which kind of error
    | ([\w.]+\.)?outcome\.value        # how a session ended: an enum of ours
    | request\.purpose                 # what was asked of the server: an enum of ours
    | uuid                             # which characteristic
    | len\(\w+\)                       # how many
    | \w+_s(\(\)|\[\w+\])?             # how long
    | _place\(error\)                  # a module and line of our source
    | name | task\.get_name\(\)        # which part of the hub
    | ','\.join\(dead\)                # which parts of the hub
    | chosen\.name                    # which way to the server: mqtt or https
    | error\.att_error                # a number that Bluetooth defines
    | found\.kind                      # which type of resource, from a fixed list
    | answer\.fault                   # why no answer came: an enum of ours
    | _known\(error\)                  # OAuth's word for a refused login, from a fixed list
    | reason                          # MQTT 5's own word for a refused connection
    | cure\.name                       # what is tried at the radio: an enum of ours
    | finish\.why\ or\ '-'             # how a session ended: words of ours, and codes
    | self\.refusal | _name\(error\)     # which kind of error, as D-Bus or Python calls it
    | running\.port                   # of the bridge's status page
    """,
    re.VERBOSE,
)


def talkative(path: PurePath, tree: ast.AST) -> Iterator[str]:
    """Yield every log call that could tell more than HARMLESS, or that formats by itself."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
            continue
        if ast.unparse(node.func.value) not in {"log", "logger", "logging"}:
            continue
        if node.func.attr == "exception":
            yield f"{path}:{node.lineno}: log.exception prints values; log the error's code"
        elif node.func.attr in METHODS:
            yield from (f"{path}:{node.lineno}: {fault}" for fault in _faults(node))


def _faults(call: ast.Call) -> Iterator[str]:
    sentence, *arguments = call.args
    if not (isinstance(sentence, ast.Constant) and isinstance(sentence.value, str)):
        yield f"the sentence must be a constant: {ast.unparse(sentence)}"
    for argument in arguments:
        if not isinstance(argument, ast.Constant) and not HARMLESS.fullmatch(ast.unparse(argument)):
            yield f"logs {ast.unparse(argument)}: is no patient in it? Then add it to HARMLESS"
    for keyword in call.keywords:
        if keyword.arg is None or keyword.arg in WITH_TRACEBACK:
            yield f"logs {keyword.arg or 'unknown keywords'}: a traceback prints values"


def test_a_log_line_holds_only_what_is_known_to_be_harmless() -> None:
    assert [fault for path in sources() for fault in talkative(path, tree_of(path))] == []


def test_every_log_is_called_log_so_that_the_rule_sees_it() -> None:
    users = [
        path
        for path in sources()
        if any(name.partition(".")[0] == "logging" for _, name in imported(tree_of(path)))
    ]
    assert users
    for path in users:
        makers = [
            ast.unparse(node)
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.Assign) and "getLogger" in ast.unparse(node.value)
        ]
        assert makers in (["log = logging.getLogger(__name__)"], []), path


@pytest.mark.parametrize(
    "source",
    [
        "log.info('stored %s', reading)",
        "log.info('from %s', meter.address)",
        "log.info('meter %s', meter.name)",
        "log.warning('frame %s', frame.data.hex())",
        "log.error('refused: %s', error)",
        "log.info('patient %s', record.patient)",
        "log.info('pulse %s', reading.values[Quantity.PULSE_RATE].value)",
        "log.info(f'stored {reading}')",
        "log.info('stored ' + str(reading))",
        "log.exception('stopped')",
        "log.error('stopped', exc_info=True)",
        "log.info('stored', **details)",
        "logging.warning('from %s', patient)",
    ],
)
def test_a_log_line_that_tells_of_a_patient_is_found(source: str) -> None:
    assert len(list(talkative(PurePath("agent/x.py"), ast.parse(source)))) == 1


@pytest.mark.parametrize(
    "source",
    [
        "log.info('stored readings=%d code=%s', len(seqs), error.code)",
        "log.info('session ended driver=%s', driver.name)",
        "logbook.info('is another thing: %s', reading)",
    ],
)
def test_a_harmless_log_line_passes(source: str) -> None:
    assert list(talkative(PurePath("agent/x.py"), ast.parse(source))) == []
