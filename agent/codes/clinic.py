"""Codes of enrolment, and of the care team's own machines."""

from __future__ import annotations

from collections.abc import Mapping

from agent.codes.meaning import Meaning

CODES: Mapping[str, Meaning] = {
    "ENR-01": Meaning(
        "What was typed or scanned is no invitation of a clinic.",
        "Type the whole line that begins with hearth1/, or scan its code again.",
    ),
    "ENR-02": Meaning(
        "A character of the invitation is wrong, or two changed places. No network was asked.",
        "Compare it with the paper, group by group; the message says where, if that can be told.",
    ),
    "ENR-03": Meaning(
        "The file is no invitation, or was cut.",
        "Write it anew at the clinic: `hearth fleet invite --file`.",
    ),
    "ENR-10": Meaning(
        "The clinic has no invitation with this secret. Nothing was changed on the hub.",
        "Check that it is the newest one; ask the clinic for a new one.",
    ),
    "ENR-11": Meaning(
        "The invitation is for another clinic that uses the same server.",
        "Ask the clinic that this hub belongs to.",
    ),
    "ENR-12": Meaning(
        "A newer invitation for this hub was used, or this one was withdrawn.",
        "Ask the clinic for a new invitation.",
    ),
    "ENR-13": Meaning(
        "Another hub used the invitation: each works once, for one hub.",
        "If no other hub of yours did, tell the clinic at once; it can revoke that hub.",
    ),
    "ENR-14": Meaning(
        "The invitation's time is over. Nothing was changed on the hub.",
        "Ask the clinic for a new invitation.",
    ),
    "ENR-15": Meaning(
        "The hub showed a key that the clinic gave no certificate, or none that still counts.",
        "Ask the clinic for a new invitation, and reset the hub.",
    ),
    "ENR-16": Meaning(
        "The bridge could not read what the hub sent it.", "Update Hearth on the hub."
    ),
    "ENR-17": Meaning(
        "The bridge has nothing at this address.", "Update Hearth on hub and bridge."
    ),
    "ENR-20": Meaning(
        "The clinic's bridge does not answer. What was done so far is kept.",
        "Check cable or Wi-Fi; run the same command again.",
    ),
    "ENR-21": Meaning(
        "Whoever answered does not hold the key that the invitation names, or its certificate is "
        "not valid now. The invitation was not shown to it.",
        "Check this machine's date; tell the clinic.",
    ),
    "ENR-22": Meaning(
        "What came back is no answer of a clinic's bridge, or a certificate for somebody else.",
        "Check the address with the clinic; ask for a new invitation.",
    ),
    "ENR-23": Meaning(
        "The certificates that the clinic gave this hub cannot be read.",
        "Ask the clinic for a new invitation, and reset the hub.",
    ),
    "ENR-24": Meaning(
        "The hub's clock is so far off that it cannot tell whether a certificate is valid.",
        "Set it (sudo timedatectl set-ntp true); run the same command again.",
    ),
    "ENR-25": Meaning(
        "The machine is a hub already. Nothing was changed.",
        "Take it back with `hearth hub reset` first; it sends what it holds before.",
    ),
    "ENR-26": Meaning(
        "No QR code was seen in a minute.",
        "Hold it still in good light; or type the line below it.",
    ),
    "ENR-27": Meaning(
        "The hub's key could not be made in its TPM. Nothing was changed.",
        "Install Debian's tpm2-openssl, see that /dev/tpmrm0 is there; or leave --tpm out.",
    ),
    "ENR-30": Meaning(
        "The clinic cannot give out certificates just now: its server or its authority is away.",
        "Wait a minute; run the same command again.",
    ),
    "ENR-31": Meaning(
        "The clinic's own authority refuses, or gave a certificate that was not asked for.",
        "Ask who looks after it; a bridge must be its registration authority.",
    ),
    "ENR-40": Meaning(
        "The hub's certificate cannot be renewed. Readings are kept; when it ends none can be "
        "sent over the broker.",
        "Look up the code in brackets; a new invitation always helps.",
    ),
    "ENR-41": Meaning(
        "A folder in the hub's state folder, which enrolling writes to as root, is a link.",
        "Somebody put it there: `ls -l` in hub.state_dir. Remove it, and enrol again.",
    ),
    "FLEET-10": Meaning(
        "The passphrase is not the one that locks the clinic's keys.",
        "Type it again. If nobody knows it any more, the clinic must be made anew.",
    ),
    "FLEET-11": Meaning(
        "There is no clinic in that folder.", "Name its folder with --clinic, or make one."
    ),
    "FLEET-12": Meaning(
        "The operator's role does not allow this, or the operator is not listed.",
        "An admin lists operators under [[operator]] in clinic.toml.",
    ),
    "FLEET-13": Meaning(
        "This machine does not hold the clinic's secret: it was added later, or restored in part.",
        "Do it on the clinic's first machine, or restore the secret from its sheet.",
    ),
    "FLEET-15": Meaning(
        "A meter is not named by an address, nor by its driver and a cable.",
        "Write --meter 00:22:09:4B:1A:7C, or --meter onetouch-ultra2@usb.",
    ),
    "FLEET-16": Meaning(
        "An invitation cannot be good for so long, or the time is not written as one.",
        "Write --ttl 30m, 24h or 7d; 90d is the longest.",
    ),
    "FLEET-17": Meaning(
        "Broker and bridge have this name on their own certificates.", "Choose another for the hub."
    ),
    "FLEET-18": Meaning(
        "The passphrase's file cannot be read.", "Name a file that you may read, one line long."
    ),
    "FLEET-19": Meaning(
        "A new passphrase is too short to withstand guessing.", "Take four random words."
    ),
    "FLEET-23": Meaning(
        "The clinic's FHIR server has no patient of that reference. Nobody was invited.",
        "Copy the reference, such as Patient/123, from your own system.",
    ),
    "FLEET-20": Meaning(
        "A line of the backup sheet is mistyped; its check characters say so.",
        "Compare that line with the sheet and type it again.",
    ),
    "FLEET-21": Meaning(
        "The file that was carried between two machines of the care team is damaged, or another.",
        "Carry it over again: `hearth fleet machine ask`, then `add`, then `join`.",
    ),
    "FLEET-22": Meaning(
        "The list of machines has no such name, has it already, or would be empty.",
        "`hearth fleet machine list` shows the names.",
    ),
    "REG-01": Meaning(
        "The clinic's FHIR server does not answer, so its register cannot be read or changed.",
        "Check its address in clinic.toml, and the network; then repeat the command.",
    ),
    "REG-03": Meaning(
        "The FHIR server does not let this login keep the register of hubs.",
        "Let it read, search and write Basic resources.",
    ),
    "REG-04": Meaning(
        "The FHIR server ignores If-Match, so one invitation could be used twice.",
        "Turn versioned updates of Basic on at the server, or use another server.",
    ),
    "SET-08": Meaning(
        "A list of signers came to a hub that joined no clinic, so nobody could have signed it.",
        "Name the signers in the hub's own settings file, under hub.signers.",
    ),
    "SET-06": Meaning(
        "A list of the clinic's signers came that its root key has not signed.",
        "Send the list of the present clinic; nothing was changed.",
    ),
    "SET-07": Meaning(
        "A list of the clinic's signers came that is older than the one the hub has.",
        "Send the present list; a removed machine stays removed.",
    ),
    "FIND-01": Meaning(
        "The FHIR server does not answer the care team's machine. Nothing was changed.",
        "Check this machine's network, then run the command again.",
    ),
    "FIND-02": Meaning(
        "The FHIR server does not show the register of hubs, or what hubs say of themselves.",
        "Let this machine's login read and search Basic and Device on the server.",
    ),
    "FLEET-30": Meaning(
        "Neither the clinic's register nor any report on the server names this hub.",
        "`hearth fleet list --all` shows the names of all.",
    ),
    "FLEET-31": Meaning(
        "The register's entry of a hub could not be written: others changed it at the same moment, "
        "or the server refuses.",
        "Look at the hub, then try again; let this machine's login write Basic on the server.",
    ),
    "FLEET-32": Meaning("A note about a hub is empty or too long.", "Write it in a few words."),
    "FLEET-33": Meaning(
        "Settings name another hub than the register has, or a hub that was taken back.",
        "Name the hub that the settings are for; invite one that was taken back anew.",
    ),
    "FLEET-34": Meaning(
        "Nothing can be sent to a hub that belongs to no patient.",
        "Invite it anew for its patient: `hearth fleet invite`.",
    ),
    "FLEET-35": Meaning(
        "The FHIR server refuses an order to a hub.",
        "Let this machine's login write Task on the server, and see that the patient is there.",
    ),
    "FLEET-36": Meaning(
        "What was typed is not the hub's name, so nothing was done.",
        "Type the name as it is shown, or leave it.",
    ),
    "FLEET-37": Meaning(
        "The settings cannot be read from that file.", "Name a file of settings (TOML)."
    ),
    "FLEET-38": Meaning(
        "A hub that was taken back gets no new certificate.",
        "Invite it anew: `hearth fleet invite`.",
    ),
    "FLEET-39": Meaning(
        "Hubs were to be told a new key of the bridges', and none was made.",
        "Make one first: `hearth fleet rotate --bridge`, and carry it to every bridge.",
    ),
    "FLEET-40": Meaning(
        "A key was to be changed, and it was not said whose.",
        "Name a hub, or the bridges: `hearth fleet rotate --bridge`.",
    ),
}
