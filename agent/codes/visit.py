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
    "VISIT-04": Meaning(
        "The link of a video visit was used already, by another browser than this one. A link "
        "works once.",
        "If it was not you, look at `hearth audit show` on the hub and have a new link made.",
    ),
    "VISIT-05": Meaning(
        "The clinic cancelled this visit.",
        "Have a new link made, if it was a mistake: `hearth visit invite`.",
    ),
    "VISIT-06": Meaning(
        "The invitation names another hub, or keys that this hub no longer has: it was reset.",
        "Have a new link made; the hub tells its present keys with `hearth visit key`.",
    ),
    "VISIT-07": Meaning(
        "Another visit is under way at this hub.",
        "Try again in a few minutes; the link keeps its worth.",
    ),
    "VISIT-08": Meaning(
        "The patient has not allowed video visits, so nothing rings.",
        "Call by telephone; the patient can allow visits on the screen, under Help.",
    ),
    "VISIT-09": Meaning(
        "No screen is connected to this hub, so nothing can ring.",
        "Look at the display's cable and power; on the hub: systemctl status hearth-screen.",
    ),
    "VISIT-10": Meaning(
        "The home was called too often in a short time, or has too many open invitations.",
        "Wait a few minutes, then have a new link made.",
    ),
    "VISIT-11": Meaning(
        "The password of the TURN server, by which visits get through firewalls, cannot be read.",
        "Check visit.turn_password_file; the hub's user must be able to read it.",
    ),
    "VISIT-12": Meaning(
        "What came is no message of a video visit that this version knows. It was dropped.",
        "Reload the page; bring bridge and hub to the same version of Hearth.",
    ),
    "VISIT-13": Meaning(
        "An invitation to a video visit cannot be made like that.",
        "Name hub and caller as the clinic does, and 1 to 1440 minutes.",
    ),
    "VISIT-14": Meaning(
        "The hub has not told the server its keys for visits yet, so nobody can be invited to it.",
        "See that it has a screen and reaches the server; on the hub: `hearth visit key`.",
    ),
    "VISIT-15": Meaning(
        "No visit of that name was invited from this machine.",
        "Name it as `hearth visit list` shows it.",
    ),
    "VISIT-16": Meaning(
        "The clinic's server refused what a visit needs there: its Appointment, or its cancelling.",
        "Let this login write Appointment and Task on the server.",
    ),
    "VISIT-17": Meaning(
        "No hub with a screen runs on this machine, so there are no keys for visits.",
        "Set screen.enabled, start the hub, and run the command as its user.",
    ),
    "VISIT-18": Meaning(
        "The hub was taken back from its home, so no visit rings there any more.",
        "Look with `hearth fleet list` which hub the patient has now, and invite to that one.",
    ),
    "WEB-01": Meaning(
        "The bridge cannot listen on a port of its own: for its pages, or for telling how it is.",
        "Choose another web.port or bridge.status_port, or stop the program that listens there.",
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
    "WEB-03": Meaning(
        "The bridge's web server needs a library that is not installed here.",
        "Install Hearth with its extra for bridges: pip install 'hearth-hub[bridge]'.",
    ),
}
