"""The lines of systemd/README.md that install a hub: the machine does what a user is told."""

from __future__ import annotations

import re
from dataclasses import dataclass

_HEADING = "## Install on a Raspberry Pi"
_FENCE = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_PROJECT = re.compile(r"pip install .* \.$")
_PACKAGES = re.compile(r"apt-get install (?:--?\S+ )*(.+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Instructions:
    """The block's commands in their order, by where the test runs them.

    Attributes
    ----------
    packages : tuple of str
        What apt-get is told to install; the guest's Debian is made with these.
    pins : tuple of str
        What needs only the pinned packages, so that the disk may keep it from run to run.
    ours : tuple of str
        What installs Hearth itself: run anew when our source has changed.
    hub : tuple of str
        What is done on the running hub. The line that opens an editor is not among these: the
        tests write the settings there.
    """

    packages: tuple[str, ...]
    pins: tuple[str, ...]
    ours: tuple[str, ...]
    hub: tuple[str, ...]


def instructions(readme: str) -> Instructions:
    """Read the first block of commands under the heading; ValueError if it is not all there."""
    if _HEADING not in readme:
        raise ValueError(f"systemd/README.md has no section {_HEADING!r}")
    block = _FENCE.search(readme, readme.index(_HEADING))
    if block is None:
        raise ValueError(f"systemd/README.md shows no commands under {_HEADING!r}")
    lines = [line.strip() for line in block[1].replace("\\\n", " ").splitlines() if line.strip()]
    packages = [found[1].split() for line in lines if (found := _PACKAGES.search(line))]
    lines = [line for line in lines if "apt-get" not in line]
    project = [number for number, line in enumerate(lines) if _PROJECT.search(line)]
    editor = [number for number, line in enumerate(lines) if "nano" in line]
    if not packages or len(project) != 1 or len(editor) != 1 or editor < project:
        raise ValueError("the commands of systemd/README.md are not what this test knows")
    return Instructions(
        packages=tuple(packages[0]),
        pins=tuple(_as_root(line) for line in lines[: project[0]]),
        ours=(_as_root(lines[project[0]]),),
        hub=tuple(line for n, line in enumerate(lines) if n > project[0] and n != editor[0]),
    )


def _as_root(line: str) -> str:
    """Return a line for a chroot, where whoever runs it is root already."""
    return re.sub(r"\bsudo ", "", line)
