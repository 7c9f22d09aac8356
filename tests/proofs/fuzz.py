"""Proof: no frame crashes a decoder. Whatever comes is a value or a DecodeError.

Frames are random, or published ones changed: octets flipped, cut out, doubled, put in. They go
through every characteristic that `hearth decode` knows and every decoder of every driver, contexts
too; those may also say that a frame cannot be a measurement (ImpossibleReadingError).

    python -m tests.proofs.fuzz [--frames 10000000] [--seed 1] [--short] [--json]
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from drivers import registry
from drivers.decode import CHARACTERISTICS
from drivers.driver import Driver, Join
from drivers.frame import Frame
from drivers.readings import glucose_reading
from vitals.errors import DecodeError
from vitals.reading import HubTime, ImpossibleReadingError, MeterIdentity

_VECTORS = Path(__file__).parents[1] / "vectors"
_FRAMES, _SHORT = 10_000_000, 20_000
_MAX_RANDOM = 40
_MEASURED = bytes.fromhex("030600e407040d10260a000078b0f1")  # react-native-ble-plx issue 652
_OWN = 0.8  # of the changed frames are of the very characteristic
_SAME_LENGTH = 0.5  # of the changed frames differ in their octets alone
_NOW = HubTime(
    at=datetime(2026, 11, 23, 12, tzinfo=UTC), boot_id="boot", boottime_ns=1, synchronised=True
)

Target = tuple[str, str, Callable[[bytes], object]]
"""A name, the characteristic or source of its frames, and what takes them."""


def targets() -> Iterator[Target]:
    """Yield everything that takes octets from the air, by name."""
    for uuid, shown in CHARACTERISTICS.items():
        yield f"fields {uuid}", uuid, shown.fields
        yield f"words {uuid}", uuid, shown.words
    for driver in registry.drivers():
        yield from _of(driver)


def _of(driver: Driver) -> Iterator[Target]:
    meter = MeterIdentity(address="C1:00:00:00:00:01", driver=driver.name)

    def frame(uuid: str, data: bytes) -> Frame:
        return Frame(uuid=uuid, data=data, received=_NOW, meter=meter)

    def target(uuid: str, decode: Callable[[Frame], object]) -> Callable[[bytes], object]:
        return lambda data: decode(frame(uuid, data))

    def joined(uuid: str, join: Join) -> Callable[[bytes], object]:
        def joins(data: bytes) -> object:
            # The sequence number stands in octets 1 and 2; another's would be refused at once.
            sequence = int.from_bytes(data[1:3], "little")
            return join(replace(measured, sequence=sequence), frame(uuid, data))

        return joins

    measured = glucose_reading(frame("2a18", _MEASURED))
    for uuid, decode in driver.notify.items():
        yield f"{driver.name} {uuid}", uuid, target(uuid, decode)
    for uuid, join in driver.context.items():
        yield f"{driver.name} {uuid}", uuid, joined(uuid, join)


def seeds() -> dict[str, list[bytes]]:
    """Return published frames to change, by characteristic or source, from the tests' vectors."""
    found = []
    for path in sorted(_VECTORS.glob("*.json")):
        # Other vectors lie there too: invitations are no frames.
        found += [one for one in json.loads(path.read_text()) if "hex" in one and "uuid" in one]
    for path in sorted((_VECTORS / "devices").glob("*.toml")):
        found += tomllib.loads(path.read_text()).get("vector", [])
    by_source: dict[str, list[bytes]] = {}
    for one in found:
        by_source.setdefault(one["uuid"].lower(), []).append(bytes.fromhex(one["hex"]))
    return by_source


def changed(seed: bytes, chance: random.Random) -> bytes:
    """Return a frame with one to four things wrong; half of them keep their length."""
    data = bytearray(seed)
    kinds = 1 if chance.random() < _SAME_LENGTH else 4
    for _ in range(chance.randint(1, 4)):
        at = chance.randint(0, len(data))
        match chance.randint(0, kinds):
            case 0 if at < len(data):
                data[at] ^= 1 << chance.randint(0, 7)
            case 1 if at < len(data):
                data[at] = chance.choice((0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF))
            case 2:
                del data[at : at + chance.randint(1, 3)]
            case 3:
                data[at:at] = chance.randbytes(chance.randint(1, 3))
            case 4:
                data += data[at : at + 8]
    return bytes(data[:512])


def run(frames: int, seed: int) -> dict[str, object]:
    """Feed so many frames; return the counts, and what went wrong."""
    chance = random.Random(seed)  # noqa: S311 - noise, no secret
    known, decoders = seeds(), list(targets())
    everything = [data for some in known.values() for data in some]
    counts: Counter[str] = Counter()
    wrong: dict[str, str] = {}
    began = time.perf_counter()
    for _ in range(frames):
        name, uuid, decode = decoders[chance.randrange(len(decoders))]
        if chance.random() < 0.3:
            data = chance.randbytes(chance.randint(0, _MAX_RANDOM))
        else:
            own = known.get(uuid, everything) if chance.random() < _OWN else everything
            data = changed(own[chance.randrange(len(own))], chance)
        try:
            decode(data)
        except DecodeError:
            counts["decode_errors"] += 1
        except ImpossibleReadingError:
            counts["impossible"] += 1
        except Exception as error:  # noqa: BLE001 - finding these is what this is for
            counts["other"] += 1
            wrong.setdefault(f"{name}: {type(error).__name__}", data.hex())
        else:
            counts["values"] += 1
    return {
        "frames": frames,
        "codecs": len(decoders),
        "values": counts["values"],
        "decode_errors": counts["decode_errors"],
        "impossible": counts["impossible"],
        "other": counts["other"],
        "seconds": round(time.perf_counter() - began, 1),
        "found": wrong,
    }


def main() -> int:
    """Run the proof; the exit status is 0 only if nothing else than the two errors came out."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--frames", type=int, default=_FRAMES)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--short", action="store_true", help="few frames, for every commit")
    parser.add_argument("--json", action="store_true", help="print nothing but the last line")
    chosen = parser.parse_args()
    result = run(_SHORT if chosen.short else chosen.frames, chosen.seed)
    sys.stdout.write(json.dumps(result) + "\n")
    return 0 if not result["other"] else 1


if __name__ == "__main__":
    sys.exit(main())
