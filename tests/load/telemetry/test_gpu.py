import pytest

from seatrial.load.telemetry.gpu import GpuProbe, find_gpus

has_gpu = bool(find_gpus())


@pytest.mark.skipif(has_gpu, reason="this computer has an NVIDIA GPU")
def test_no_driver_no_series() -> None:
    probe = GpuProbe()
    assert probe(1) == []
    probe.close()


@pytest.mark.skipif(not has_gpu, reason="NVML finds no NVIDIA GPU here: readings of a real GPU NOT tested")
def test_readings_of_a_real_gpu() -> None:
    first = find_gpus()[0]
    probe = GpuProbe()
    values = {reading.series: reading.value for reading in probe(1)}
    probe.close()

    assert first.name and first.driver
    assert 0 <= values["gpu0.busy_ratio"] <= 1
    assert 0 < values["gpu0.memory_used_bytes"] < values["gpu0.memory_total_bytes"] == first.memory_bytes
    assert 1 < values["gpu0.power_w"] < 3000


@pytest.mark.skipif(not has_gpu, reason="NVML finds no NVIDIA GPU here: closing twice NOT tested")
def test_close_may_be_called_twice() -> None:
    probe = GpuProbe()
    probe.close()
    probe.close()
    assert probe(1) == []
