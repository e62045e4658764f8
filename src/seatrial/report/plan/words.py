"""How plans are called, and how predictions, sizes and money are written."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from seatrial.domain.values import Estimate, Range
from seatrial.report import figures
from seatrial.report.charts.words import amount
from seatrial.sizing.names import engine_name, hardware
from seatrial.units import GIB, KIB, MIB, significant

if TYPE_CHECKING:
    from seatrial.domain.model import Source
    from seatrial.domain.plan import Change, Cost, Demand, Plan, SettingValue

_SIZES = ((GIB, " GiB"), (MIB, " MiB"), (KIB, " KiB"))
_ADDRESS = re.compile(r"https?://([^\s/]+(?:/[^\s/]+){0,2})[^\s,;]*")
_STATS = {"mean": "", "p50": " p50", "p95": " p95", "p99": " p99"}


def long_name(plan: Plan) -> str:
    """`vLLM 0.19.0 on 2 x H100 SXM (p5.48xlarge, us-east-1), 3 replicas`."""
    layout = plan.layout
    where = f" ({machines(plan.cost)})" if plan.cost and not plan.cost.by_user else ""
    times = f", {plan.replicas} replicas" if plan.replicas > 1 else ""
    version = f" {layout.engine_version}" if layout.engine_version else ""
    return f"{engine_name(layout.engine)}{version} on {hardware(layout)}{where}{times}"


def machines(cost: Cost) -> str:
    """`2 x g5.2xlarge, us-east-1`; at a price of the user's own it says so."""
    return f"{instances(cost)}, {'at your price' if cost.by_user else cost.offer.region}"


def instances(cost: Cost) -> str:
    """`2 x g5.2xlarge`."""
    return f"{cost.machines} x {cost.offer.instance}" if cost.machines > 1 else cost.offer.instance


def setting(value: SettingValue) -> str:
    """A value of a flag as people read it: whole numbers grouped."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:,}" if isinstance(value, int) else str(value)


def change(made: Change, gpus: int = 1) -> str:
    """`max_model_len 131,072 -> 98,304`; of another GPU how many of them, as there were."""
    if made.flag == "gpu" and gpus > 1:
        return f"gpu {gpus} x {made.before} -> {gpus} x {made.after}"
    return f"{made.flag} {setting(made.before)} -> {setting(made.after)}"


def demanded(demand: Demand) -> str:
    """`4 requests/s of 512 tokens in and 128 out`."""
    vary = f" on average (cv {significant(demand.cv)})" if demand.cv else ""
    lengths = f"{figures.count(demand.input_tokens)} tokens in and {figures.count(demand.output_tokens)} out{vary}"
    if demand.rate_per_s is not None:
        return f"{amount(demand.rate_per_s)} request{'' if demand.rate_per_s == 1 else 's'}/s of {lengths}"
    users = demand.concurrency or 1
    return f"{users:,} {'users' if users > 1 else 'user'} at once, each asking {lengths}"


def of_time(found: Range | None) -> str:
    """`55 ms [46, 68]`, as many digits as a prediction deserves; without bound the end is `-`; `-` for None."""
    return figures.UNKNOWN if found is None else ranged(found, figures.duration_scale(found.value), digits=2)


def of_end(seconds: float) -> str:
    """`71 ms`: an end of an interval."""
    if not math.isfinite(seconds):
        return "without bound"
    return ranged(Range(seconds, seconds, math.inf), figures.duration_scale(seconds), digits=2).partition(" [")[0]


def of_limit(seconds: float) -> str:
    """`60 ms`, `1 s`: a limit as it was given."""
    scale = figures.duration_scale(seconds)
    return f"{amount(seconds * scale.factor)}{scale.unit}"


def of_size(found: Range | None) -> str:
    """`14.96 GiB [14.8, 15.1]`; of an exact size three digits and no interval."""
    if found is None:
        return figures.UNKNOWN
    scale, unit = next(((s, u) for s, u in _SIZES if abs(found.value) >= s), (1, " B"))
    return ranged(found, figures.Scale(1 / scale, unit))


def of_number(found: Range | None) -> str:
    """`1.2 [0.9, 1.6]`; `-` for None."""
    return figures.UNKNOWN if found is None else ranged(found, figures.PLAIN, digits=2)


def ranged(found: Range, scale: figures.Scale, digits: int = 3) -> str:
    """The value in the scale's unit with so many significant digits, and its interval unless it is exact."""
    if not math.isfinite(found.value):
        return "without bound"
    if found.low == found.high == found.value:
        return figures.figure(Estimate(found.value, None, None, 0), scale)
    wanted = digits - 1 - math.floor(math.log10(abs(found.value * scale.factor))) if found.value else 0
    decimals = min(6, max(0, wanted))
    value, low, high = (
        f"{end * scale.factor:,.{decimals}f}" if math.isfinite(end) else figures.UNKNOWN
        for end in (found.value, found.low, found.high)
    )
    return f"{value}{scale.unit}" if low == value == high else f"{value}{scale.unit} [{low}, {high}]"


def percent(share: float | None) -> str:
    """`52 %`; below 10 % a digit more."""
    if share is None:
        return figures.UNKNOWN
    return f"{share * 100:.0f} %" if share >= 0.0995 else f"{share * 100:.1f} %"


def usd(amount: float) -> str:
    """`USD 623`, `USD 0.463`."""
    return f"USD {amount:,.0f}" if amount >= 100 else f"USD {amount:,.2f}" if amount >= 1 else f"USD {amount:.3g}"


def usd_ranged(found: Range) -> str:
    """`USD 0.46 [0.38, 0.55]`."""
    return f"USD {of_number(found)}"


def objective(metric: str, stat: str) -> str:
    """`TTFT p95` for the metric ttft_s and the statistic p95."""
    return metric.removesuffix("_s").upper().replace("_", " ") + _STATS.get(stat, f" {stat}")


def short_source(text: str) -> str:
    """Addresses without scheme, and no further than the project: the whole is in the JSON."""
    return _ADDRESS.sub(r"\1", text)


def sourced(source: Source) -> str:
    """` (source, read 2026-11-21)`, or nothing where none is known."""
    parts = [short_source(source.text), f"read {source.checked}" if source.checked else ""]
    told = ", ".join(part for part in parts if part)
    return f" ({told})" if told else ""
