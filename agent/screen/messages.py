"""What hub and screen tell each other: small typed messages, one JSON object a line.

Both sides begin with `Hello`. A side that hears another version says so and hangs up; nothing is
guessed. The screen holds no key and no store: all it knows is the newest `Home` it was told.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from agent.screen.values import (
    Appointment,
    CallState,
    Doing,
    Form,
    How,
    IceServer,
    Letter,
    MeterSeen,
    Name,
    Note,
    Short,
    Shown,
    Task,
    Topic,
    Volume,
    Way,
)

VERSION = 3
SOCKET = "screen.sock"
MAX_LINE_OCTETS = 1024 * 1024  # a photo of 500 kB in base64 fits

Sdp = Annotated[str, Meta(min_length=1, max_length=32 * 1024)]


class Hello(Struct, frozen=True, kw_only=True, tag="hello"):
    """The first message of each side."""

    version: int
    software: Name = ""


class Home(Struct, frozen=True, kw_only=True, tag="home"):
    """Everything the screen shows of this home, told anew whenever it changed."""

    now: datetime
    patient: Short = ""
    language: Annotated[str, Meta(pattern="^[a-z]{2}$")] = "en"
    night_from: int = 21
    night_until: int = 7
    consents: Annotated[list[Topic], Meta(max_length=3)] = []
    clock_set: bool = True
    phone: Name = ""
    tasks: Annotated[list[Task], Meta(max_length=50)] = []
    more_tasks: int = 0
    readings: Annotated[list[Shown], Meta(max_length=12)] = []
    held: Annotated[list[Shown], Meta(max_length=10)] = []  # whose are they?
    way: Way = Way.ALL_THERE
    waiting: int = 0
    writes: bool = False  # whether what the patient writes reaches anybody
    code: Name = ""  # why, for the person on the phone
    notes: Annotated[list[Note], Meta(max_length=10)] = []
    letters: Annotated[list[Letter], Meta(max_length=50)] = []
    appointments: Annotated[list[Appointment], Meta(max_length=20)] = []
    forms: Annotated[list[Form], Meta(max_length=10)] = []
    volume: Volume = Volume.MEDIUM
    speaks: bool = True  # whether anything is said aloud that nobody asked to hear
    hub: Name = ""  # what the care team calls this hub
    meters: Annotated[list[MeterSeen], Meta(max_length=64)] = []


class Arrived(Struct, frozen=True, kw_only=True, tag="arrived"):
    """A reading is on disk, just now."""

    reading: Shown


class Ask(Struct, frozen=True, kw_only=True, tag="ask"):
    """A reading is held until somebody says whose it was."""

    reading: Shown


class Pair(Struct, frozen=True, kw_only=True, tag="pair"):
    """A meter is being paired. `passkey` is to be typed there; none: to be typed here.

    `label`: the number to be typed here is printed on the meter, and not shown by it.
    """

    meter: Short
    label: bool = False
    passkey: Annotated[str, Meta(pattern="^[0-9]{0,6}$")] = ""
    compare: bool = False
    ended: bool = False
    paired: bool = False


class Ring(Struct, frozen=True, kw_only=True, tag="ring"):
    """Somebody of the care team calls, or has stopped calling."""

    id: Name
    who: Short
    role: Short = ""
    ended: bool = False
    auto_s: int = 0  # it answers itself after so long, counted down for all to see; 0: never


class Dial(Struct, frozen=True, kw_only=True, tag="dial"):
    """The patient said yes: take camera and microphone, and make an offer for this call.

    A second one for the same visit is a redial: hang up the call before it, offer anew.
    """

    visit: Name
    call: Name
    who: Short
    ice: Annotated[list[IceServer], Meta(max_length=4)] = []  # these and no others
    vitals: bool = False  # whether pulse and breathing may be estimated and told in this call


class Remote(Struct, frozen=True, kw_only=True, tag="remote"):
    """The other side's answer to the offer, its signature checked, and the four words to show."""

    call: Name
    sdp: Sdp
    words: Annotated[list[Name], Meta(min_length=4, max_length=4)]


class HangUp(Struct, frozen=True, kw_only=True, tag="hang-up"):
    """The visit is over, or never came about: camera and microphone off at once."""

    visit: Name
    why: Name


