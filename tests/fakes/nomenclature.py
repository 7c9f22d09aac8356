"""What the nomenclatures say, copied from them by hand and never from our code.

ISO/IEEE 11073-10101: a term is a partition and a number. LOINC: FHIR R4 vital-signs profiles and
loinc.org. UCUM: unitsofmeasure.org.
"""

from __future__ import annotations

from vitals.quantity import Quantity, Unit

SCADA, DIMENSION = 2, 4  # partitions

TERMS = {
    Quantity.SYSTOLIC: ("MDC_PRESS_BLD_NONINV_SYS", 18949),
    Quantity.DIASTOLIC: ("MDC_PRESS_BLD_NONINV_DIA", 18950),
    Quantity.MEAN_ARTERIAL: ("MDC_PRESS_BLD_NONINV_MEAN", 18951),
    Quantity.PULSE_RATE: ("MDC_PULS_RATE_NON_INV", 18474),
    Quantity.GLUCOSE: ("MDC_CONC_GLU_GEN", 28948),
    Quantity.GLUCOSE_CAPILLARY_WHOLE_BLOOD: ("MDC_CONC_GLU_CAPILLARY_WHOLEBLOOD", 29112),
    Quantity.GLUCOSE_CAPILLARY_PLASMA: ("MDC_CONC_GLU_CAPILLARY_PLASMA", 29116),
    Quantity.GLUCOSE_VENOUS_WHOLE_BLOOD: ("MDC_CONC_GLU_VENOUS_WHOLEBLOOD", 29120),
    Quantity.GLUCOSE_VENOUS_PLASMA: ("MDC_CONC_GLU_VENOUS_PLASMA", 29124),
    Quantity.GLUCOSE_ARTERIAL_WHOLE_BLOOD: ("MDC_CONC_GLU_ARTERIAL_WHOLEBLOOD", 29128),
    Quantity.GLUCOSE_ARTERIAL_PLASMA: ("MDC_CONC_GLU_ARTERIAL_PLASMA", 29132),
    Quantity.GLUCOSE_CONTROL_SOLUTION: ("MDC_CONC_GLU_CONTROL", 29136),
    Quantity.GLUCOSE_INTERSTITIAL_FLUID: ("MDC_CONC_GLU_ISF", 29140),
    Quantity.GLUCOSE_UNDETERMINED_WHOLE_BLOOD: ("MDC_CONC_GLU_UNDETERMINED_WHOLEBLOOD", 29292),
    Quantity.GLUCOSE_UNDETERMINED_PLASMA: ("MDC_CONC_GLU_UNDETERMINED_PLASMA", 29296),
    Quantity.OXYGEN_SATURATION: ("MDC_PULS_OXIM_SAT_O2", 19384),
    Quantity.OXIMETER_PULSE_RATE: ("MDC_PULS_OXIM_PULS_RATE", 18458),
    Quantity.PULSE_AMPLITUDE_INDEX: ("MDC_BLD_PERF_INDEX", 19416),
    Quantity.BODY_TEMPERATURE: ("MDC_TEMP_BODY", 19292),
    Quantity.BODY_WEIGHT: ("MDC_MASS_BODY_ACTUAL", 57664),
    Quantity.BODY_HEIGHT: ("MDC_LEN_BODY_ACTUAL", 57668),
    Quantity.BODY_FAT: ("MDC_BODY_FAT", 57676),
    Quantity.BODY_MASS_INDEX: ("MDC_RATIO_MASS_BODY_LEN_SQ", 57680),
    Quantity.FAT_FREE_MASS: ("MDC_MASS_BODY_FAT_FREE", 57684),
    Quantity.SOFT_LEAN_MASS: ("MDC_MASS_BODY_SOFT_LEAN", 57688),
    Quantity.BODY_WATER_MASS: ("MDC_BODY_WATER", 57692),
    Quantity.HEART_RATE: ("MDC_ECG_HEART_RATE", 16770),
}
NO_TERM = {  # what no communicating device of ISO/IEEE 11073 measures, or no term was found for
    Quantity.MUSCLE_PERCENTAGE,
    Quantity.MUSCLE_MASS,
    Quantity.IMPEDANCE,
    Quantity.BASAL_METABOLISM,
    Quantity.CAMERA_PULSE_RATE,
    Quantity.CAMERA_RESPIRATORY_RATE,
    Quantity.CAMERA_SDNN,
    Quantity.CAMERA_RMSSD,
}
UNITS = {
    Unit.MMHG: ("mm[Hg]", 3872),
    Unit.KPA: ("kPa", 3843),
    Unit.PER_MINUTE: ("/min", 2720),
    Unit.MG_PER_DL: ("mg/dL", 2130),
    Unit.MMOL_PER_L: ("mmol/L", 4722),
    Unit.PERCENT: ("%", 544),
    Unit.KILOGRAM: ("kg", 1731),
    Unit.SECOND: ("s", 2176),
    Unit.POUND: ("[lb_av]", 1760),
    Unit.CELSIUS: ("Cel", 6048),
    Unit.FAHRENHEIT: ("[degF]", 4416),
    Unit.MILLISECOND: ("ms", 2194),
}
LOINC = {
    (Quantity.SYSTOLIC, Unit.MMHG): "8480-6",
    (Quantity.DIASTOLIC, Unit.MMHG): "8462-4",
    (Quantity.MEAN_ARTERIAL, Unit.MMHG): "8478-0",
    (Quantity.PULSE_RATE, Unit.PER_MINUTE): "8867-4",
    (Quantity.GLUCOSE_CAPILLARY_WHOLE_BLOOD, Unit.MG_PER_DL): "41653-7",
    (Quantity.GLUCOSE_CAPILLARY_WHOLE_BLOOD, Unit.MMOL_PER_L): "14743-9",
    (Quantity.GLUCOSE_VENOUS_WHOLE_BLOOD, Unit.MG_PER_DL): "2339-0",
    (Quantity.GLUCOSE_VENOUS_PLASMA, Unit.MG_PER_DL): "2345-7",
    (Quantity.GLUCOSE_INTERSTITIAL_FLUID, Unit.MG_PER_DL): "99504-3",
    (Quantity.OXYGEN_SATURATION, Unit.PERCENT): "2708-6",
    (Quantity.OXIMETER_PULSE_RATE, Unit.PER_MINUTE): "8867-4",
    (Quantity.HEART_RATE, Unit.PER_MINUTE): "8867-4",
    (Quantity.CAMERA_PULSE_RATE, Unit.PER_MINUTE): "8867-4",
    (Quantity.CAMERA_RESPIRATORY_RATE, Unit.PER_MINUTE): "9279-1",
    (Quantity.BODY_TEMPERATURE, Unit.CELSIUS): "8310-5",
    (Quantity.BODY_WEIGHT, Unit.KILOGRAM): "29463-7",
    (Quantity.BODY_HEIGHT, Unit.METRE): "8302-2",
    (Quantity.BODY_MASS_INDEX, Unit.KG_PER_M2): "39156-5",
}
