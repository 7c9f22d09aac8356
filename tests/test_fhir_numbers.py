"""Oximeters, thermometers, scales and straps as FHIR: PHD IG 2.0.0 with the R4 vital signs."""

from __future__ import annotations

import hashlib
from decimal import Decimal

import pytest

from tests.fakes import fhir_numbers as made
from tests.fakes.fhir_cases import Json, as_sent, mapped

LOINC, MDC = "http://loinc.org", "urn:iso:std:iso:11073:10101"


def observations(name: str) -> list[Json]:
    return [as_sent(one) for one in mapped(made.NUMBERS[name]).observations]


def codes(one: Json, system: str) -> list[str]:
    return [c["code"] for c in one["code"].get("coding", []) if c["system"] == system]


def test_saturation_has_both_codes_that_servers_search_by_and_says_it_is_a_spot_check() -> None:
    saturation, pulse, index = observations("oximeter")
    # FHIR R4 oxygensat asks for 2708-6, US Core 9 for 59408-5 beside it.
    assert codes(saturation, LOINC) == ["2708-6", "59408-5"]
    assert codes(saturation, MDC) == ["150456"]
    assert saturation["valueQuantity"]["value"] == Decimal(97)
    spot = saturation["component"][0]["valueCodeableConcept"]["coding"][0]
    assert (spot["system"], spot["code"]) == (MDC, "150588")
    # The pulse of an oximeter is not the pulse of a cuff (MDC 149530, 149546).
    assert (codes(pulse, MDC), codes(pulse, LOINC)) == (["149530"], ["8867-4"])
    assert index["valueQuantity"]["value"] == Decimal("3.1")


def test_an_early_estimate_is_preliminary_and_questionable() -> None:
    (early,) = observations("early estimate")
    assert early["status"] == "preliminary"
    assert early["interpretation"][0]["coding"][0]["code"] == "questionable"


def test_a_temperature_keeps_its_unit_its_digits_and_its_site() -> None:
    (ear,), (fahrenheit,) = observations("ear"), observations("fahrenheit")
    assert str(ear["valueQuantity"]["value"]) == "37.60"
    assert ear["valueQuantity"]["code"] == "Cel"
    assert ear["bodySite"]["coding"][0]["code"] == "188428"
    assert (fahrenheit["valueQuantity"]["code"], fahrenheit["valueQuantity"]["value"]) == (
        "[degF]",
        Decimal("99.5"),
    )


def test_a_weight_comes_first_and_a_height_is_in_centimetres() -> None:
    weight, height, index = sorted(observations("scale"), key=lambda one: codes(one, MDC))
    assert observations("scale")[0] == weight
    assert (str(weight["valueQuantity"]["value"]), weight["valueQuantity"]["code"]) == (
        "81.400",
        "kg",
    )
    # The R4 bodyheight profile allows cm and [in_i] only: the point moves, no digit is lost.
    assert (str(height["valueQuantity"]["value"]), height["valueQuantity"]["code"]) == (
        "175.0",
        "cm",
    )
    assert index["valueQuantity"]["code"] == "kg/m2"


def test_pounds_stay_pounds() -> None:
    (weight,) = observations("pounds")
    assert (weight["valueQuantity"]["code"], weight["valueQuantity"]["value"]) == (
        "[lb_av]",
        Decimal("179.40"),
    )


@pytest.mark.parametrize("name", ["no weight", "no saturation"])
def test_a_number_that_was_never_measured_is_not_a_number(name: str) -> None:
    (one,) = observations(name)
    assert "valueQuantity" not in one
    assert one["dataAbsentReason"]["coding"][0]["code"] in {"error", "not-a-number"}


def test_what_has_no_code_is_said_in_words() -> None:
    by_text = {one["code"].get("text"): one for one in observations("composition")}
    assert by_text["impedance"]["valueQuantity"]["value"] == Decimal("501.0")
    assert by_text["basal metabolism"]["valueQuantity"]["code"] == "kJ"


def test_every_observation_of_a_reading_has_an_id_of_its_own_that_never_changes() -> None:
    for name in made.NUMBERS:
        ids = [one["id"] for one in observations(name)]
        assert len(set(ids)) == len(ids)
        assert ids == [one["id"] for one in observations(name)]
    # printf 'urn:hearth:reading|<id of the reading>|149530' | sha256sum, as for every second part
    main, pulse, _ = observations("oximeter")
    seed = f"urn:hearth:reading|{main['id']}|149530"
    assert pulse["id"] == "h" + hashlib.sha256(seed.encode()).hexdigest()[:63]
