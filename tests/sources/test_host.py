from __future__ import annotations

import os

import psutil

from seatrial.sources.host import MOST_BYTES_PER_S, computer_of, cpu_model, processor, this_computer
from seatrial.units import GIB, format_bytes


def test_this_computer_has_its_memory_exactly_and_a_name_that_tells_it_from_others() -> None:
    here = this_computer()
    assert here.vendor == "CPU"
    assert here.memory_bytes is not None
    assert here.memory_bytes.low == here.memory_bytes.high == psutil.virtual_memory().total
    assert here.name.startswith(cpu_model())
    assert str(os.cpu_count()) in here.name


def test_a_run_of_this_computer_is_known_as_this_computer() -> None:
    facts = {
        "cpu": cpu_model(),
        "cores": str(os.cpu_count()),
        "memory": format_bytes(psutil.virtual_memory().total),
    }
    assert computer_of(facts) == this_computer()


def test_a_run_of_another_computer_has_its_facts() -> None:
    found = computer_of({"cpu": "a CPU", "cores": "1", "memory": "1,000 GiB"})
    assert found is not None
    assert (found.name, found.memory_bytes and found.memory_bytes.value) == ("a CPU, 1 core", 1000 * GIB)
    assert computer_of({"cpu": "a CPU", "cores": "many", "memory": "2 GiB"}) is None
    assert computer_of({"cpu": "a CPU", "cores": "2"}) is None


def test_many_cores_share_the_channels_of_a_socket() -> None:
    assert processor("big", 2, GIB).bandwidth_bytes_per_s < MOST_BYTES_PER_S
    assert processor("big", 512, GIB).bandwidth_bytes_per_s == MOST_BYTES_PER_S
