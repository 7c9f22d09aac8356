"""Codes about meters: the radio, cables, frames, and whose reading it is."""

from __future__ import annotations

from collections.abc import Mapping

from agent.codes.meaning import Meaning

CODES: Mapping[str, Meaning] = {
    "BLE-01": Meaning(
        "The hub cannot use its Bluetooth: no adapter, no bluetoothd, or it was switched off. "
        "Meters that remember keep their readings until it works again.",
        "See that the adapter is plugged in and `systemctl status bluetooth` says active. "
        "Hearth tries again by itself.",
    ),
    "BLE-02": Meaning(
        "Linux's Bluetooth service refused what the hub asked, or did not answer in time. The hub "
        "asks again by itself.",
        "Nothing, if it is rare. If it is not, run `hearth doctor`.",
    ),
    "BLE-03": Meaning(
        "The hub hears nothing at all by Bluetooth, although it started its scan anew and switched "
        "the adapter off and on. Meters that remember keep their readings.",
        "`systemctl restart bluetooth`; if that does not help, take the adapter out and put it in "
        "again, or switch the hub off and on.",
    ),
    "BLE-04": Meaning(
        "A meter of this home no longer accepts the hub, or the hub has lost what it knew of it: a "
        "battery change or a reset does that. The hub tried to pair it anew and could not.",
        "Put that meter into pairing mode next to the hub. The hub does the rest, or run "
        "`hearth device pair --address` with its address.",
    ),
    "BLE-05": Meaning(
        "The hub paired a meter anew by itself, and that meter says another serial number than "
        "before. Nothing of it is taken, and the audit trail says so.",
        "Look at the meter. If it is a new one, or came back from repair, run `hearth device pair "
        "--address` with its address: a person vouches for it then.",
    ),
    "CTX-01": Meaning(
        "A glucose meter sent the circumstances of a test (a meal, an exercise) and never the test "
        "itself. They are kept as evidence and sent to nobody.",
        "Nothing, if it is rare. If it is not, report the meter's model and firmware.",
    ),
    "DEC-01": Meaning(
        "A meter sent something that breaks the rules of its own kind of message. The frame is "
        "kept, sealed, as evidence; no value was guessed from it.",
        "Report the meter's model and firmware. `hearth readings list --state evidence` counts "
        "such frames.",
    ),
    "DEC-02": Meaning(
        "A frame is well formed and still no reading: its characteristic is not one that Hearth "
        "decodes, or its values cannot be (a day that no calendar has).",
        "Check the UUID if you typed one. From a meter: report its model and firmware.",
    ),
    "DEC-03": Meaning("What was typed is no UUID of Bluetooth.", "Write four hex digits: 2A35."),
    "DEC-04": Meaning(
        "What was typed are no octets.", "Write two hex digits an octet, such as 06 00 01 01."
    ),
    "DROP-01": Meaning(
        "A test with control solution: it measures the meter, not the patient, and is not sent.",
        "Nothing. It is counted, so that a meter that is only ever tested is noticed.",
    ),
    "DROP-02": Meaning(
        "A meter in its demonstration mode: the numbers are made up by the meter.",
        "Switch the demonstration off, as the meter's manual says.",
    ),
    "DROP-03": Meaning(
        "A meter tested itself. The result is no patient's and is not sent.",
        "Nothing.",
    ),
    "PAIR-01": Meaning(
        "Nothing that Hearth can read and that is not paired yet was heard for a minute.",
        "Put the meter into pairing mode (its manual says how; most blink then), within two metres "
        "of the hub, and try again. `hearth device list --supported` names what can be read.",
    ),
    "PAIR-02": Meaning(
        "More than one meter that is not paired yet is calling, perhaps a neighbour's. The hub "
        "does not guess.",
        "Compare the address with the one on your meter's label, and name it with `--address`.",
    ),
    "PAIR-03": Meaning(
        "Meter and hub did not agree: a wrong number, an answer that came too late, or a meter "
        "that is not in pairing mode. Nothing of the attempt is kept.",
        "Put the meter into pairing mode again and begin anew; a number has half a minute.",
    ),
    "PAIR-04": Meaning(
        "The meter, the adapter or bluetoothd went away while they were being paired. Nothing of "
        "the attempt is kept.",
        "Put the meter next to the hub and begin again. If it stays so, run `hearth doctor`.",
    ),
    "PAIR-05": Meaning(
        "Another meter is being paired at this moment. Meters are paired one after the other.",
        "Finish that one first, on the screen or where it was begun; it ends by itself soon.",
    ),
    "PAIR-06": Meaning(
        "A person stopped the pairing, on the hub, on the screen or on the meter.",
        "Nothing. Begin again whenever you like.",
    ),
    "PAIR-07": Meaning(
        "A passkey is a number of up to six digits; something else was typed.",
        "Type just the digits, as the meter or its label shows them.",
    ),
    "RADIO-01": Meaning(
        "The settings name a driver that this version of Hearth does not have.",
        "Choose one of `hearth device list --supported`, or leave the driver out.",
    ),
    "SER-01": Meaning(
        "The port of a meter on a cable does not open: the cable is out, another program has it, "
        "or the hub's user may not.",
        "Plug the cable in again; stop ModemManager; see that the hub is in the group dialout.",
    ),
    "SER-02": Meaning(
        "The meter on a cable takes no octets: it is off, or asks the hub to wait for ever.",
        "Switch the meter on, or take its cable out and in again. Hearth tries again by itself.",
    ),
    "SER-03": Meaning(
        "The settings put a meter on a cable whose driver reads no cable.",
        "Choose a driver for cables, or give the meter a Bluetooth address instead of a port.",
    ),
    "WHO-01": Meaning(
        "A reading is nobody's yet: it came under a user button that the settings do not name, or "
        "from a guest. It is held and sent to nobody's chart.",
        "`hearth readings held` shows it; then `hearth readings assign` or `discard`.",
    ),
    "WHO-02": Meaning(
        "On a scale that several people use, a weight is unlike the patient's own. It is held.",
        "Ask the patient: was this you? Then `hearth readings assign` or `discard`.",
    ),
}
