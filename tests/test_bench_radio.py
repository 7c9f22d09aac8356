"""What `hearth bench radio` prints: faults noticed and healed, and no reading missed."""

from __future__ import annotations

from agent.bench import radio as bench_radio


def test_a_fault_is_healed_and_no_reading_is_missed_under_faults_at_random() -> None:
    found = bench_radio.run(6, only=["bluetoothd killed"])
    healed = found["faults"]["bluetoothd killed"]
    assert healed["recover_s"] >= healed["notice_s"]
    storm = found["storm"]
    assert set(storm["faults"].values()) == {1}
    assert (storm["missed"], storm["doubled"]) == (0, 0)
    assert "0 missed, 0 doubled" in bench_radio.in_words(found)[1]
