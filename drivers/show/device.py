"""Device Information and User Data Services, shown."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.codecs import device_information, user_data
from drivers.show.fields import Fields, name
from drivers.show.shown import Shown, in_words, plain


def text_fields(data: bytes) -> Fields:
    """Name the text of a Device Information string."""
    return {"text": device_information.decode_text(data)}


def text_words(data: bytes) -> list[str]:
    """Say a Device Information string."""
    shown = "".join(one for one in device_information.decode_text(data) if one.isprintable())
    return [shown.strip() or "(empty)"]


def system_id_fields(data: bytes) -> Fields:
    """Name a System ID (2A23) as an EUI-64."""
    return {"eui64": device_information.decode_system_id(data)}


def pnp_fields(data: bytes) -> Fields:
    """Name the fields of a PnP ID (2A50)."""
    sent = device_information.decode_pnp_id(data)
    return {
        "vendor_source": sent.vendor_source,
        "vendor_id": sent.vendor_id,
        "product_id": sent.product_id,
        "product_version": sent.product_version,
    }


def udi_fields(data: bytes) -> Fields:
    """Name the texts of a UDI (2BFF)."""
    sent = device_information.decode_udi(data)
    texts = {
        "label": sent.label,
        "device_identifier": sent.device_identifier,
        "issuer_oid": sent.issuer_oid,
        "authority_oid": sent.authority_oid,
    }
    return {"flags": int(sent.flags)} | {k: v for k, v in texts.items() if v is not None}


def udi_words(data: bytes) -> list[str]:
    """Say a UDI."""
    lines = in_words(udi_fields)(data)
    return ["".join(one if one.isprintable() else " " for one in line).strip() for line in lines]


def raw_fields(data: bytes) -> Fields:
    """Show a Regulatory Certification Data List (2A2A), which Hearth keeps as it is."""
    return {"raw": data.hex()}


def control_fields(data: bytes) -> Fields:
    """Name the fields of a User Control Point message (2A9F)."""
    sent = user_data.decode(data)
    fields: Fields = {"opcode": int(sent.opcode)}
    if sent.user is not None:
        fields["user"] = sent.user
    if sent.consent is not None:
        fields["consent"] = sent.consent
    if sent.request_code is not None and sent.result_code is not None:
        fields["request_opcode"] = sent.request_code
        fields["result"] = name(user_data.Result, sent.result_code)
        fields["parameter"] = sent.parameter.hex()
    return fields


def control_words(data: bytes) -> list[str]:
    """Say a User Control Point message; a consent code is not repeated."""
    sent = user_data.decode(data)
    if sent.request_code is not None and sent.result_code is not None:
        asked = plain(name(user_data.Opcode, sent.request_code))
        return [f"answer to {asked}: {plain(name(user_data.Result, sent.result_code))}"]
    whom = "" if sent.user is None else f", user {sent.user}"
    return [f"request: {plain(sent.opcode.name.lower())}{whom}"]


def user_index_fields(data: bytes) -> Fields:
    """Name the field of a User Index (2A9A)."""
    return {"user": user_data.decode_user_index(data)}


def increment_fields(data: bytes) -> Fields:
    """Name the field of a Database Change Increment (2A99)."""
    return {"increment": user_data.decode_change_increment(data)}


_TEXTS = {
    "2a24": "Model Number String",
    "2a25": "Serial Number String",
    "2a26": "Firmware Revision String",
    "2a27": "Hardware Revision String",
    "2a28": "Software Revision String",
    "2a29": "Manufacturer Name String",
}
SHOWN: Mapping[str, Shown] = {
    **{
        uuid: Shown(title=title, fields=text_fields, words=text_words)
        for uuid, title in _TEXTS.items()
    },
    "2a23": Shown(title="System ID", fields=system_id_fields, words=in_words(system_id_fields)),
    "2a2a": Shown(
        title="Regulatory Certification Data List",
        fields=raw_fields,
        words=lambda data: [f"{len(data)} octets, kept as they are"],
    ),
    "2a50": Shown(title="PnP ID", fields=pnp_fields, words=in_words(pnp_fields)),
    "2a99": Shown(
        title="Database Change Increment",
        fields=increment_fields,
        words=in_words(increment_fields),
    ),
    "2a9a": Shown(title="User Index", fields=user_index_fields, words=in_words(user_index_fields)),
    "2a9f": Shown(title="User Control Point", fields=control_fields, words=control_words),
    "2bff": Shown(title="UDI for Medical Devices", fields=udi_fields, words=udi_words),
}
