"""From a result to a Reading: an estimate that says of itself how it came about."""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from hashlib import sha256
from importlib import resources
from pathlib import Path

from vitals.quantity import Quantity, Unit
from vitals.reading import Flag, HubTime, Kind, MeterIdentity, RawFrame, Reading, Timing, Value
from vitals.rppg.frame import Locks
from vitals.rppg.result import Result

SOURCE = "camera-estimate"
VERSION = "1"  # of the algorithm: another one wherever the same pictures may give other numbers
_SCHEMA = 1
_MOST_REASONS = 5
_TENTH, _WHOLE = Decimal("0.1"), Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """How the pictures were taken.

    Parameters
    ----------
    address : str
        Which camera, for ever: of its USB port or serial number. Nothing of the patient.
    frames_per_s : float
    valid_share : float, 0 to 1
        Of the pictures in which skin was seen.
    locks : Locks
    """

    address: str
    frames_per_s: float
    valid_share: float
    locks: Locks


def reading(result: Result, seen: Circumstances, at: HubTime) -> Reading:
    """Make a reading of what was estimated; of a refusal, one without values that says why.

    Rates are given to a tenth per minute and variability to a millisecond: finer than any error
    of the method, so rounding takes nothing away that was known.

    Notes
    -----
    The raw frame is a JSON object, keys sorted, below 512 octets: ``v`` 1, ``pulse_confidence``
    and ``breathing_confidence`` (probabilities), ``seconds``, ``frames_per_s``, ``valid_share``,
    ``snr_db`` or null, ``reasons`` (codes of refusals), ``parameters`` (SHA-256 of gate.json),
    ``locks`` (true held, false not, null unknown).
    """
    values = dict(_values(result))
    return Reading(
        kind=Kind.CAMERA,
        values=values,
        timing=Timing(received=at, live=True),
        meter=MeterIdentity(address=seen.address, driver="camera", driver_version=VERSION),
        frames=(RawFrame(source=SOURCE, data=_octets(result, seen)),),
        flags=frozenset() if values else frozenset({Flag.SIGNAL_POOR}),
    )


def usb_address(number: int, root: Path = Path("/sys/class/video4linux")) -> str:
    """Name a camera by the USB port it is plugged into, which outlives restarts and replugging.

    `number` is of /dev/videoN. Where Linux tells no port, the number itself must do.
    """
    try:
        port = (root / f"video{number}" / "device").resolve(strict=True).name
    except OSError:
        port = f"video{number}"
    return f"camera-{port}"


@cache
def parameters_sha256() -> str:
    """Return the hash of everything that was fitted on data, gate.json: 64 hex digits."""
    return sha256(resources.files("vitals.rppg").joinpath("gate.json").read_bytes()).hexdigest()


def _values(result: Result) -> list[tuple[Quantity, Value]]:
    hrv = result.hrv
    found = (
        (Quantity.CAMERA_PULSE_RATE, result.pulse_rate_bpm, Unit.PER_MINUTE, _TENTH),
        (Quantity.CAMERA_RESPIRATORY_RATE, result.respiratory_rate_bpm, Unit.PER_MINUTE, _TENTH),
        (Quantity.CAMERA_SDNN, hrv.sdnn_ms if hrv else None, Unit.MILLISECOND, _WHOLE),
        (Quantity.CAMERA_RMSSD, hrv.rmssd_ms if hrv else None, Unit.MILLISECOND, _WHOLE),
    )
    return [
        (quantity, Value(number=Decimal(number).quantize(digits), unit=unit))
        for quantity, number, unit, digits in found
        if number is not None
    ]


def _octets(result: Result, seen: Circumstances) -> bytes:
    snr_db = result.quality.get("snr_db")
    locks = seen.locks
    about = {
        "v": _SCHEMA,
        "pulse_confidence": round(result.confidence, 4),
        "breathing_confidence": round(result.respiratory_confidence, 4),
        "seconds": round(result.seconds_used, 2),
        "frames_per_s": round(seen.frames_per_s, 2),
        "valid_share": round(seen.valid_share, 3),
        "snr_db": None if snr_db is None else round(snr_db, 2),
        "reasons": [reason.code for reason in result.reasons[:_MOST_REASONS]],
        "parameters": parameters_sha256(),
        "locks": [locks.exposure, locks.white_balance, locks.gain],
    }
    return json.dumps(about, sort_keys=True, separators=(",", ":")).encode()
