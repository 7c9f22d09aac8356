"""Any sensor that follows the Continuous Glucose Monitoring Profile (service 181F).

Commercial sensors (Dexcom, Libre) do not speak it. Hearth reads records and session start; it
never starts, stops or calibrates a session.
"""

from __future__ import annotations

from drivers.driver import Driver, Evidence, History, Match, Pairing, Procedure
from drivers.readings import cgm_reading
from drivers.readings.cgm import SOURCE
from drivers.sessions.cgm import CgmSession

DRIVER = Driver(
    name="standard-cgm",
    title="Continuous glucose sensor (Bluetooth standard)",
    match=Match(services=frozenset({"181f"})),
    notify={SOURCE: cgm_reading},
    procedure=Procedure.VENDOR,
    session=CgmSession,
    history=History.INCREMENTAL,
    pairing=Pairing.PASSKEY_LABEL,
    evidence=Evidence.SPEC,
)
