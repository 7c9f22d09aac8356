"""Records for tests: a typical one of each kind, and strategies for every one there can be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

from hypothesis import strategies as st

from sync.record import Measured, Unreadable, measured
from vitals.kinds import EXPECTED
from vitals.quantity import GLUCOSE_QUANTITIES, Quantity, Unit
from vitals.reading import (
    MAX_FRAME_OCTETS,
    MAX_FRAMES,
    Absent,
    BodySite,
    Carbohydrate,
    ClockCheck,
    Context,
    DeviceTime,
    Flag,
    Guide,
    Health,
    HubTime,
    Kind,
    Meal,
    Medication,
    MeterIdentity,
    Posture,
    RawFrame,
    Reading,
    SampleLocation,
    Tester,
    Timing,
    Value,
)

PATIENT = "Patient/5f0c2a7e-3b0a-4a55-9d4e-2f6f0b9f4c11"
BOOT = "0d8a4c56-2a4e-4d0c-9a43-0f6f6a1c9c55"
NOON = datetime(2026, 5, 19, 12, 0, 0, 123456, tzinfo=UTC)

CUFF = MeterIdentity(
    address="C0:26:DA:11:22:33",
    driver="and-ua651ble",
    name="A&D_UA-651BLE_112233",
    maker="A&D Medical",
    model="UA-651BLE",
    serial="5160800123",
    firmware="BLP008_d016",
    system_id=bytes.fromhex("332211000000da26"),
)


def hub_time(second: int = 0) -> HubTime:
    """Return an instant some seconds after noon, on one boot."""
    return HubTime(
        at=NOON + timedelta(seconds=second),
        boot_id=BOOT,
        boottime_ns=3_600_000_000_000 + second * 1_000_000_000,
        synchronised=True,
    )


def blood_pressure(number: int = 0, *, context: Context | None = None) -> Measured:
    """Return a typical cuff reading; `number` makes it another one."""
    minute, second = divmod(number, 60)
    hour, minute = divmod(minute, 60)
    day, hour = divmod(hour, 24)
    sent = DeviceTime(year=2026, month=5, day=1 + day, hour=hour, minute=minute, second=second)
    values = {
        quantity: Value(number=Decimal(text), unit=unit)
        for quantity, text, unit in (
            (Quantity.SYSTOLIC, "128", Unit.MMHG),
            (Quantity.DIASTOLIC, "80", Unit.MMHG),
            (Quantity.MEAN_ARTERIAL, "96", Unit.MMHG),
            (Quantity.PULSE_RATE, "72", Unit.PER_MINUTE),
        )
    }
    received = hub_time(number)
    reading = Reading(
        kind=Kind.BLOOD_PRESSURE,
        values=values,
        timing=Timing(
            received=received,
            device_time=sent,
            clock_check=ClockCheck(device=sent, hub=received),
        ),
        meter=CUFF,
        # The layout of 2A35 with time stamp, pulse and status (Blood Pressure Service 1.1.1, 3.1).
        frames=(
            RawFrame(source="2a35", data=bytes.fromhex("16800050006000ea0705130c0000 48000000")),
        ),
        context=context or Context(),
    )
    return measured(reading, PATIENT)


def evidence(number: int = 0) -> Unreadable:
    """Return a frame that could not be read; `number` makes it another one."""
    return Unreadable(
        frame=RawFrame(source="2a35", data=b"\x16\x80" + number.to_bytes(4, "big")),
        meter=CUFF,
        received=hub_time(number),
        code="DEC-01",
        why="the frame ends inside the time stamp (at octet 6)",
    )


_int64 = st.integers(min_value=0, max_value=2**63 - 1)
_texts = st.text(max_size=20)
_names = st.text(min_size=1, max_size=40)
_boots = st.uuids().map(str) | _names
_fixed_zones = st.integers(min_value=-86_399, max_value=86_399).map(
    lambda seconds: timezone(timedelta(seconds=seconds))
)


def hub_times() -> st.SearchStrategy[HubTime]:
    """Build any instant a hub can have."""
    return st.builds(
        HubTime,
        at=st.datetimes(timezones=st.just(UTC) | _fixed_zones),
        boot_id=_boots,
        boottime_ns=_int64,
        synchronised=st.booleans(),
    )


def device_times() -> st.SearchStrategy[DeviceTime]:
    """Build any time a device can send, real or not."""
    octet = st.integers(0, 255)
    return st.builds(
        DeviceTime,
        year=st.integers(0, 65_535),
        month=octet,
        day=octet,
        hour=octet,
        minute=octet,
        second=octet,
        offset_min=st.integers(-32_768, 32_767),
    )


def meters() -> st.SearchStrategy[MeterIdentity]:
    """Build any meter."""
    return st.builds(
        MeterIdentity,
        address=_names,
        driver=_names,
        driver_version=_texts,
        name=_texts,
        maker=_texts,
        model=_texts,
        serial=_texts,
        firmware=_texts,
        hardware=_texts,
        software=_texts,
        system_id=st.binary(max_size=8),
    )


def frames() -> st.SearchStrategy[RawFrame]:
    """Build any frame a radio can carry."""
    return st.builds(
        RawFrame,
        source=st.sampled_from(["2a35", "2A18", "2a18", "0000", "serial"]) | _names,
        data=st.binary(max_size=MAX_FRAME_OCTETS),
    )


def values(quantity: Quantity) -> st.SearchStrategy[Value]:
    """Build any value this quantity can have, in any precision."""

    def of(unit: Unit) -> st.SearchStrategy[Value]:
        low, high = quantity.term.possible[unit]
        numbers = st.decimals(min_value=low, max_value=high, allow_nan=False)
        odd = st.sampled_from([Decimal("80.00"), Decimal("-0.0"), Decimal("1E+1"), Decimal("0E-9")])
        possible = numbers | odd.filter(lambda number: low <= number <= high)
        return st.builds(
            Value, number=possible | st.sampled_from(sorted(Absent, key=repr)), unit=st.just(unit)
        )

    return st.sampled_from(sorted(quantity.term.units, key=repr)).flatmap(of)


def contexts() -> st.SearchStrategy[Context]:
    """Build any context."""
    amount = st.none() | values(Quantity.PULSE_RATE) | values(Quantity.GLUCOSE)
    return st.builds(
        Context,
        meal=st.none() | st.sampled_from(Meal),
        sample_location=st.none() | st.sampled_from(SampleLocation),
        tester=st.none() | st.sampled_from(Tester),
        health=st.none() | st.sampled_from(Health),
        carbohydrate=st.none() | st.sampled_from(Carbohydrate),
        carbohydrate_mass=amount,
        exercise_duration_s=st.none() | _int64,
        exercise_overrun=st.booleans(),
        guide=st.none()
        | st.builds(
            Guide,
            rest_s=st.integers(0, 3600),
            number=st.integers(1, 9),
            since_previous_s=st.none() | st.integers(0, 86400),
        ),
        exercise_intensity_percent=st.none() | _int64,
        medication=st.none() | st.sampled_from(Medication),
        medication_amount=amount,
        hba1c=amount,
        posture=st.none() | st.sampled_from(Posture),
        body_site=st.none() | st.sampled_from(BodySite),
    )


_PRESSURES = (Quantity.SYSTOLIC, Quantity.DIASTOLIC, Quantity.MEAN_ARTERIAL)


@st.composite
def readings(draw: st.DrawFn) -> Reading:
    """Build any reading that can be built."""
    kind = draw(st.sampled_from(Kind))
    if kind is Kind.BLOOD_PRESSURE:
        pulse = (Quantity.PULSE_RATE,) if draw(st.booleans()) else ()
        chosen = draw(st.permutations(_PRESSURES + pulse))
    elif kind is Kind.GLUCOSE:
        glucose = st.sampled_from(sorted(GLUCOSE_QUANTITIES, key=repr))
        chosen = draw(st.lists(glucose, max_size=1))
    else:
        own = st.sampled_from(sorted(EXPECTED[kind], key=repr))
        chosen = draw(st.lists(own, unique=True))
    return Reading(
        kind=kind,
        values={quantity: draw(values(quantity)) for quantity in chosen},
        timing=draw(
            st.builds(
                Timing,
                received=hub_times(),
                device_time=st.none() | device_times(),
                clock_check=st.none()
                | st.builds(
                    ClockCheck,
                    device=device_times(),
                    hub=hub_times(),
                    uncertainty_ms=st.none() | st.integers(0, 600_000),
                ),
                live=st.booleans(),
            )
        ),
        meter=draw(meters()),
        frames=tuple(draw(st.lists(frames(), min_size=1, max_size=MAX_FRAMES))),
        sequence=draw(st.none() | _int64),
        user_slot=draw(st.none() | st.integers(0, 255)),
        flags=draw(st.frozensets(st.sampled_from(Flag), min_size=0 if chosen else 1)),
        context=draw(contexts()),
        context_follows=draw(st.booleans()),
    )


def records() -> st.SearchStrategy[Measured | Unreadable]:
    """Build any record."""
    return st.builds(
        Measured, id=_names, patient=_texts, reading=readings(), amends=st.booleans()
    ) | st.builds(
        Unreadable,
        frame=frames(),
        meter=meters(),
        received=hub_times(),
        code=_texts,
        why=_texts,
    )
