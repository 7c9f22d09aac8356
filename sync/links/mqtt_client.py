"""An MQTT 5 client as hub and bridge both use it: verified TLS, no delay, reconnects by itself."""

from __future__ import annotations

import contextlib
import socket
import ssl

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from config.schema import Mqtt
from vitals.errors import HubError

KEEPALIVE_S = 30
SESSION_EXPIRY_S = 7 * 24 * 3600  # nudges wait this long for a hub that is away
LETTER_EXPIRY_S = 30  # signalling is of its minute
RECEIVE_MAXIMUM = 20
MOST_WAITING = 256
"""How many messages wait for a broker that is away or slow; one more is let fall."""
RECONNECT_S = (1, 30)
QOS_AT_MOST_ONCE, QOS_AT_LEAST_ONCE = 0, 1
ONLINE, OFFLINE = b'{"v":1,"state":"online"}', b'{"v":1,"state":"offline"}'
CONTENT_TYPE = "application/vnd.hearth.sealed"


def client(name: str, settings: Mqtt) -> mqtt.Client:
    """Make a client that verifies the broker and shows its own certificate; it connects later.

    Raises
    ------
    HubError
        NET-02 for certificate files that cannot be used, NET-03 for an unsafe broker.
    """
    made = mqtt.Client(
        CallbackAPIVersion.VERSION2,
        client_id=name,
        protocol=MQTTProtocolVersion.MQTTv5,
        reconnect_on_failure=True,
    )
    if settings.ca_file is not None:
        context = _tls(settings)
        made.tls_set_context(context)
        # Renewed while this runs, the certificate is shown from the next connection on.
        made.on_pre_connect = lambda *_: _show(context, settings)
    elif settings.host not in {"127.0.0.1", "::1", "localhost"}:
        raise HubError(
            "Readings may not travel over an unverified connection.",
            fix="Set mqtt.ca_file, mqtt.cert_file and mqtt.key_file in the settings.",
            code="NET-03",
        )
    made.reconnect_delay_set(*RECONNECT_S)
    made.max_queued_messages_set(MOST_WAITING)
    # Small requests that wait for their answers are what Nagle's algorithm holds up.
    made.on_socket_open = _no_delay
    return made


def start(made: mqtt.Client, settings: Mqtt) -> None:
    """Begin to connect, and go on trying with a back-off, in paho's thread."""
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = SESSION_EXPIRY_S
    properties.ReceiveMaximum = RECEIVE_MAXIMUM
    made.connect_async(
        settings.host,
        settings.port,
        keepalive=KEEPALIVE_S,
        clean_start=False,
        properties=properties,
    )
    made.loop_start()


def _tls(settings: Mqtt) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=settings.ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if settings.cert_file is not None:
            context.load_cert_chain(settings.cert_file, settings.key_file)
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        raise HubError(
            f"The certificate files of the broker cannot be used ({type(error).__name__}).",
            fix="Check mqtt.ca_file, mqtt.cert_file and mqtt.key_file.",
            code="NET-02",
        ) from None
    return context


def _show(context: ssl.SSLContext, settings: Mqtt) -> None:
    if settings.cert_file is not None:
        with contextlib.suppress(OSError, ValueError):  # the one that was read last is still shown
            context.load_cert_chain(settings.cert_file, settings.key_file)


def letter(made: mqtt.Client, topic: str, octets: bytes) -> None:
    """Send a letter about a visit: once at least, and no later than in half a minute."""
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.ContentType = CONTENT_TYPE
    properties.MessageExpiryInterval = LETTER_EXPIRY_S
    made.publish(topic, octets, qos=QOS_AT_LEAST_ONCE, properties=properties)


def _no_delay(_client: mqtt.Client, _data: object, opened: object) -> None:
    if isinstance(opened, socket.socket):
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
