"""Codes about what the hub keeps: its store, its keys, its settings, its desk."""

from __future__ import annotations

from collections.abc import Mapping

from agent.codes.meaning import Meaning

_REPORT = "Report it with the version that `hearth doctor` names."

CODES: Mapping[str, Meaning] = {
    "CFG-01": Meaning(
        "The settings file is missing or may not be read.",
        "Copy the example there and fill it in, or name another file with --config.",
    ),
    "CFG-02": Meaning(
        "The settings file is no TOML: a quote, a bracket or an equals sign is out of place.",
        "Correct the line that the message names.",
    ),
    "CFG-03": Meaning("A setting has a value that it cannot have.", "Write what the message says."),
    "CFG-04": Meaning(
        "The settings hold a word that is no setting, most often a typing error.",
        "Correct it; the message names the nearest ones.",
    ),
    "CFG-05": Meaning(
        "A setting is missing without which the hub cannot work, or one half of a pair is.",
        "Add it as the message shows.",
    ),
    "DESK-01": Meaning(
        "The hub was asked to decide something it does not know, or without a name or a reason.",
        "Give the row's number, who you are, and a patient or a reason.",
    ),
    "DESK-02": Meaning(
        "A hub runs, and did not answer a command in time: it is busy, or stuck. If it is stuck, "
        "systemd's watchdog restarts it within three minutes.",
        "Try again in three minutes; then look at `journalctl -u hearth`.",
    ),
    "DESK-03": Meaning(
        "The command and the running hub are of different versions, as after an update.",
        "Restart the hub: systemctl restart hearth.",
    ),
    "DESK-04": Meaning(
        "A command that can touch one reading or all of them was not told which.",
        "Give a number, or --all.",
    ),
    "DESK-05": Meaning(
        "The hub stopped while a command was talking to it. What was not finished is not kept.",
        "`systemctl status hearth` says why it stopped; then begin again.",
    ),
    "KEY-01": Meaning(
        "The hub has no key, so nothing can be sealed and nothing stored can be opened.",
        "On a new hub: start the agent, which makes one. In a shell of your own the service's key "
        "is not at hand: use the systemd-run line of systemd/README.md.",
    ),
    "KEY-02": Meaning(
        "What should be the hub's key has the wrong length: it was cut or overwritten.",
        "Restore it from its backup. Without it the readings that wait stay sealed for good.",
    ),
    "KEY-03": Meaning(
        "Others on this machine can read the hub's key, so it protects nothing from them.",
        "Run the chmod that the message gives; then think about who may have read it.",
    ),
    "KEY-04": Meaning(
        "A new hub key could not be sealed to this machine, or did not open again afterwards. The "
        "old key is in use as before.",
        "Run the command as root on the hub itself; `systemd-creds has-tpm2` tells of the TPM.",
    ),
    "KEY-05": Meaning(
        "The hub was handed something that is no new key.", "Run `hearth hub rekey`; it makes one."
    ),
    "PACK-01": Meaning(
        "A stored record was written by a later version of Hearth. It is kept as it is.",
        "Install that version, or a newer one.",
    ),
    "PACK-02": Meaning("A stored record opens and makes no sense. It is kept as it is.", _REPORT),
    "PACK-03": Meaning(
        "A record has a field that the stored form has no place for; it was not stored.", _REPORT
    ),
    "SEAL-01": Meaning(
        "The hub's key is not the one this store was sealed with. Nothing was changed.",
        "Restore the right key; or, if the readings are given up, `hearth hub reset`.",
    ),
    "SEAL-02": Meaning(
        "The store belongs to another hub or tenant: the card was swapped, or the id changed.",
        "Set hub.id and hub.tenant back, or give this hub a state_dir of its own.",
    ),
    "SEAL-10": Meaning(
        "A sealed message was made for another key, or was changed on its way.",
        "See that hub and bridge have each other's present keys.",
    ),
    "STORE-01": Meaning(
        "The store's file is damaged. It is put aside, never deleted; every record that still "
        "opens is carried into a new store.",
        "Keep the old file. SD cards that wear out do this: replace the card.",
    ),
    "STORE-02": Meaning(
        "The store is full: new readings cannot be kept. Meters that remember keep theirs.",
        "Get the upload going; `hearth doctor` says what holds it up. Or raise store.max_bytes.",
    ),
    "STORE-03": Meaning(
        "The store cannot be opened at all: the disk is not mounted, full, or not the hub's.",
        "Check the disk and who owns hub.state_dir.",
    ),
    "STORE-04": Meaning(
        "The disk is so slow that ten thousand writes wait. The newest reading was not stored.",
        "Replace the SD card; one that is worn out writes slowly before it fails.",
    ),
    "STORE-05": Meaning(
        "The disk reported an error while the store was read or written.",
        "Look at `dmesg`. Replace the card if it names I/O errors.",
    ),
    "STORE-06": Meaning(
        "Two programs wanted to write to one store; only one may.",
        "Leave the running hub alone; give a second one a state_dir of its own.",
    ),
    "STORE-07": Meaning(
        "Somebody other than Hearth changed the store. What still opens is sent all the same.",
        "Run `hearth readings verify`, and find out who had the card or the machine.",
    ),
    "STORE-08": Meaning(
        "A later version of Hearth wrote this store; this one would not understand it.",
        "Install that version again. Nothing was changed.",
    ),
    "STORE-09": Meaning(
        "Both copies of the store's root key are gone: nothing in it can be opened.",
        "Move the file away and keep it; the hub starts a new store.",
    ),
    "STORE-10": Meaning("The store is already closed: the hub is stopping.", "Restart the hub."),
    "STORE-11": Meaning(
        "The file where the store should be is something else.", "Check hub.state_dir."
    ),
    "STORE-13": Meaning(
        "The care team's server knows newer rows of this store than it holds: an old copy of the "
        "whole file was put back. Readings taken in between may be gone from the hub.",
        "Find out who restored a card or a backup; meters that remember hand theirs over again.",
    ),
    "STORE-14": Meaning(
        "The care team's server knows another store of this hub: the file was replaced, damaged or "
        "lost. After a reset or a new card that is as it should be.",
        "If nobody reset the hub, look for a file that was put aside in hub.state_dir.",
    ),
    "STORE-15": Meaning(
        "The disk is full, and the reserve that the store keeps is in use.",
        "Free the disk; `hearth doctor` says how full it is. Readings are kept while they fit.",
    ),
    "STORE-12": Meaning(
        "There is no such row, or nobody has to decide about it.",
        "`hearth readings list`, `held` and `parked` show the numbers there are.",
    ),
}
