"""What a login asks a FHIR server to allow (SMART 2.2.0 scopes): what each program does, no more.

`c`reate, `r`ead, `u`pdate, `s`earch. A hub may not touch `Basic`: the clinic's register is there.
"""

from __future__ import annotations

READINGS = "system/Device.crus system/Observation.crus system/Provenance.crus"
"""Without these nothing of a hub's arrives; a hub asks for them alone where all is refused."""

_WAY_DOWN = (
    "system/Appointment.rs system/CarePlan.rs system/Goal.rs system/MedicationRequest.rs "
    "system/Questionnaire.rs system/ServiceRequest.rs"
)
_ANSWERS = (
    "system/AppointmentResponse.cu system/AuditEvent.cu system/Binary.cu system/Communication.crus "
    "system/Consent.cu system/DocumentReference.cu system/Encounter.cu system/Flag.cu "
    "system/QuestionnaireResponse.cu"
)
HUB = f"{READINGS} {_WAY_DOWN} system/Task.rs {_ANSWERS}"
"""A hub: its readings, what the care team sends it, and what is said and raised in its home."""

BRIDGE = f"{READINGS} {_WAY_DOWN} system/Task.crus {_ANSWERS} system/Basic.crus"
"""A bridge: the same for its hubs, the register, and what a clinician asks for in a visit."""

CLINIC = (
    "system/Appointment.crus system/AuditEvent.cu system/Basic.crus system/Communication.rs "
    "system/Device.rs system/Encounter.rs system/Patient.rs system/Task.crus"
)
"""A machine of the care team: the register, what hubs say of themselves, orders and visits."""
