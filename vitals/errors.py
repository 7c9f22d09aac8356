"""The three families of failure, told apart by who must act.

Every message is safe to log: it never holds a value, a name or raw bytes.
"""

from __future__ import annotations


class HearthError(Exception):
    """A failure somebody can act on: what happened, what to do next, and a code to search for."""

    def __init__(self, message: str, *, fix: str, code: str) -> None:
        """Keep the sentence, the way out and the code apart, so that a screen can lay them out."""
        super().__init__(message)
        self.message = message
        self.fix = fix
        self.code = code

    def __reduce__(self) -> tuple[object, ...]:
        """Survive pickling although the constructor takes keywords."""
        return (_rebuild, (type(self), self.__dict__.copy(), self.args))


def _rebuild(kind: type[HearthError], state: dict[str, object], args: tuple[object, ...]) -> object:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(state)
    return error


class DecodeError(HearthError):
    """The device broke its rules: these octets are no valid frame. It is kept as evidence."""

    def __init__(self, message: str, *, at: int, code: str = "DEC-01") -> None:
        """Say what is wrong and at which octet (counted from 0) it was noticed."""
        super().__init__(
            f"{message} (at octet {at})",
            fix="Keep the frame; report the device model and firmware with it.",
            code=code,
        )
        self.at = at


class LinkError(HearthError):
    """A radio, cable or network fault: trying again later is the cure."""

    def __init__(
        self, message: str, *, fix: str = "Hearth tries again by itself.", code: str
    ) -> None:
        """Name the link's fault; the default fix is patience."""
        super().__init__(message, fix=fix, code=code)


class HubError(HearthError):
    """A person must act: the hub cannot mend this alone."""
