from time import sleep

import psutil

from seatrial.load.telemetry.host import HostProbe, busy_ratio


def test_first_tick_has_no_busy_ratio_but_memory() -> None:
    readings = HostProbe()(1)

    assert [reading.series for reading in readings] == ["host.memory_used_bytes"]
    assert 0 < readings[0].value < psutil.virtual_memory().total


def test_every_core_has_a_ratio_from_the_second_tick() -> None:
    probe = HostProbe()
    probe(1)
    sleep(0.1)

    cores = {r.series: r.value for r in probe(2) if r.series.startswith("host.cpu")}

    assert set(cores) == {f"host.cpu{n}.busy_ratio" for n in range(psutil.cpu_count())}
    assert all(0 <= ratio <= 1 for ratio in cores.values())


def test_guests_are_not_counted_twice_and_waiting_for_a_disk_is_not_work() -> None:
    before = {"user": 10.0, "idle": 100.0, "iowait": 5.0, "guest": 3.0}
    now = {"user": 11.0, "idle": 102.0, "iowait": 6.0, "guest": 4.0}

    assert busy_ratio(before, now) == 0.25


def test_a_kind_of_time_that_ran_backwards() -> None:
    before = {"user": 10.0, "idle": 100.0, "iowait": 5.0}

    assert busy_ratio(before, {"user": 11.0, "idle": 101.0, "iowait": 4.0}) == 0.5
    assert busy_ratio(before, before) is None
