"""`hearth vitals`: pulse and breathing from a camera or a video file, or why there are none."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agent.cli.run import DEFAULT_CONFIG
from agent.memory import peak_rss_mb
from vitals.errors import HubError

if TYPE_CHECKING:  # OpenCV and numpy take half a second: other commands must not pay for them
    from vitals.rppg.frame import Camera, TimedFrame
    from vitals.rppg.measure import Live, Status
    from vitals.rppg.result import Result

REFUSED = 3
_CAMERA_S, _FILE_S = 30.0, 120.0


def vitals(  # noqa: PLR0913 - one a word of the command line
    video: Annotated[
        Path | None,
        typer.Argument(metavar="VIDEO", help="A video file of one face.", show_default=False),
    ] = None,
    *,
    camera: Annotated[
        int | None, typer.Option(min=0, help="Use the camera /dev/videoN.", show_default=False)
    ] = None,
    seconds: Annotated[
        float | None,
        typer.Option(min=8, max=120, help="Longest time to look; 30 (camera) or 120 (file)."),
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Stop at the first sure pulse, after about 10 s.")
    ] = False,
    skin: Annotated[
        bool, typer.Option("--skin", help="The pictures show nothing but skin; look for no face.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    explain: Annotated[
        bool, typer.Option("--explain", help="Print also what the decision was made of.")
    ] = False,
    send: Annotated[
        bool, typer.Option("--send", help="Hand the camera's estimate to the running hub.")
    ] = False,
    config: Annotated[Path, typer.Option(help="The hub's settings, for --send.")] = DEFAULT_CONFIG,
    plot: Annotated[
        Path | None,
        typer.Option(help="Draw what was seen into this PNG file; it shows the face."),
    ] = None,
) -> None:
    """Estimate pulse and breathing from video of a face, or say why that cannot be done.

    Breathing needs 30 s, heart-rate variability 60 s. Estimates, not a cleared medical measurement.

    Exit status: 0 a pulse rate was given, 3 it was refused, 1 the video or camera cannot be used,
    2 the command was written wrongly.

    For example: hearth vitals face.mp4 --explain
    """
    if (video is None) == (camera is None):
        raise typer.BadParameter("Name either a video file or a --camera.")
    if send and camera is None:
        raise typer.BadParameter("Only what a --camera saw is anybody's; a file is not sent.")
    from vitals.rppg.measure import Live  # noqa: PLC0415 - see TYPE_CHECKING above

    source = _opened(video, camera)
    live = Live(skin=skin)
    watch = _Stopwatch()
    longest = seconds or (_FILE_S if camera is None else _CAMERA_S)
    try:
        progress = _Progress(shown=sys.stderr.isatty() and not as_json)
        pictures = watch.timed(source, longest)
        result = live.run(pictures, quick=quick, progress=progress)
        progress.clear()
    finally:
        source.close()
    if plot is not None:
        _drawn(live, result, plot)
    found = _found(live, result, watch, progress) | _held(source)
    if explain:
        found["quality"] = {name: round(value, 4) for name, value in result.quality.items()}
    lines = [json.dumps(found, indent=2)] if as_json else _in_words(found, result)
    typer.echo("\n".join(lines))
    if send and camera is not None:
        typer.echo(_sent(live, result, source, camera, config), err=True)
    if result.pulse_rate_bpm is None:
        raise typer.Exit(REFUSED)


def _opened(video: Path | None, camera: int | None) -> Camera:
    from vitals.rppg.camera import VideoFile, open_camera  # noqa: PLC0415 - as above

    if camera is not None:
        return open_camera(camera)
    if video is None:
        raise HubError("There is nothing to look at.", fix="Name a video file.", code="VIT-01")
    return VideoFile(video)


class _Stopwatch:
    """Counts the processor's time for everything but reading and decoding pictures."""

    def __init__(self) -> None:
        self.frames = 0
        self._reading_s = 0.0
        self._began_s = time.process_time()

    def timed(self, camera: Camera, seconds: float) -> Iterator[TimedFrame]:
        from vitals.rppg.frame import frames  # noqa: PLC0415 - as above

        pictures = frames(camera, seconds)
        while True:
            before_s = time.process_time()
            picture = next(pictures, None)
            self._reading_s += time.process_time() - before_s
            if picture is None:
                return
            self.frames += 1
            yield picture

    @property
    def ms_per_frame(self) -> float:
        spent_s = time.process_time() - self._began_s - self._reading_s
        return 1000 * spent_s / max(1, self.frames)


