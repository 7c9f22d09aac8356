"""A bundle of small text files, packed and sealed to one reader; opened without trust. Pure.

Form: `hearth-support/1`, a line feed, then a gzipped tar archive sealed by HPKE (`sync.hpke`).
"""

from __future__ import annotations

import io
import re
import tarfile
import zlib
from collections.abc import Mapping

from sync import hpke
from vitals.errors import HubError

MOST_OCTETS = 2 * 1024 * 1024
MOST_FILES = 32

_MAGIC = b"hearth-support/1\n"
_INFO = b"hearth/support/1"
_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}\.(?:json|txt)")


def sealed(files: Mapping[str, str], public: bytes) -> bytes:
    """Pack and seal files, by name, to a 32-octet X25519 public key.

    Raises
    ------
    ValueError
        When a name is none that `opened` takes, or there is too much.
    """
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, text in files.items():
            octets = text.encode()
            if not _NAME.fullmatch(name) or len(octets) > MOST_OCTETS:
                raise ValueError(f"a bundle does not take {name}")
            member = tarfile.TarInfo(name)  # no owner, no time: nothing of the machine
            member.size, member.mode = len(octets), 0o600
            archive.addfile(member, io.BytesIO(octets))
    return _MAGIC + hpke.sealed(packed.getvalue(), public, _INFO)


def opened(octets: bytes, reader: hpke.Reader) -> dict[str, str]:
    """Open a bundle: names and texts.

    Raises
    ------
    HubError
        SUPPORT-02 for what is no bundle, SEAL-10 when it was sealed to another key.
    """
    if not octets.startswith(_MAGIC):
        raise _no_bundle("it does not begin like one")
    plain = reader.opened(octets.removeprefix(_MAGIC), _INFO)
    try:
        # A few octets may unpack to gigabytes: read no more than a bundle may hold.
        inflating = zlib.decompressobj(wbits=31)
        most = MOST_FILES * MOST_OCTETS
        tar = inflating.decompress(plain, most)
        if not inflating.eof:
            raise _no_bundle("it was cut off, or is too large")
        with tarfile.open(fileobj=io.BytesIO(tar), mode="r:") as archive:
            return _read(archive)
    except (tarfile.TarError, zlib.error, UnicodeDecodeError, EOFError) as error:
        raise _no_bundle("it is damaged") from error


def _read(archive: tarfile.TarFile) -> dict[str, str]:
    files: dict[str, str] = {}
    for member in archive:
        file = archive.extractfile(member) if member.isreg() else None
        fits = len(files) < MOST_FILES and member.size <= MOST_OCTETS
        if file is None or not fits or not _NAME.fullmatch(member.name):
            raise _no_bundle("it holds something that no bundle does")
        files[member.name] = file.read().decode()
    return files


def _no_bundle(why: str) -> HubError:
    return HubError(
        f"This is no support bundle: {why}.",
        fix="Ask for the file that `hearth support bundle` wrote, sent as an attachment.",
        code="SUPPORT-02",
    )
