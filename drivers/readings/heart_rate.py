"""Heart Rate Measurement (2A37) → Reading."""

from __future__ import annotations

from decimal import Decimal

from drivers.codecs import heart_rate
from drivers.frame import Frame
from drivers.readings.common import timing
from vitals.quantity import Quantity, Unit
from vitals.reading import Kind, Reading, Value


def heart_rate_reading(frame: Frame) -> Reading | None:
    """Turn a Heart Rate Measurement (2A37) into a reading; raises DecodeError.

    None when the strap has no contact or says 0: it measures nothing then. Intervals between beats
    stay in the frame.
    """
    sent = heart_rate.decode_measurement(frame.data)
    if not sent.heart_rate or sent.contact is False:
        return None
    rate = Value(number=Decimal(sent.heart_rate), unit=Unit.PER_MINUTE)
    return Reading(
        kind=Kind.HEART_RATE,
        values={Quantity.HEART_RATE: rate},
        timing=timing(frame, None),
        meter=frame.meter,
        frames=(frame.raw,),
    )
