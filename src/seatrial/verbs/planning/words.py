"""What people write for money, sizes and hardware, as the planner takes it."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from seatrial.domain.values import Range
from seatrial.errors import UsageError, nearest
from seatrial.sizing.cost import HOURS_PER_MONTH, cloud_word
from seatrial.units import GIB, KIB, MIB

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from seatrial.domain.hardware import Gpu, Offer

_SIZES = {
    "": 1, "b": 1, "kib": KIB, "mib": MIB, "gib": GIB, "tib": 1024 * GIB,
    "k": 10**3, "kb": 10**3, "m": 10**6, "mb": 10**6, "g": 10**9, "gb": 10**9, "tb": 10**12,
}  # fmt: skip
_PERIODS = {"month": 1.0, "mo": 1.0, "hour": HOURS_PER_MONTH, "h": HOURS_PER_MONTH, "hr": HOURS_PER_MONTH}


def read_budget(text: str) -> float:
    """USD per month in `2000/month` or `3/hour`. Raises UsageError."""
    found = re.fullmatch(r"\$?\s*([\d.,_]+)\s*/\s*([a-z]+)", text.strip().lower())
    if found is None or found[2] not in _PERIODS:
        raise UsageError(f'"{text}" is not a budget', "write --budget 2000/month or --budget 3/hour, in USD")
    amount = _usd(found[1], "--budget")
    if amount == 0:
        raise UsageError("a budget of nothing buys nothing", "leave --budget out to see what it would cost")
    return amount * _PERIODS[found[2]]


def read_size(text: str, option: str) -> int:
    """Bytes in `64GiB`, `16GB` or `123456`. Raises UsageError."""
    found = re.fullmatch(r"([\d.,_]+)\s*([a-z]*)", text.strip().lower())
    number = _number(found[1]) if found else None
    if found is None or number is None or found[2] not in _SIZES or not 0 < number * _SIZES[found[2]] < 1e18:
        raise UsageError(f'{option} "{text}" is not a size', f"write {option} 64GiB, or a number of bytes")
    return round(number * _SIZES[found[2]])


def read_prices(texts: Iterable[str], offers: Sequence[Offer]) -> tuple[tuple[str, float], ...]:
    """(GPU, machine or "", USD per hour) of texts such as `H100 SXM=2.10`, `g5.2xlarge=1.10` or `2.10`.

    Raises UsageError for a name that is neither a GPU nor a machine on offer, and for what is no price.
    """
    found: dict[str, float] = {}
    for text in texts:
        written, is_named, price = (part.strip() for part in text.rpartition("="))
        if is_named and not written:
            hint = "write --price L4=0.80, or --price 0.80 for every GPU"
            raise UsageError(f'--price "{text}" names nothing', hint)
        name = _priced(written, offers) if written else ""
        if name in found:
            raise UsageError(f"--price gives {name or 'a price for every GPU'} twice")
        found[name] = _usd(price.removesuffix("/h").removesuffix("/hour"), "--price")
    return tuple(found.items())


def _priced(written: str, offers: Sequence[Offer]) -> str:
    from seatrial.catalog.gpus import find_gpu  # noqa: PLC0415  the table is read where it is needed

    machine = next((offer.instance for offer in offers if offer.instance.lower() == written.lower()), None)
    return machine or find_gpu(written).name


def _usd(text: str, option: str) -> float:
    number = _number(text.strip().removeprefix("$"))
    if number is None or not 0 <= number < 1e9:
        raise UsageError(f'{option}: "{text}" is not an amount in USD', f"write {option} 2.50 or the like")
    return number


def _number(text: str) -> float | None:
    """Commas only between thousands: `1,2` is no number, since it means 1.2 to many and 12 to a machine."""
    if "," in text and not re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", text):
        return None
    try:
        number = float(text.replace(",", ""))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def chosen_clouds(texts: Iterable[str], offers: Sequence[Offer]) -> tuple[str, ...]:
    """Clouds as they are typed (`aws`, `cloud-run`), from texts that may hold several. Raises UsageError."""
    known = {cloud_word(offer.cloud) for offer in offers}
    return _known_words(texts, known, "cloud")


def chosen_regions(texts: Iterable[str], offers: Sequence[Offer]) -> tuple[str, ...]:
    """Regions on offer, from texts that may hold several. Raises UsageError."""
    return _known_words(texts, {offer.region for offer in offers}, "region")


def chosen_instances(texts: Iterable[str], offers: Sequence[Offer]) -> tuple[str, ...]:
    """Machines on offer, from texts that may hold several. Raises UsageError."""
    return _known_words(texts, {offer.instance for offer in offers}, "instance")


def _known_words(texts: Iterable[str], known: set[str], what: str) -> tuple[str, ...]:
    by_key = {_key(word): word for word in known}
    found = []
    for word in (part.strip() for text in texts for part in text.split(",")):
        if _key(word) not in by_key:
            raise UsageError(f'no offer is of {what} "{word}"', nearest(word, known))
        found.append(by_key[_key(word)])
    return tuple(dict.fromkeys(found))


def _key(word: str) -> str:
    return re.sub(r"[\s_]+", "-", word.lower())


def with_memory(gpu: Gpu, size: int) -> Gpu:
    """`gpu` with so much memory for its own use, as the user says."""
    return replace(gpu, memory_bytes=Range.exact(size))
