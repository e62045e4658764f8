"""`seatrial gpus` and `seatrial offers`."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from seatrial.catalog.gpus import all_gpus
from seatrial.catalog.offers import all_offers
from seatrial.cli.gpus import gpus
from seatrial.cli.offers import offers
from seatrial.errors import UsageError
from seatrial.report.models.gpus import gpu_text, gpus_text
from seatrial.report.models.offers import offers_text
from seatrial.units import GIB

from .harness import seatrial


def said(command: Any, *words: str) -> str:
    result = CliRunner().invoke(command, words)
    if isinstance(result.exception, UsageError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def gpu_names(*words: str) -> list[str]:
    return [gpu["name"] for gpu in json.loads(said(gpus, "--json", *words))["gpus"]]


def offered(*words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(said(offers, "--json", *words))["offers"]
    return found


def test_gpus_are_filtered_by_vendor_and_by_what_the_driver_reports() -> None:
    assert gpu_names() == [gpu.name for gpu in all_gpus()]
    assert gpu_names("--vendor", "amd") == [gpu.name for gpu in all_gpus() if gpu.vendor == "AMD"]
    assert "H100 SXM" in gpu_names("--min-memory", "79")
    assert "H100 SXM" not in gpu_names("--min-memory", "80")  # its label says 80 GB
    assert "Apple M2 Ultra" not in gpu_names("--min-memory", "1")


def test_one_gpu_is_explained_by_any_of_its_names() -> None:
    text = said(gpus, "NVIDIA A10G")
    assert "22.20 GiB as the driver reports it" in text
    assert "AWS g5.xlarge, us-east-1, on-demand" in text
    assert "recalled, not checked" in text
    (one,) = json.loads(said(gpus, "a10g", "--json"))["gpus"]
    assert one["memory_bytes"] == {"value": 22.2 * GIB, "low": 22.0 * GIB, "high": pytest.approx(22.4 * GIB)}
    assert (one["flops_per_s"], one["link_bytes_per_s"]) == ({"f16": 70e12, "int8": 140e12}, None)
    assert "f16_dense_tflops" in one["source"]["unverified"]


def test_offers_are_the_cheapest_per_gpu_first_and_unpriced_last() -> None:
    prices = [offer["usd_per_hour"] and offer["usd_per_hour"] / offer["gpu_count"] for offer in offered()]
    known = [price for price in prices if price is not None]
    assert known == sorted(known)
    assert prices == [*known, *[None] * (len(prices) - len(known))]
    assert len(prices) == len(all_offers())


@pytest.mark.parametrize(
    ("words", "meets"),
    [
        (["--cloud", "aws"], lambda offer: offer["cloud"] == "AWS"),
        (["--cloud", "cloud-run,gcp"], lambda offer: offer["cloud"] in ("Cloud Run", "GCP")),
        (["--gpu", "h100"], lambda offer: offer["gpu"] == "H100 SXM"),
        (["--region", "us-"], lambda offer: offer["region"].startswith("us-")),
        (["--max-price", "1"], lambda offer: offer["usd_per_hour"] is not None and offer["usd_per_hour"] <= 1),
    ],
)
def test_offers_are_filtered(words: list[str], meets: Any) -> None:
    expected = [offer for offer in offered() if meets(offer)]
    assert offered(*words) == expected
    assert 0 < len(expected) < len(all_offers())


@pytest.mark.parametrize(
    ("command", "words", "message"),
    [
        (gpus, ["H1000"], 'GPU "H1000"'),
        (gpus, ["--vendor", "Voodoo"], 'vendor "Voodoo"'),
        (offers, ["--cloud", "hetzner"], 'cloud "hetzner"'),
        (offers, ["--gpu", "H1000"], 'GPU "H1000"'),
        (offers, ["--region", "moon-1"], 'region "moon-1"'),
    ],
)
def test_a_wrong_word_is_told(command: Any, words: list[str], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        said(command, *words)
    assert message in caught.value.message
    assert caught.value.hint


def test_a_list_of_nothing_says_so() -> None:
    ended = seatrial("offers", "--max-price", "0.1")
    assert (ended.code, ended.out) == (0, "")
    assert "leave a filter out" in ended.err


@pytest.mark.parametrize("width", [80, 100, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    texts = [gpus_text(all_gpus(), width, styled=False), offers_text(all_offers(), width, styled=False)]
    texts += [gpu_text(gpu, ("x" * 30,) * 4, all_offers(), width, styled=False) for gpu in all_gpus()]
    for text in texts:
        assert max(map(len, text.splitlines())) <= width