class Wanted(Struct, frozen=True, kw_only=True, tag="wanted"):
    """The clinician asks for a measurement in the call; `done` once its reading is on disk."""

    call: Name
    doing: Doing
    done: bool = False


class Unlocked(Struct, frozen=True, kw_only=True, tag="unlocked"):
    """Whether the settings code was right; `wait_s` until it may be tried again."""

    right: bool
    wait_s: int = 0


class Heard(Struct, frozen=True, kw_only=True, tag="heard"):
    """How many of this connection's messages were heard, each with its effect on disk."""

    number: int


class Answered(Struct, frozen=True, kw_only=True, tag="answered"):
    """What the patient said to a reminder."""

    task: Name
    how: How


class Mine(Struct, frozen=True, kw_only=True, tag="mine"):
    """What the patient said to "Was this you?"."""

    seq: int
    mine: bool


class Seen(Struct, frozen=True, kw_only=True, tag="seen"):
    """A message was opened."""

    letter: Name


class Reply(Struct, frozen=True, kw_only=True, tag="reply"):
    """A ready answer to a message."""

    letter: Name
    text: Short


class Filled(Struct, frozen=True, kw_only=True, tag="filled"):
    """Answers to a questionnaire, sent after every page so that a power cut loses none."""

    task: Name
    answers: dict[str, list[str]]
    complete: bool


class Protocol(Struct, frozen=True, kw_only=True, tag="protocol"):
    """How a guided blood pressure was taken: proof that travels with its readings."""

    task: Name
    rested_s: int
    readings: Annotated[list[int], Meta(max_length=3)]
    between_s: int


class Passkey(Struct, frozen=True, kw_only=True, tag="passkey"):
    """What was typed, or whether two numbers are the same; empty and not right: stop."""

    digits: Annotated[str, Meta(pattern="^[0-9]{0,6}$")] = ""
    right: bool = False


class Visit(Struct, frozen=True, kw_only=True, tag="visit"):
    """The answer to a call, or "I am ready" before an appointment."""

    id: Name
    accepted: bool


class Photo(Struct, frozen=True, kw_only=True, tag="photo"):
    """A picture the patient looked at and wants sent: JPEG in base64."""

    task: Name
    jpeg: Annotated[str, Meta(max_length=700_000)]


class Estimated(Struct, frozen=True, kw_only=True, tag="estimated"):
    """What the camera estimated, as `agent.estimates.question` writes it; the hub judges it."""

    address: Name
    version: Name
    values: Annotated[dict[Name, tuple[Name, Name]], Meta(max_length=8)]
    about: Annotated[str, Meta(max_length=600)]


class Offered(Struct, frozen=True, kw_only=True, tag="offered"):
    """The offer that `Dial` asked for: a complete SDP, every candidate in it."""

    call: Name
    sdp: Sdp


class Calling(Struct, frozen=True, kw_only=True, tag="calling"):
    """How a call's media stand; said at each change, and at once on a new connection to the hub."""

    call: Name
    state: CallState


class Consent(Struct, frozen=True, kw_only=True, tag="consent"):
    """A permission given or taken back."""

    topic: Topic
    given: bool


class Unlock(Struct, frozen=True, kw_only=True, tag="unlock"):
    """The settings code as typed; only the hub can judge it."""

    code: Annotated[str, Meta(pattern="^[0-9]{4,8}$")]


class Setting(Struct, frozen=True, kw_only=True, tag="setting"):
    """One setting of the screen, changed behind the code.

    language: two letters. volume: of `Volume`. speech: "on" or "off". night: two full hours,
    such as "21-7".
    """

    name: Annotated[str, Meta(pattern="^(language|volume|speech|night)$")]
    value: Name


FromHub = (
    Hello | Home | Arrived | Ask | Pair | Ring | Dial | Remote | HangUp | Wanted | Unlocked | Heard
)
FromScreen = (
    Hello
    | Answered
    | Mine
    | Seen
    | Reply
    | Filled
    | Protocol
    | Passkey
    | Visit
    | Photo
    | Estimated
    | Offered
    | Calling
    | Consent
    | Unlock
    | Setting
)


def encoded(message: FromHub | FromScreen) -> bytes:
    """Write one message as one line."""
    return msgspec.json.encode(message) + b"\n"
