"""Codes of video visits and of the bridge's web server."""

from __future__ import annotations

from collections.abc import Mapping

from agent.codes.meaning import Meaning

CODES: Mapping[str, Meaning] = {
    "VISIT-01": Meaning(
        "The link of a video visit is damaged, or was not made by this clinic.",
        "Copy the whole link, to its last letter, or have a new one made: `hearth visit invite`.",
    ),
    "VISIT-02": Meaning(
        "The invitation is over; a link holds only for the time it was made for.",
        "Have a new one made: `hearth visit invite`.",
    ),
    "VISIT-03": Meaning(
        "The invitation does not hold yet.",
        "Open the link again when the visit is due.",
    ),
    "VISIT-12": Meaning(
        "What came is no message of a video visit that this version knows. It was dropped.",
        "Reload the page; bring bridge and hub to the same version of Hearth.",
    ),
    "WEB-01": Meaning(
        "The bridge's web server cannot listen on its port.",
        "Choose another web.port, or stop the program that listens there.",
    ),
    "WEB-02": Meaning(
        "The certificate or key files of the bridge's web server cannot be used.",
        "Check web.cert_file, web.key_file and web.client_ca_file; the bridge's user must be able "
        "to read them.",
    ),
    "VISIT-30": Meaning(
        "For a video visit the hub found no network address that it could offer.",
        "See that the hub is on the network, and that the TURN server of the clinic answers.",
    ),
    "VISIT-31": Meaning(
        "What came back for a video visit is no answer to the hub's offer. It is dialled again.",
        "Nothing, once; if it stays so, bring page, bridge and hub to one version of Hearth.",
    ),
    "VISIT-32": Meaning(
        "This machine has nothing to record or play sound with, so a video visit is silent.",
        "Install Debian's alsa-utils, or pulseaudio-utils where a sound server runs.",
    ),
    "VISIT-33": Meaning(
        "There is no microphone, or it gives no sound. The video visit goes on without it.",
        "Plug a microphone in; `arecord -l` lists those there are. It is tried every 2 s.",
    ),
    "VISIT-34": Meaning(
        "There is no loudspeaker, or it takes no sound. The video visit goes on without it.",
        "Plug a loudspeaker in; `aplay -l` lists those there are. It is tried every 2 s.",
    ),
}