class _Progress:
    """Says on the terminal how far it is, and remembers when the pulse was first sure."""

    def __init__(self, *, shown: bool) -> None:
        self._shown = shown
        self.sure_s: float | None = None

    def __call__(self, status: Status) -> None:
        if status.settled and self.sure_s is None:
            self.sure_s = status.seconds
        if self._shown:
            words = status.guidance.sentence if status.guidance else "Please keep still."
            typer.echo(f"\r\x1b[K{status.seconds:3.0f} s  {words}", err=True, nl=False)

    def clear(self) -> None:
        if self._shown:
            typer.echo("\r\x1b[K", err=True, nl=False)


def _found(live: Live, result: Result, watch: _Stopwatch, progress: _Progress) -> dict[str, Any]:
    hrv = result.hrv
    given = hrv and {"sdnn_ms": hrv.sdnn_ms, "rmssd_ms": hrv.rmssd_ms, "beats": hrv.beats}
    return {
        "pulse_rate_bpm": _tenth(result.pulse_rate_bpm),
        "respiratory_rate_bpm": _tenth(result.respiratory_rate_bpm),
        "hrv": given and {name: round(value, 1) for name, value in given.items()},
        "confidence": round(result.confidence, 4),
        "respiratory_confidence": round(result.respiratory_confidence, 4),
        "reasons": [{"code": one.code, "sentence": one.sentence} for one in result.reasons],
        "seconds_used": _tenth(result.seconds_used),
        "seconds_to_pulse": _tenth(progress.sure_s),
        "frames": watch.frames,
        "frames_per_s": round(live.rows.frames_per_s, 2),
        "valid_share": round(live.rows.valid_share, 3),
        "ms_per_frame": round(watch.ms_per_frame, 3),
        "peak_rss_mb": peak_rss_mb(),
    }


def _held(source: Camera) -> dict[str, Any]:
    locks = source.locks
    held = {
        "exposure": locks.exposure,
        "white_balance": locks.white_balance,
        "gain": locks.gain,
    }
    return {"source": source.name, "held": held}


def _sent(live: Live, result: Result, source: Camera, number: int, config: Path) -> str:
    """Hand the estimate to the running hub; return what to say about it."""
    from agent import desk  # noqa: PLC0415 - other commands must not pay for it
    from agent.clock import HubClock  # noqa: PLC0415 - the same
    from agent.estimates import question  # noqa: PLC0415 - the same
    from config.load import load  # noqa: PLC0415 - the same
    from vitals.rppg.reading import Circumstances, reading, usb_address  # noqa: PLC0415 - the same

    seen = Circumstances(
        address=usb_address(number),
        frames_per_s=live.rows.frames_per_s,
        valid_share=live.rows.valid_share,
        locks=source.locks,
    )
    made = reading(result, seen, HubClock()())
    answer = desk.ask(load(config).hub.state_dir, question(made))
    if answer is None:
        raise HubError("No hub is running.", fix="Start it: hearth run.", code="CAM-04")
    return "The hub has it." if answer.get("kept") else "The hub keeps no refusals."


def _drawn(live: Live, result: Result, path: Path) -> None:
    from vitals.rppg.plot import plot, save  # noqa: PLC0415 - as above

    watcher = live.watcher
    sheet = plot(
        result,
        live.rows.trace(),
        picture=watcher.picture,
        flat=watcher.flat,
        masks=watcher.masks,
    )
    save(sheet, path)


def _in_words(found: dict[str, Any], result: Result) -> list[str]:
    # From the result itself: a tenth that is rounded again may show another whole number.
    pulse, breath, hrv = result.pulse_rate_bpm, result.respiratory_rate_bpm, result.hrv
    lines = ["no pulse rate" if pulse is None else f"pulse {pulse:.0f} per minute"]
    lines += [f"  {one['sentence']} ({one['code']})" for one in found["reasons"]]
    lines.append("no breathing rate" if breath is None else f"breathing {breath:.0f} per minute")
    if hrv is not None:
        lines.append(f"SDNN {hrv.sdnn_ms:.0f} ms, RMSSD {hrv.rmssd_ms:.0f} ms")
    per_cent = min(99.9, 100 * found["confidence"])  # nobody is ever 100 % sure
    sure = f"{per_cent:.1f} % sure of the pulse within 5 per minute"
    lines.append(f"{sure}, from {found['seconds_used']:.0f} s")
    lines += [f"  {name} {value:g}" for name, value in found.get("quality", {}).items()]
    return [*lines, "An estimate by camera, not a cleared medical measurement."]


def _tenth(number: float | None) -> float | None:
    return None if number is None else round(number, 1)
