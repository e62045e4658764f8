from __future__ import annotations

import pytest

from seatrial.catalog.gpus import COLUMNS, aliases_of, all_gpus, find_gpu, gpus_of
from seatrial.catalog.table import TableError
from seatrial.errors import UsageError
from seatrial.units import GIB
from tests.catalog.tables import rows

# As drivers, clouds and the published measurements write them.
SPELLINGS = {
    "H100": "H100 SXM",
    "h100_sxm": "H100 SXM",
    "H100-80GB": "H100 SXM",
    "NVIDIA H100 80GB HBM3": "H100 SXM",
    "NVIDIA H100 PCIe": "H100 PCIe",
    "a100": "A100 80GB SXM",
    "NVIDIA A100-SXM4-80GB": "A100 80GB SXM",
    "NVIDIA A100-SXM4-40GB": "A100 40GB SXM",
    "NVIDIA A100 80GB PCIe": "A100 80GB PCIe",
    "A100-40GB": "A100 40GB SXM",
    "Tesla T4": "T4",
    "NVIDIA A10G": "A10G",
    "NVIDIA L4": "L4",
    "NVIDIA GeForce RTX 4090": "RTX 4090",
    "RTX 4090 24GB": "RTX 4090",
    "rtx4090": "RTX 4090",
    "4090": "RTX 4090",
    "A100 SXM 80GB": "A100 80GB SXM",
    "A100 SXM 40GB": "A100 40GB SXM",
    "A100 PCIe 80GB": "A100 80GB PCIe",
    "NVIDIA GeForce GTX 1050 Ti": "GTX 1050 Ti",
    "NVIDIA RTX 5880 Ada Generation": "RTX 5880 Ada",
    "AMD Radeon RX 7900 XT": "RX 7900 XT",
    "NVIDIA GB10": "GB10",
    "M2 Ultra": "Apple M2 Ultra",
    "M1 8GB": "Apple M1",
    "Apple M5 Max": "Apple M5 Max",
    "Radeon 840M / 860M Graphics": "Radeon 860M",
    "Intel Arc Graphics 130V/140V (integrated)": "Arc 140V",
    "RTX PRO 6000": "RTX PRO 6000 Blackwell",
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_gpu_is_known_as_others_write_it(spelling: str) -> None:
    assert find_gpu(spelling).name == SPELLINGS[spelling]


def test_every_gpu_is_found_by_every_name_it_has() -> None:
    for gpu in all_gpus():
        for name in (gpu.name, *aliases_of(gpu)):
            assert find_gpu(name) is gpu
            assert find_gpu(f"{gpu.vendor} {name}".upper().replace(" ", "_")) is gpu


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("H1000", "H100 SXM"),
        ("Voodoo", "`seatrial gpus`"),
        ("RTX 4099", "RTX 4090"),
        ("RTX 4090 48GB", "RTX 4090"),
        ("A100-20GB", "A100"),
    ],
)
def test_an_unknown_gpu_is_refused_with_near_ones(name: str, hint: str) -> None:
    with pytest.raises(UsageError, match=name) as caught:
        find_gpu(name)
    assert hint in caught.value.hint


def test_units_are_those_of_the_driver_and_the_data_sheet() -> None:
    h100 = find_gpu("H100 SXM")
    assert h100.memory_bytes is not None
    assert h100.memory_bytes.value == 79.19 * GIB
    assert h100.memory_bytes.high - h100.memory_bytes.low == pytest.approx(0.1 * GIB)
    assert (h100.nominal_bytes, h100.bandwidth_bytes_per_s) == (80e9, 3350e9)
    assert (h100.flops("f16"), h100.flops("fp8"), h100.flops("fp4")) == (989e12, 1978e12, None)
    assert find_gpu("T4").bf16 is False
    assert find_gpu("Apple M4").memory_bytes is None
    for gpu in all_gpus():
        assert gpu.source.checked or gpu.source.unverified, f"{gpu.name} is neither checked nor marked"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"bandwidth_gb_per_s": "0"}, "outside"),
        ({"bandwidth_gb_per_s": ""}, "not a plain decimal"),
        ({"vendor": "Nvidia"}, "none of NVIDIA"),
        ({"visible_uncertainty_gib": ""}, "goes with memory_visible_gib"),
        ({"memory_visible_gib": "60"}, "60 GiB cannot be of 24 GB"),
        ({"aliases": "H100"}, '"H100" is L4 already'),
        ({"name": "A10"}, '"A10" is there twice'),
        ({"source": ""}, 'column "source": is empty'),
        ({"unverified_fields": "colour"}, '"colour" is no column'),
    ],
)
def test_a_contradiction_in_the_table_is_refused(changes: dict[str, str], told: str) -> None:
    with pytest.raises(TableError) as caught:
        gpus_of(rows("gpus.csv", COLUMNS, "L4", **changes))
    assert "gpus.csv, line " in caught.value.message
    assert told in caught.value.message
