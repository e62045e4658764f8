"""The tables of keys as Markdown, for docs/spec.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.catalog.suites import SUITES
from seatrial.specfile.load_rules import LOAD_KEYS
from seatrial.specfile.slo import METRICS, SLO_KEYS, STATS, SUCCESS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from seatrial.domain.traffic import Arrivals
    from seatrial.specfile.load_rules import Pair
    from seatrial.specfile.tables import Key


def key_table(keys: Mapping[str, Key]) -> str:
    """A row per key: what it takes, its default, its meaning."""
    rows = ((f"`{name}`", key.kind.expected, key.default, key.meaning) for name, key in keys.items())
    return _table(("key", "value", "default", "meaning"), rows)


def slo_table() -> str:
    """A row per metric with the keys of all its statistics; success first."""
    rows = [(f"`{SUCCESS}`", SLO_KEYS[SUCCESS].kind.expected, SLO_KEYS[SUCCESS].meaning)]
    for metric, meaning in METRICS.items():
        names = [f"{metric}_{stat}" for stat in STATS]
        value = SLO_KEYS[names[0]].kind.expected
        rows.append((" ".join(f"`{name}`" for name in names), value, f"{meaning}, at most"))
    return _table(("key", "value", "meaning"), rows)


def suite_tables() -> str:
    """A section per suite: what it asks, and what each option means there."""
    return "\n\n".join(
        f"### {name}\n\n{suite.summary}.\n\n"
        + _table(("option", "meaning (default)"), ((f"`{word}`", what) for word, what in suite.options.items()))
        for name, suite in SUITES.items()
    )


def load_table(loads: Mapping[Arrivals, Collection[str]]) -> str:
    """A row per arrivals: the keys that say how much load there is."""
    rows = (
        (f"`{arrivals}`", ", ".join(f"`{key}`" for key in LOAD_KEYS if key in used))
        for arrivals, used in loads.items()
    )
    return _table(("arrivals", "take"), rows)


def pair_table(pairs: Iterable[Pair]) -> str:
    """A row per two keys that contradict."""
    rows = ((f"`{pair.one}` and `{pair.other}`", pair.why) for pair in pairs)
    return _table(("not together", "because"), rows)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
