from __future__ import annotations

import pytest

from seatrial.catalog.gpus import all_gpus
from seatrial.catalog.offers import COLUMNS, all_offers, offers_of
from seatrial.catalog.table import TableError
from seatrial.units import GIB
from tests.catalog.tables import rows

GPUS = {gpu.name for gpu in all_gpus()}


def test_offers_carry_region_date_and_source() -> None:
    by_name = {(offer.instance, offer.region, offer.price_kind): offer for offer in all_offers()}
    g5 = by_name["g5.2xlarge", "us-east-1", "on-demand"]
    assert (g5.cloud, g5.gpu, g5.gpu_count, g5.usd_per_hour, g5.price_date) == (
        "AWS",
        "A10G",
        1,
        1.212,
        "2026-07-20",
    )
    assert (g5.memory_bytes, g5.disk_bytes) == (32 * GIB, 450 * 10**9)
    assert g5.source.checked == "2026-11-21"
    assert by_name["a3-highgpu-1g", "us-central1", "on-demand"].usd_per_hour is None
    assert {offer.cloud for offer in all_offers()} == {"AWS", "Azure", "GCP", "Cloud Run"}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"gpu": "H1000"}, '"H1000" is not in gpus.csv'),
        ({"cloud": "Hetzner"}, "none of AWS"),
        ({"gpu_count": "0"}, "outside 1 to 72"),
        ({"usd_per_hour": "free"}, "not a plain decimal"),
        ({"usd_per_hour": "9.99"}, "is not the sum of its rates"),
        ({"usd_per_hour": ""}, "is the date of no price"),
        ({"price_kind": "bargain"}, "none of on-demand"),
        ({"price_date": "last week"}, "not a date"),
        ({"instance": "l4-8vcpu-32gib"}, "is there twice"),
        ({"source": ""}, "is empty"),
        ({"unverified_fields": "price"}, '"price" is no column'),
    ],
)
def test_a_contradiction_in_the_table_is_refused(changes: dict[str, str], told: str) -> None:
    with pytest.raises(TableError) as caught:
        offers_of(rows("offers.csv", COLUMNS, "Cloud Run", **changes), GPUS)
    assert "offers.csv, line " in caught.value.message
    assert told in caught.value.message
