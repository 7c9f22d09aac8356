"""Checks where the way to server or broker ends: at the name, the line, TLS, the other side."""

from __future__ import annotations

import socket
import ssl
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from agent.doctor.finding import Finding, broken, good, look
from agent.doctor.place import Place
from config.schema import Mqtt
from sync.capability import capability
from sync.exchange import Answer, Fault, Purpose, Request
from sync.links.https import HttpsLink
from vitals.errors import HubError

SERVER, BROKER = "server", "broker"
_CONNECT_S = 4.0
_ANSWER_S = 8.0
_APART_S = 120
_AHEAD_DAYS = 30
_KEPT = "Readings are kept on the hub and sent when it works again."
_FAULTS = {
    Fault.CERTIFICATE: (
        "The server's certificate is not one that this hub trusts.",
        "hearth explain SYNC-09 tells what to ask the clinic.",
    ),
    Fault.CERTIFICATE_TIME: (
        "By this hub's date the server's certificate is not valid.",
        "Check the date: timedatectl. If it is right, the server's certificate ended.",
    ),
}
_REFUSED = {401: "login", 403: "right to ask"}


def reach(check: str, host: str, port: int) -> Finding | None:
    """Look the name up and open a line; None when both work."""
    try:
        places = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError:
        return broken(
            check,
            f"The name {host} cannot be looked up.",
            means=f"There is no network, or no such name. {_KEPT}",
            do="Check the router's light and the hub's cable or Wi-Fi; then the name's spelling.",
        )
    for family, kind, protocol, _, address in places:
        with socket.socket(family, kind, protocol) as line:
            line.settimeout(_CONNECT_S)
            if line.connect_ex(address) == 0:
                return None
    return broken(
        check,
        f"{host} has an address, and nobody answers on port {port}.",
        means=f"The server is down, or a firewall is in between. {_KEPT}",
        do="Ask the clinic whether it is up; on guest networks open a web page once to sign in.",
    )


def judge(answer: Answer, now: datetime) -> Finding:
    """Judge what the server said to GET metadata at this time."""
    if answer.status is None:
        what, do = _FAULTS.get(
            answer.fault,
            ("The server's line opens, and no answer comes.", "Try again; then ask the clinic."),
        )
        return broken(SERVER, what, means=_KEPT, do=do)
    if answer.status in _REFUSED:
        return broken(
            SERVER,
            f"The server refuses this hub's {_REFUSED[answer.status]} ({answer.status}).",
            means=_KEPT,
            do="Ask the server's administrator to look at this hub's registration.",
        )
    able = capability(answer)
    if able is None:
        return broken(
            SERVER,
            f"The address answers ({answer.status}), and not as a FHIR server.",
            means=f"A wrong path, or a network's sign-in page. {_KEPT}",
            do="Check fhir.base_url; open it in a browser of the same network.",
        )
    if not (able.update_create or able.conditional_create):
        return broken(
            SERVER,
            "The server has no way to store a reading exactly once.",
            means=f"Nothing is sent, so that nothing is doubled. {_KEPT}",
            do="hearth explain SYNC-06 tells what to ask for.",
        )
    return _clocks(answer, now) or good(SERVER, "A FHIR server answers and can store readings.")


def _clocks(answer: Answer, now: datetime) -> Finding | None:
    try:
        theirs = parsedate_to_datetime(answer.headers.get("date", ""))
        apart_s = abs((theirs.astimezone(UTC) - now).total_seconds())
    except (ValueError, OverflowError):
        return None
    if apart_s <= _APART_S:
        return None
    return look(
        SERVER,
        f"The server's clock and this hub's are {apart_s / 60:.0f} minutes apart.",
        means="One of them is wrong; logins fail by that.",
        do="Check the hub's: timedatectl.",
    )


def check_server(place: Place) -> list[Finding]:
    """Go the hub's own way to its server and ask what it can do."""
    fhir = place.config.fhir
    parts = urlsplit(fhir.base_url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if cut := reach(SERVER, parts.hostname or "", port):
        return [cut]
    try:
        link = HttpsLink(replace(fhir, timeout_s=min(fhir.timeout_s, _ANSWER_S)))
    except HubError as error:
        return [broken(SERVER, error.message, means=_KEPT, do=error.fix)]
    try:
        request = Request(
            purpose=Purpose.CAPABILITY,
            method="GET",
            path="metadata",
            headers={"accept": "application/fhir+json"},
        )
        return [judge(link.exchange(request), place.now().at.astimezone(UTC))]
    finally:
        link.close()


def check_broker(place: Place) -> list[Finding]:
    """Open the line to the broker and shake hands; nothing is published."""
    mqtt = place.config.mqtt
    if not mqtt.host:
        return [good(BROKER, "The settings name none; readings go by HTTPS.")]
    if cut := reach(BROKER, mqtt.host, mqtt.port):
        return [cut]
    if mqtt.ca_file is None:
        return [good(BROKER, "The broker answers.")]
    return [_shake_hands(mqtt, place.now().at.astimezone(UTC))]


def _shake_hands(mqtt: Mqtt, now: datetime) -> Finding:
    try:
        context = ssl.create_default_context(cafile=mqtt.ca_file)
        if mqtt.cert_file is not None:
            context.load_cert_chain(mqtt.cert_file, mqtt.key_file)
        with (
            socket.create_connection((mqtt.host, mqtt.port), _CONNECT_S) as line,
            context.wrap_socket(line, server_hostname=mqtt.host) as told,
        ):
            return lasting(str((told.getpeercert() or {}).get("notAfter", "")), now)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        return broken(
            BROKER,
            f"The broker's line opens, and TLS fails ({type(error).__name__}).",
            means=f"Its certificate or this hub's is wrong or out of date. {_KEPT}",
            do="See what is said of the certificates; check mqtt.ca_file with the clinic.",
        )


def lasting(ends: str, now: datetime) -> Finding:
    """Judge how long the broker's certificate lasts; `ends` as TLS tells it, in GMT."""
    try:
        days = int((ssl.cert_time_to_seconds(ends) - now.timestamp()) // 86_400)
    except ValueError:
        days = _AHEAD_DAYS
    if days >= _AHEAD_DAYS:
        return good(BROKER, "The broker answers, and its certificate is trusted.")
    return look(
        BROKER,
        f"The broker answers; its certificate ends in {days} days.",
        means=f"After that no hub of the clinic reaches it. {_KEPT}",
        do="Tell the clinic: hearth fleet certificates makes a new one, there.",
    )
