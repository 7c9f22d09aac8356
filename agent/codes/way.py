"""Codes about the way to the care team: server, broker, bridge, login."""

from __future__ import annotations

from collections.abc import Mapping

from agent.codes.meaning import Meaning

_KEPT = "Every reading is kept and sent when it works again."

CODES: Mapping[str, Meaning] = {
    "BRIDGE-02": Meaning(
        "There is a bridge key already, and hubs seal their readings to it.",
        "Keep it; `hearth bridge key --show` prints its public half.",
    ),
    "BRIDGE-03": Meaning(
        "The bridge's key is missing or is no key.",
        "Make one with `hearth bridge key`, or name it under bridge.key_file.",
    ),
    "BRIDGE-06": Meaning(
        "The bridge cannot give out certificates: a file under [enrol] cannot be used. Hubs that "
        "joined before are not concerned until theirs are to be renewed.",
        "Take the bridge's folder that `hearth fleet init` made, whole.",
    ),
    "BRIDGE-04": Meaning(
        "The care team has taken this hub back. Nothing that it sends is accepted any more; "
        "what it still holds stays on it.",
        "If that was a mistake, invite the hub anew: `hearth fleet invite`.",
    ),
    "IN-01": Meaning(
        "The care team's server has more open things for this home than a hub keeps.",
        "Complete or cancel what is no longer wanted; the rest comes by itself.",
    ),
    "IN-02": Meaning(
        "The server answers a search for this patient with other people's orders too: it passes "
        "over a part of the question that it does not know. The hub takes none of theirs.",
        "Ask who looks after the server for the search parameter that is missing: `patient`, or "
        "`recipient` of Communication.",
    ),
    "SET-01": Meaning(
        "Settings came that this hub cannot read, or that are too large.",
        "Send what `hearth fleet settings` signed, at most 64 KiB.",
    ),
    "SET-02": Meaning(
        "Settings came that are signed for another hub.",
        "Sign settings for this very hub.",
    ),
    "SET-03": Meaning(
        "Settings came that nobody who may has signed.",
        "Sign them on a machine of the clinic whose key is among hub.signers.",
    ),
    "SET-04": Meaning(
        "Settings came that are not newer than the ones this hub has.",
        "Sign them anew: the version counts up, and a hub never goes back.",
    ),
    "SET-05": Meaning(
        "The settings themselves name another hub than they are signed for.",
        "Write this hub's id and tenant under [hub].",
    ),
    "LOGIN-01": Meaning(
        "There is a login key already, and the server may know it.",
        "Keep it, or choose another --file.",
    ),
    "LOGIN-02": Meaning(
        "The login key cannot be written there.",
        "Run the command as the user that the hub runs as, or choose another --file.",
    ),
    "MQTT-03": Meaning(
        "A message over the broker is in a form of another version. " + _KEPT,
        "Bring hub and bridge to the same version of Hearth.",
    ),
    "NET-01": Meaning(
        "The server's address is unencrypted, and readings do not travel like that.",
        "Write fhir.base_url with https://.",
    ),
    "NET-02": Meaning(
        "Certificate or key files named in the settings are missing, unreadable or no such files.",
        "Check the files the message names; the hub's user must be able to read them.",
    ),
    "NET-03": Meaning(
        "A broker elsewhere needs certificates on both sides, and the settings name none.",
        "Set mqtt.ca_file, mqtt.cert_file and mqtt.key_file.",
    ),
    "NET-04": Meaning(
        "The key for logging in at the FHIR server is missing or is no P-384 or RSA key.",
        "Make one with `hearth login key`.",
    ),
    "SYNC-01": Meaning(
        "The care team's server cannot be reached: no network, or the server is down. " + _KEPT,
        "Look at the router first; `hearth doctor` tells the name, the line and the server apart.",
    ),
    "SYNC-02": Meaning(
        "The server does not accept the hub's login. " + _KEPT,
        "Have the administrator check this hub's registration, token or client certificate.",
    ),
    "SYNC-03": Meaning(
        "The server knows the hub and does not allow it to store readings. " + _KEPT,
        "Ask the administrator for the right to write Observation and Device.",
    ),
    "SYNC-04": Meaning(
        "Something answers at the server's address that is no FHIR server: a sign-in page of a "
        "guest network, or a wrong path. " + _KEPT,
        "Check fhir.base_url; open it in a browser of the same network.",
    ),
    "SYNC-05": Meaning(
        "The server refused a reading for good. It is set aside with the server's reason.",
        "`hearth readings parked` shows why; when that is mended, `hearth readings retry`.",
    ),
    "SYNC-06": Meaning(
        "The server offers no way to store a reading exactly once, so nothing is sent. " + _KEPT,
        "Ask for update-as-create or for conditional create in transactions.",
    ),
    "SYNC-07": Meaning(
        "The server fails each time at one and the same reading. Others go past it; this one is "
        "tried again every five minutes.",
        "Ask the server's administrator to look into its log.",
    ),
    "SYNC-08": Meaning(
        "The hub's clock and the server's differ by more than two minutes; logins fail by that.",
        "Find out which is wrong: `timedatectl` on the hub.",
    ),
    "SYNC-09": Meaning(
        "The server's certificate is signed by nobody whom this hub trusts: a renewed authority, "
        "or somebody in between. Nothing is sent. " + _KEPT,
        "Set fhir.ca_file to the clinic's authority, after asking the clinic.",
    ),
    "SYNC-10": Meaning(
        "By the hub's date the server's certificate is out of date, or not valid yet. " + _KEPT,
        "Check the hub's date first (`timedatectl`), then the server's certificate.",
    ),
}
