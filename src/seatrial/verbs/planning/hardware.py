"""What may be used for a plan: which GPUs, engines and offers a user's wishes mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.catalog.gpus import all_gpus, find_gpu
from seatrial.errors import UsageError, nearest
from seatrial.sizing.choice.question import ENGINES, FORMATS
from seatrial.sizing.cost import Market
from seatrial.verbs.planning import words as plan_words
from seatrial.verbs.planning.wishes import pins_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.domain.hardware import Gpu, Offer
    from seatrial.verbs.planning.wishes import Wishes

THIS_COMPUTER, EVERY = "cpu", "all"


def market_of(wishes: Wishes, offers: tuple[Offer, ...]) -> Market:
    """Which offers count, and at which prices. Raises UsageError for a name that no offer has."""
    named = [offer.instance.lower() for offer in offers]
    instances = (*wishes.instances, *(name for name in wishes.gpus if name.lower() in named))
    return Market(
        offers,
        plan_words.chosen_clouds(wishes.clouds, offers),
        plan_words.chosen_regions(wishes.regions, offers),
        plan_words.chosen_instances(instances, offers),
        wishes.spot,
        plan_words.read_prices(wishes.prices, offers),
    )


def chosen_gpus(wishes: Wishes, market: Market) -> Iterator[Gpu]:
    """The GPUs that were named, by themselves, by their machines or with a price; else all that somebody offers.

    `--gpu all` means every GPU of the catalogue whose memory is known (an Apple computer's is not: --gpu-memory).
    """
    machines = {name.lower() for name in market.instances}
    named = [gpu for name in wishes.gpus if name.lower() not in machines for gpu in _gpus(name)]
    sold = {offer.gpu for offer in market.offers if offer.instance in market.instances}
    named += [gpu for gpu in all_gpus() if gpu.name in sold]
    found = list({gpu.name: gpu for gpu in named}.values())
    if wishes.gpu_memory is None:
        offered = {offer.gpu for offer in market.offers} | {name for name, _ in market.prices}
        yield from found or (gpu for gpu in all_gpus() if gpu.name in offered)
        return
    if not found:
        raise UsageError("--gpu-memory needs --gpu", "say which GPU has so much memory")
    size = plan_words.read_size(wishes.gpu_memory, "--gpu-memory")
    yield from (plan_words.with_memory(gpu, size) for gpu in found)


def _gpus(name: str) -> tuple[Gpu, ...]:
    if name.lower() == EVERY:
        return tuple(gpu for gpu in all_gpus() if gpu.memory_bytes is not None)
    if name.lower() == THIS_COMPUTER:
        from seatrial.sources.host import this_computer  # noqa: PLC0415  looks at the computer

        return (this_computer(),)
    return (find_gpu(name),)


def chosen_engines(wishes: Wishes, formats: set[str]) -> tuple[str, ...]:
    """The engines that were named; else all that know the settings and quantisations wished and read `formats`.

    Raises UsageError for an engine that is not planned for, and where none knows what is wished.
    """
    for name in wishes.engines:
        if name.lower() not in ENGINES:
            raise UsageError(f'no plan is made for engine "{name}"', nearest(name, ENGINES))
    if wishes.engines:
        return tuple(dict.fromkeys(name.lower() for name in wishes.engines))
    found, problem = [], UsageError("no engine reads these files")
    for engine in (engine for engine in ENGINES if not formats or FORMATS[engine] in formats):
        try:
            pins_of(wishes, (engine,))
        except UsageError as error:
            problem = error
        else:
            found.append(engine)
    if not found:
        raise problem
    return tuple(found)
