"""Temperature Measurement (2A1C) → Reading."""

from __future__ import annotations

from collections.abc import Mapping

from drivers.codecs import thermometer
from drivers.codecs.thermometer import Site
from drivers.frame import Frame
from drivers.readings.common import timing
from vitals.quantity import Quantity
from vitals.reading import BodySite, Context, ImpossibleReadingError, Kind, Reading, Value

_INTERMEDIATE = "2a1e"
_SITES: Mapping[int, BodySite] = {
    Site.ARMPIT: BodySite.ARMPIT,
    Site.BODY: BodySite.BODY,
    Site.EAR: BodySite.EAR,
    Site.FINGER: BodySite.FINGER,
    Site.GI_TRACT: BodySite.GASTROINTESTINAL,
    Site.MOUTH: BodySite.MOUTH,
    Site.RECTUM: BodySite.RECTUM,
    Site.TOE: BodySite.TOE,
    Site.TYMPANUM: BodySite.TYMPANUM,
}


def temperature_reading(frame: Frame) -> Reading:
    """Turn a Temperature Measurement (2A1C) into a reading, in the unit it was sent in.

    Raises
    ------
    DecodeError
        When the octets break the characteristic's rules.
    ImpossibleReadingError
        When they keep them but cannot be a body's temperature, and for an Intermediate
        Temperature (2A1E): it looks alike and is not a result.
    """
    if frame.uuid == _INTERMEDIATE:
        raise ImpossibleReadingError("an intermediate temperature is not a result")
    sent = thermometer.decode_measurement(frame.data)
    site = None if sent.site_code is None else _SITES.get(sent.site_code)
    return Reading(
        kind=Kind.BODY_TEMPERATURE,
        values={Quantity.BODY_TEMPERATURE: Value(number=sent.temperature, unit=sent.flags.unit)},
        timing=timing(frame, sent.time),
        meter=frame.meter,
        frames=(frame.raw,),
        context=Context(body_site=site),
    )
