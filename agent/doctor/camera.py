"""Checks that the camera and the sound are there that the settings ask for."""

from __future__ import annotations

from agent.doctor.finding import Finding, broken, good
from agent.doctor.place import Place

CAMERA, SOUND = "camera", "sound"


def judge_camera(names: dict[int, str], *, wanted: int | None) -> Finding:
    """Judge which cameras there are; `wanted` None: the settings ask for none."""
    if wanted is None:
        return good(CAMERA, "Off in the settings.")
    if wanted in names:
        return good(CAMERA, f"/dev/video{wanted} is there: {names[wanted]}.")
    have = ", ".join(f"{number} ({name})" for number, name in names.items()) or "none"
    return broken(
        CAMERA,
        f"There is no /dev/video{wanted}; there is: {have}.",
        means="No pulse and no breathing can be estimated. Meters are not concerned.",
        do="Plug the camera in again, or correct camera.number.",
    )


def judge_sound(cards: str | None, *, wanted: bool) -> Finding:
    """Judge /proc/asound/cards, where the screen shall ring and speak."""
    if not wanted:
        return good(SOUND, "Not asked for: the screen is off in the settings.")
    if cards and "no soundcards" not in cards:
        return good(SOUND, "There is a sound card.")
    return broken(
        SOUND,
        "There is no sound card.",
        means="The screen cannot ring or speak; a call would be missed.",
        do="Plug the loudspeaker in; on a Raspberry Pi see dtparam=audio=on in config.txt.",
    )


def check(place: Place) -> list[Finding]:
    """Ask the kernel for cameras and sound cards; neither is opened."""
    names = {}
    for path in place.found("sys/class/video4linux/video*/name"):
        number = path.split("/")[-2].removeprefix("video")
        if number.isdigit():
            names[int(number)] = place.text(path) or "no name"
    settings = place.config
    return [
        judge_camera(names, wanted=settings.camera.number if settings.camera.enabled else None),
        judge_sound(place.text("proc/asound/cards"), wanted=settings.screen.enabled),
    ]
