"""Codes of the programs around the hub: camera, screen, demo, measurements."""

from __future__ import annotations

from collections.abc import Mapping

from agent.codes.meaning import Meaning

_AGAIN = "Plug the camera in again; close other programs that show its picture."

CODES: Mapping[str, Meaning] = {
    "FLEET-01": Meaning(
        "There is a signing key already, and hubs trust it.",
        "Keep it; `hearth fleet key --show` prints its public half.",
    ),
    "FLEET-02": Meaning(
        "A key, a counter or a settings file on the care team's machine cannot be used.",
        "Name the right file, as one who may read it and write beside it.",
    ),
    "FLEET-03": Meaning(
        "The settings are too large for a hub.",
        "Shorten them; comments count.",
    ),
    "ANS-01": Meaning(
        "The care team's server refused an answer of the patient, or a word of the care rules. It "
        "is kept, holds up no other, and is offered again every hour.",
        "Let the hub's login write Communication, Flag, QuestionnaireResponse, Consent and "
        "DocumentReference.",
    ),
    "ANS-02": Meaning(
        "Too many messages of this home wait for the server; no more can be kept.",
        "Mend the way to the server: hearth doctor.",
    ),
    "CARE-01": Meaning(
        "The disk does not take what the care rules found: no limit is checked and no day is noted "
        "meanwhile. Readings go on to the care team.",
        "See what `hearth doctor` says of the disk; the rules go on by themselves.",
    ),
    "CARE-02": Meaning(
        "A limit was crossed while 1,000 messages wait for the server: this one is not told. "
        "The reading itself goes on to the care team.",
        "Mend the way to the server, or let the hub's login write Communication and Flag.",
    ),
    "LEDGER-01": Meaning(
        "The first day of a window of the ledger is no date.",
        "Write it as year, month and day: --start 2026-11-01.",
    ),
    "BENCH-01": Meaning(
        "The virtual radio is not installed.", "Install Hearth with its [demo] extra."
    ),
    "BENCH-02": Meaning(
        "A measurement of speed broke off.", "Try again with less of it: --seconds, or --scale."
    ),
    "BENCH-03": Meaning(
        "There is no dbus-daemon on this machine to put a simulated Bluetooth on.",
        "`apt-get install dbus-daemon`.",
    ),
    "CAM-01": Meaning(
        "Camera estimates are off for this patient. Nothing was kept.",
        "The care team turns them on with enabled = true under [camera].",
    ),
    "CAM-02": Meaning(
        "The camera's program and the hub are of different versions.", "Update both, restart both."
    ),
    "CAM-03": Meaning("Another estimate was taken a moment ago.", "Measure again."),
    "CAM-04": Meaning(
        "No hub is running to take the estimate.", "Start it: systemctl start hearth."
    ),
    "CAM-05": Meaning(
        "The patient has not allowed this use of the camera. Nothing was kept.",
        "The patient allows it on the screen, under Help.",
    ),
    "DEMO-01": Meaning(
        "The demo's FHIR server did not start.", "Read the log that the message names."
    ),
    "DEMO-02": Meaning("The demo asks no server but its own.", "Use 127.0.0.1."),
    "DEMO-03": Meaning("The demo's server refused its first patient.", "Run the demo again."),
    "DEMO-04": Meaning(
        "The MQTT broker mosquitto is not installed, or does not start.",
        "Install it (apt-get install mosquitto), or leave out --link mqtt.",
    ),
    "SCR-01": Meaning(
        "The hub and its screen are of different versions.",
        "Restart both: systemctl restart hearth hearth-screen.",
    ),
    "SCR-02": Meaning(
        "The line between hub and screen broke.", "Nothing: the screen connects again by itself."
    ),
    "SCR-03": Meaning(
        "The screen's toolkit is not installed.",
        "Install hearth-hub[screen], and Debian's libegl1 libxkbcommon0 libfontconfig1.",
    ),
    "SCR-04": Meaning("That is no size of a window.", "Write it like this: 1280x800."),
    "SCR-05": Meaning(
        "There is no display to show the screen on.", "Plug one in and restart the screen."
    ),
    "SCR-06": Meaning(
        "A screen said more at once than the hub can hear; it was hung up on.",
        "Nothing: it connects again and says what was not heard.",
    ),
    "VIT-01": Meaning("There is no such video file.", "Check the path."),
    "VIT-02": Meaning("The file cannot be read as a video.", "Copy it again, or convert it."),
    "VIT-03": Meaning("The camera sends no pictures.", _AGAIN),
    "VIT-04": Meaning("There is no such camera, or another program has it.", _AGAIN),
    "VIT-05": Meaning(
        "The drawing cannot be written there.", "Name a folder that you may write to."
    ),
    "VIT-06": Meaning("The camera was unplugged, or fell silent.", _AGAIN),
}
