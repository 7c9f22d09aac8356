"""The icons: line drawings on a square of 24, two units thick with round ends, in one hand.

Each is a short path: `M x y` moves, `L x y` draws a line, `C` a cubic curve, `Z` closes, `O x y r`
a circle, `D x y r` a dot (a filled circle). All are drawn by this project.
"""

from __future__ import annotations

from collections.abc import Mapping

SIDE = 24.0
WEIGHT = 2.0
_ARGUMENTS = {"M": 2, "L": 2, "C": 6, "Z": 0, "O": 3, "D": 3}
_HEART = "M12 20 C5 15 3 11.5 3 8.5 C3 5.5 5.2 4 7.4 4 C9.4 4 11 5 12 7 C13 5 14.6 4 16.6 4 C18.8 4 21 5.5 21 8.5 C21 11.5 19 15 12 20 Z"  # noqa: E501 - one drawing

ICONS: Mapping[str, str] = {
    "blood-pressure": f"{_HEART} M3.5 11 L8 11 L10 8.5 L13 14 L15 11 L20.5 11",
    "glucose": "M12 3 C8 8 5.5 11 5.5 14.5 C5.5 18.2 8.4 21 12 21 C15.6 21 18.5 18.2 18.5 14.5 C18.5 11 16 8 12 3 Z M9 15 C9 16.8 10.2 18 12 18",  # noqa: E501
    "weight": "M5 4 L19 4 L20.5 20 L3.5 20 Z M8 8 C10 6.7 14 6.7 16 8 L14 11.5 L10 11.5 Z",
    "oxygen": "M12 3 L12 11 M12 9 C9.5 9 9 7 7.5 7 C5 7 3.5 12 3.5 16 C3.5 19 4.5 20 6.5 20 C9 20 9.5 18.5 9.5 16 L9.5 11 M12 9 C14.5 9 15 7 16.5 7 C19 7 20.5 12 20.5 16 C20.5 19 19.5 20 17.5 20 C15 20 14.5 18.5 14.5 16 L14.5 11",  # noqa: E501
    "temperature": "M9.5 14 L9.5 5.5 C9.5 4 10.5 3 12 3 C13.5 3 14.5 4 14.5 5.5 L14.5 14 C16 15 16.5 16 16.5 17.2 C16.5 19.5 14.6 21.2 12 21.2 C9.4 21.2 7.5 19.5 7.5 17.2 C7.5 16 8 15 9.5 14 Z M12 9 L12 16 D12 17.2 1.4",  # noqa: E501
    "medicine": "M4.5 19.5 C2.6 17.6 2.6 14.6 4.5 12.7 L12.7 4.5 C14.6 2.6 17.6 2.6 19.5 4.5 C21.4 6.4 21.4 9.4 19.5 11.3 L11.3 19.5 C9.4 21.4 6.4 21.4 4.5 19.5 Z M8.6 8.6 L15.4 15.4",  # noqa: E501
    "questions": "M6 3 L18 3 L18 21 L6 21 Z M9 8 L15 8 M9 12 L15 12 M9 16 L12.5 16",
    "photo": "M3 7.5 L7.5 7.5 L9 5 L15 5 L16.5 7.5 L21 7.5 L21 19 L3 19 Z O12 13 3.6",
    "camera": "O12 11 7 O12 11 2.6 M8 18 L6.5 21 L17.5 21 L16 18",
    "other": "O12 12 8.5 D8 12 1.2 D12 12 1.2 D16 12 1.2",
    "check": "M4.5 12.5 L9.8 18 L19.5 6.5",
    "clock": "O12 12 9 M12 7 L12 12 L15.5 14",
    "cross": "M5.5 5.5 L18.5 18.5 M18.5 5.5 L5.5 18.5",
    "back": "M14.5 5 L7.5 12 L14.5 19",
    "next": "M9.5 5 L16.5 12 L9.5 19",
    "up": "M5 14.5 L12 7.5 L19 14.5",
    "down": "M5 9.5 L12 16.5 L19 9.5",
    "home": "M3.5 11.5 L12 4 L20.5 11.5 M6 10 L6 20 L18 20 L18 10",
    "messages": "M3.5 5.5 L20.5 5.5 L20.5 17 L11 17 L6.5 20.5 L6.5 17 L3.5 17 Z",
    "calendar": "M4 6 L20 6 L20 20.5 L4 20.5 Z M4 10.5 L20 10.5 M8.5 3.5 L8.5 7.5 M15.5 3.5 L15.5 7.5",  # noqa: E501
    "help": "O12 12 9 M9.2 9.5 C9.2 7.9 10.4 7 12 7 C13.6 7 14.8 7.9 14.8 9.4 C14.8 11.5 12 11.6 12 13.8 D12 16.9 1.2",  # noqa: E501
    "phone": "M6.5 3.5 L9.5 3.5 L11 8 L9 9.8 C10 12 12 14 14.2 15 L16 13 L20.5 14.5 L20.5 17.5 C20.5 19.2 19.2 20.5 17.5 20.5 C10 20.5 3.5 14 3.5 6.5 C3.5 4.8 4.8 3.5 6.5 3.5 Z",  # noqa: E501
    "person": "O12 8 4 M4.5 20.5 C4.5 16.5 7.8 14.5 12 14.5 C16.2 14.5 19.5 16.5 19.5 20.5",
    "settings": "M4 7 L13 7 M18 7 L20 7 O15.5 7 2.5 M4 17 L6 17 M11 17 L20 17 O8.5 17 2.5",
    "link": "M4 12 C4 12 7 16 12 16 C17 16 20 12 20 12 M12 16 L12 8 M8.5 11 L12 7.5 L15.5 11",
    "there": "M3.5 12 L8 16.5 L14.5 8 M11.5 14.8 L13.2 16.5 L20.5 7",
    "on-the-way": "M12 20 L12 6 M6 11.5 L12 5.5 L18 11.5",
    "no-network": "M3 9.5 C5.6 7.3 8.7 6.2 12 6.2 C15.3 6.2 18.4 7.3 21 9.5 M6.5 13.5 C8 12.3 9.9 11.7 12 11.7 C14.1 11.7 16 12.3 17.5 13.5 D12 17.8 1.6 M4 20.5 L20 3.5",  # noqa: E501
    "alert": "M12 4 L21 19.5 L3 19.5 Z M12 10 L12 14 D12 16.8 1.1",
    "chair": "M7 3.5 L7 13 L17 13 L17 20.5 M7 13 L7 20.5 M7 17 L17 17",
    "sound": "M4 9.5 L8 9.5 L12.5 5.5 L12.5 18.5 L8 14.5 L4 14.5 Z M16 9 C17.5 10.5 17.5 13.5 16 15 M18.5 6.5 C21.5 9.5 21.5 14.5 18.5 17.5",  # noqa: E501
    "moon": "M19.5 14.5 C18.4 15 17.3 15.2 16 15.2 C11.9 15.2 8.8 12.1 8.8 8 C8.8 6.6 9.1 5.4 9.7 4.2 C6.4 5.4 4 8.6 4 12.3 C4 16.9 7.6 20.5 12.2 20.5 C15.6 20.5 18.3 18.2 19.5 14.5 Z",  # noqa: E501
    "language": "O12 12 9 M3 12 L21 12 M12 3 C8.5 6.5 8.5 17.5 12 21 M12 3 C15.5 6.5 15.5 17.5 12 21",  # noqa: E501
    "lock": "M5.5 10.5 L18.5 10.5 L18.5 20.5 L5.5 20.5 Z M8.5 10.5 L8.5 7.5 C8.5 5.2 9.8 3.5 12 3.5 C14.2 3.5 15.5 5.2 15.5 7.5 L15.5 10.5",  # noqa: E501
    "erase": "M9 5.5 L20.5 5.5 L20.5 18.5 L9 18.5 L3.5 12 Z M12 9.5 L17 14.5 M17 9.5 L12 14.5",
    "space": "M4 10 L4 15.5 L20 15.5 L20 10",
    "face": "O12 12 9 D9 10 1.2 D15 10 1.2 M8.5 14.5 C10 16.5 14 16.5 15.5 14.5",
    "light": "M9 17 L15 17 M10 20.5 L14 20.5 M9 17 C9 14.5 6 13 6 9.5 C6 6 8.7 3.5 12 3.5 C15.3 3.5 18 6 18 9.5 C18 13 15 14.5 15 17",  # noqa: E501
    "ruler": "M4 12 L20 12 M7 8.5 L3.5 12 L7 15.5 M17 8.5 L20.5 12 L17 15.5",
    "still": "M7 20 L7 4 M17 20 L17 4",
}


def path(name: str) -> list[tuple[str, tuple[float, ...]]]:
    """Read one icon as steps: the letter and its figures.

    Raises
    ------
    KeyError
        There is no such icon.
    """
    spaced = "".join(f" {sign} " if sign.isalpha() else sign for sign in ICONS[name]).split()
    steps: list[tuple[str, tuple[float, ...]]] = []
    at = 0
    while at < len(spaced):
        letter = spaced[at]
        end = at + 1 + _ARGUMENTS[letter]
        steps.append((letter, tuple(float(one) for one in spaced[at + 1 : end])))
        at = end
    return steps
