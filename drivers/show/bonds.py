"""Bond Management Service, shown."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.codecs import bond_management
from drivers.codecs.bond_management import Opcode
from drivers.show.fields import Fields, name, names
from drivers.show.shown import Shown, listed, plain


def control_fields(data: bytes) -> Fields:
    """Name the fields of a Bond Management Control Point message (2AA4)."""
    sent = bond_management.decode(data)
    return {
        "opcode": name(Opcode, sent.opcode),
        "authorisation_code": sent.authorisation_code.hex(),
    }


def control_words(data: bytes) -> list[str]:
    """Say a Bond Management Control Point message; its code is not repeated."""
    sent = bond_management.decode(data)
    code = ", with a code" if sent.authorisation_code else ""
    return [f"request: {plain(name(Opcode, sent.opcode))}{code}"]


def feature_fields(data: bytes) -> Fields:
    """Name the abilities in a Bond Management Feature (2AA5)."""
    return {"features": names(bond_management.decode_feature(data))}


def feature_words(data: bytes) -> list[str]:
    """Say a Bond Management Feature."""
    return [f"can do: {listed(names(bond_management.decode_feature(data)), 'nothing')}"]


SHOWN: Mapping[str, Shown] = {
    "2aa4": Shown(
        title="Bond Management Control Point", fields=control_fields, words=control_words
    ),
    "2aa5": Shown(title="Bond Management Feature", fields=feature_fields, words=feature_words),
}
