"""What a plan costs: the cheapest machines that hold its replicas, always with whose price it is.

Machines are bought whole. A machine of g GPUs holds g // k replicas of k GPUs; a replica is never spread over
machines.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seatrial.domain.hardware import Offer
from seatrial.domain.model import Source
from seatrial.domain.plan import Cost, Term
from seatrial.domain.values import Range

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from seatrial.domain.hardware import Gpu

HOURS_PER_MONTH = 730.0
"""8760 hours a year / 12, as clouds count."""
SECONDS_PER_HOUR = 3600.0
KINDS = frozenset({"on-demand", "per-second"})
"""Prices that anyone can have at once; spot ones count when they are asked for, reserved ones never."""
BY_USER = "you"
"""The cloud of an offer that the user stated."""


@dataclass(frozen=True, slots=True)
class Market:
    """Which offers count. Empty tuples: any. `prices`: (GPU or machine or "", USD per hour) as the user stated
    them.

    A price named by a GPU, or by nothing, is that of one GPU; one named by a machine is that of the whole machine.
    """

    offers: tuple[Offer, ...] = ()
    clouds: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    instances: tuple[str, ...] = ()
    spot: bool = False
    prices: tuple[tuple[str, float], ...] = ()

    @property
    def restricted(self) -> bool:
        """Whether the user named clouds, regions or machines, so that without an offer there is no plan."""
        return bool(self.clouds or self.regions or self.instances)

    def selling(self, gpu: str) -> tuple[Offer, ...]:
        """The offers of `gpu` that count, priced or not."""
        return tuple(offer for offer in self.offers if offer.gpu == gpu and self._counts(offer))

    def _counts(self, offer: Offer) -> bool:
        return (
            (not self.clouds or cloud_word(offer.cloud) in self.clouds)
            and (not self.regions or offer.region in self.regions)
            and (not self.instances or offer.instance in self.instances)
            and (offer.price_kind in KINDS or (self.spot and offer.price_kind == "spot"))
        )

    def stated(self, gpu: Gpu) -> Offer | None:
        """The offer that the user's own price for `gpu` makes; a price for this GPU goes before one for any."""
        prices = dict(self.prices)
        usd = prices.get(gpu.name, prices.get(""))
        return None if usd is None else _by_user(gpu.name, gpu.name, 1, usd)

    def restated(self, offer: Offer) -> Offer:
        """`offer` at the user's own price for that machine, if one was stated."""
        usd = dict(self.prices).get(offer.instance)
        return offer if usd is None else _by_user(offer.instance, offer.gpu, offer.gpu_count, usd)


def _by_user(instance: str, gpu: str, count: int, usd_per_hour: float) -> Offer:
    return Offer(BY_USER, instance, gpu, count, "-", usd_per_hour, "stated", None, source=Source("--price"))


def cloud_word(cloud: str) -> str:
    """`Cloud Run` as it is typed: `cloud-run`."""
    return cloud.lower().replace(" ", "-")


@dataclass(frozen=True, slots=True)
class Purchase:
    """`machines` of one offer; `usd_per_hour` of all of them."""

    offer: Offer
    machines: int
    usd_per_hour: float

    @property
    def usd_per_month(self) -> float:
        return self.usd_per_hour * HOURS_PER_MONTH

    @property
    def by_user(self) -> bool:
        return self.offer.cloud == BY_USER


def purchase(market: Market, gpu: Gpu, gpus_per_replica: int, sites: Sequence[int]) -> Purchase | None:
    """The cheapest machines for `sites`: how many replicas stand in each region. None where no price is known.

    A stated price of a GPU goes before every offer; then GPUs are bought singly, whatever the machine.
    """
    stated = market.stated(gpu)
    if stated is not None:
        return _bought(stated, gpus_per_replica * sum(sites))
    found = []
    for offer in map(market.restated, market.selling(gpu.name)):
        held = offer.gpu_count // gpus_per_replica
        if held and offer.usd_per_hour is not None:
            found.append(_bought(offer, sum(math.ceil(replicas / held) for replicas in sites)))
    return min(found, key=_cheapness, default=None)


def _bought(offer: Offer, machines: int) -> Purchase:
    assert offer.usd_per_hour is not None
    return Purchase(offer, machines, machines * offer.usd_per_hour)


def _cheapness(bought: Purchase) -> tuple[float, int, str, str, str]:
    offer = bought.offer
    return (bought.usd_per_hour, bought.machines, offer.cloud, offer.instance, offer.region)


def largest_machine(offers: Iterable[Offer]) -> int:
    """The most GPUs in one machine of `offers`; 0 of none."""
    return max((offer.gpu_count for offer in offers), default=0)


def cost_of(bought: Purchase, output_tokens_per_s: Range | None) -> Cost:
    """The cost at the operating point, where all replicas together make `output_tokens_per_s`."""
    per_million = None
    if output_tokens_per_s is not None and output_tokens_per_s.low > 0:
        usd = bought.usd_per_hour / SECONDS_PER_HOUR * 1e6
        made = output_tokens_per_s
        per_million = Range(usd / made.value, usd / made.high, usd / made.low)
    return Cost(
        bought.offer,
        bought.machines,
        bought.usd_per_hour,
        bought.usd_per_month,
        per_million,
        by_user=bought.by_user,
    )


def cost_terms(cost: Cost, made: Range | None) -> tuple[Term, ...]:
    """The arithmetic of a cost."""
    each = f"{cost.machines} x USD {cost.usd_per_hour / cost.machines:.4g}"
    terms = [
        Term("cost per hour", f"{each} ({cost.offer.instance})", cost.usd_per_hour, "USD"),
        Term("cost per month", f"USD {cost.usd_per_hour:.4g} x {HOURS_PER_MONTH:.0f} h", cost.usd_per_month, "USD"),
    ]
    if made is not None and cost.usd_per_million_output_tokens is not None:
        formula = f"USD {cost.usd_per_hour:.4g} / ({made.value:.4g} tokens/s x 3600 s) x 1e6"
        value = cost.usd_per_million_output_tokens.value
        terms.append(Term("cost per million output tokens", formula, value, "USD"))
    return tuple(terms)
