"""Makes a new hub's key where it is kept best: sealed to its TPM, else to the machine itself."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from agent.keepers import CredentialKeeper
from agent.keys import Rung
from vitals.errors import HubError


def seal_new(path: Path, options: Sequence[str] = ()) -> Rung:
    """Make a key in a new credential; return by what it is sealed.

    Parameters
    ----------
    path : Path
        The credential that the service's unit names; one that is there already is kept.
    options : sequence of str
        For systemd-creds, such as where the TPM is.

    Raises
    ------
    HubError
        KEY-04 when systemd-creds can seal by neither.
    """
    keeper = CredentialKeeper(path, options)
    if path.exists():
        return keeper.rung()
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        keeper.renew(Rung.TPM)
    except HubError:  # there is no TPM, or none that opens again what it sealed
        keeper.renew(Rung.HOST)
    return keeper.rung()
