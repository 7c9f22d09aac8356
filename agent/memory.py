"""How much memory this process has needed."""

from __future__ import annotations

from pathlib import Path

_KIB = 1024


def peak_rss_mb() -> float:
    """Return the most that this process held resident since it began, in MiB.

    VmHWM of proc_pid_status(5), not getrusage(2): across exec, ru_maxrss keeps the peak of whoever
    started this process.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return round(int(status.partition("VmHWM:")[2].split()[0]) / _KIB, 1)
