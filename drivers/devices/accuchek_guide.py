"""Roche Accu-Chek Guide, Guide Me and Instant glucose meters.

They advertise as `meter+` and the serial number (seen: Accu-Chek Instant, weliem/blessed-android
issue 35) and hold up to 720 records. Without a bond they end the link (reason 0x13); the bond
needs the six-digit passkey on the meter's label or display. They send kg/L whatever the display
shows, sample type 8 (undetermined plasma) and no location. The user's clock shows in the time
offset, which may be hours (+339 min in the capture of innoveit/react-native-ble-manager issue
1162, display 6.2 mmol/L). The Instant has no context characteristic (NightscoutFoundation/xDrip
pull request 4000); the Guide Me has a second 2A52 in a vendor service.
"""

from __future__ import annotations

from drivers.driver import Driver, Drop, Evidence, History, Match, Pairing, Procedure
from drivers.readings import glucose_reading, with_context

DRIVER = Driver(
    name="accuchek-guide",
    title="Roche Accu-Chek Guide / Instant",
    match=Match(services=frozenset({"1808"}), local_name_prefixes=("meter+",)),
    notify={"2a18": glucose_reading},
    context={"2a34": with_context},
    procedure=Procedure.RACP,
    history=History.INCREMENTAL,
    pairing=Pairing.PASSKEY_LABEL,
    drop=frozenset({Drop.CONTROL_SOLUTION}),
    # The published capture decodes to what its display showed; no meter was on our own bench.
    evidence=Evidence.CAPTURED,
)
