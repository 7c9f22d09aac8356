"""The guest's disk, built when something in it has changed, and kept in a cache between runs."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.system.instructions import Instructions, instructions

SUITE = "trixie"  # Debian 13
PYTHON = "3.13"  # its Python
_HERE = Path(__file__).parent
# Beside what systemd/README.md installs: an init, a clock, a kernel, and sudo as people have it.
_PACKAGES = (
    *("systemd", "systemd-sysv", "systemd-timesyncd", "udev", "dbus", "sudo", "kmod"),
    *("iproute2", "procps", "python3", "linux-image-amd64", "ca-certificates"),
)
_PLATFORMS = (
    *("manylinux_2_34_x86_64", "manylinux_2_28_x86_64", "manylinux_2_27_x86_64"),
    *("manylinux_2_17_x86_64", "manylinux2014_x86_64", "manylinux_2_5_x86_64", "any"),
)
_LIMIT_S = 1800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A disk that boots, its kernel, and how to install Hearth on it."""

    disk: Path
    kernel: Path
    initrd: Path
    steps: Instructions
    built_s: dict[str, float]


def cache_folder() -> Path:
    """Return where the disk is kept between runs."""
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "hearth" / "vm"


def built(cache: Path, source: Path, say: Callable[[str], None]) -> Image:
    """Return a disk with Hearth as it is in `source`, building only the layers that are stale.

    Raises
    ------
    subprocess.CalledProcessError
        When a step fails; its own words are on stderr.
    """
    cache.mkdir(parents=True, exist_ok=True)
    steps = instructions((source / "systemd/README.md").read_text(encoding="utf-8"))
    took_s: dict[str, float] = {}

    @contextmanager
    def layer(name: str, key: str) -> Iterator[bool]:
        """Say whether the layer is stale; once built, remember of what."""
        stamp = cache / f"{name}.key"
        stale = not stamp.exists() or stamp.read_text(encoding="ascii") != key
        began = time.monotonic()
        if stale:
            say(f"building the machine's disk: {name}")
            stamp.unlink(missing_ok=True)
        yield stale
        if stale:
            stamp.write_text(key, encoding="ascii")
            took_s[name] = round(time.monotonic() - began, 1)

    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        packages = sorted({*_PACKAGES, *steps.packages})
        script = (_HERE / "build.sh").read_text(encoding="utf-8")
        key = _hash(SUITE, *packages, script)
        with layer("base", key) as stale:
            if stale:
                _as_root("base", cache, SUITE, mirror(), ",".join(packages))
        pins = [source / ".ci/pins" / name for name in ("build.txt", "hub.txt")]
        key = _hash(key, *steps.pins, *(pin.read_text(encoding="utf-8") for pin in pins))
        with layer("hub", key) as stale:
            if stale:
                copied(source, cache / "source")
                _wheels(pins, cache / "wheels")
                (cache / "install.pins").write_text("\n".join(steps.pins), encoding="utf-8")
                _as_root("hub", cache)
        key = _hash(key, *steps.ours, *(_tracked_content(source)))
        with layer("ours", key) as stale:
            if stale:
                copied(source, cache / "source")
                (cache / "install.ours").write_text("\n".join(steps.ours), encoding="utf-8")
                _as_root("ours", cache)
        with layer("disk", key) as stale:
            if stale or not (cache / "disk.raw").exists():
                _as_root("disk", cache, f"{os.getuid()}:{os.getgid()}")
    return Image(
        disk=cache / "disk.raw",
        kernel=cache / "vmlinuz",
        initrd=cache / "initrd",
        steps=steps,
        built_s=took_s,
    )


def mirror() -> str:
    """Return where this machine's apt has its Debian from, or $HEARTH_DEBIAN_MIRROR."""
    given = os.environ.get("HEARTH_DEBIAN_MIRROR")
    if given:
        return given
    fields = "$(LABEL)|$(COMPONENT)|$(REPO_URI)"
    try:
        said = subprocess.run(
            ["apt-get", "indextargets", "--format", fields, "Created-By: Packages"],
            capture_output=True,
            check=True,
            text=True,
            timeout=60,
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        said = ""
    for line in said.splitlines():
        label, component, uri = line.split("|")
        if (label, component) == ("Debian", "main"):
            return uri
    sys.exit(
        "This machine's apt has no Debian mirror to make a Debian machine from.\n"
        "Do this: name one in HEARTH_DEBIAN_MIRROR, then run this again."
    )


def _as_root(step: str, cache: Path, *more: str) -> None:
    command = ["bash", str(_HERE / "build.sh"), step, str(cache), *more]
    if os.geteuid() != 0:
        command = ["sudo", *command]
    subprocess.run(
        command, check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr, timeout=_LIMIT_S
    )


def _wheels(pins: list[Path], folder: Path) -> None:
    """Fetch what the guest's Python will install, with this machine's pip and its settings."""
    shutil.rmtree(folder, ignore_errors=True)
    wanted = [word for pin in pins for word in ("--requirement", str(pin))]
    platforms = [word for name in _PLATFORMS for word in ("--platform", name)]
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--quiet"),
            *("--disable-pip-version-check", "--no-input", "--no-deps", "--require-hashes"),
            *("--only-binary", ":all:", "--implementation", "cp", "--python-version", PYTHON),
            *(*platforms, *wanted, "--dest", str(folder)),
        ],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=sys.stderr,
        timeout=_LIMIT_S,
    )


# What a user's folder holds that is installed from, and what the guest runs for the tests.
_PARTS = (
    *("agent", "config", "drivers", "sync", "vitals", "systemd", "tests/system/guest"),
    *(".ci/pins", "pyproject.toml", "README.md", "LICENSE"),
)


def _files(source: Path) -> list[Path]:
    """Return every file that is installed from, relative to the folder; none that Python made."""
    found = (
        one
        for part in _PARTS
        for one in ([source / part] if (source / part).is_file() else (source / part).rglob("*"))
    )
    return sorted(
        one.relative_to(source)
        for one in found
        if one.is_file() and "__pycache__" not in one.parts and one.suffix != ".pyc"
    )


def _tracked_content(source: Path) -> Iterator[str]:
    for path in _files(source):
        yield f"{path} {hashlib.sha256((source / path).read_bytes()).hexdigest()}"


def copied(source: Path, folder: Path) -> None:
    """Copy what is installed from into a folder, and nothing that was there before stays."""
    shutil.rmtree(folder, ignore_errors=True)
    for path in _files(source):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / path, folder / path)


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
