"""The tables of docs/quality.md, from the set and the checks themselves."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from seatrial.quality.arguments import KINDS
from seatrial.quality.checks import CHECKS
from seatrial.quality.constraints import CONSTRAINTS
from seatrial.quality.items import DIFFICULTIES
from seatrial.quality.sets import builtin_set

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seatrial.domain.quality import Item

_ABOUT = {
    "arithmetic": "sums, percentages, divisors, powers",
    "classification": "sentiment, topic, intent, spam, entailment",
    "code": "what a Python program prints; which line is wrong",
    "extraction": "JSON out of a text, against a schema",
    "facts": "timeless general knowledge",
    "instructions": "constraints that can be counted: words, lines, letters, beginnings",
    "languages": "easy questions in twelve languages other than English",
    "reading": "questions on a text",
    "reasoning": "several steps; the answer on a marked last line",
    "safety": "what should be answered though it sounds bad, and what should be declined",
    "strings": "sorting, reversing, counting letters",
    "summaries": "short, with the facts that must be kept",
}


def kinds_table() -> str:
    """A row per kind: how many questions of which difficulty, and what they are about."""
    items = builtin_set().items
    rows = [(kind, [item for item in items if item.kind == kind]) for kind in sorted(_ABOUT)]
    counted = [(kind, len(members), _by_difficulty(members), _ABOUT[kind]) for kind, members in rows]
    every = ("**all**", len(items), _by_difficulty(items), f"{len({item.language for item in items})} languages")
    return _table(("kind", "questions", "easy / medium / hard", "about"), [*counted, every])


def _by_difficulty(items: Iterable[Item]) -> str:
    counts = Counter(item.difficulty for item in items)
    return " / ".join(str(counts[name]) for name in DIFFICULTIES)


def checks_table() -> str:
    """A row per check with its arguments; those that may be left out in brackets."""
    rows = [
        (
            f"`{name}`",
            check.meaning,
            ", ".join([*_words(check.required), *(f"[{word}]" for word in _optional(name))]),
        )
        for name, check in CHECKS.items()
    ]
    return _table(("check", "passed by", "arguments"), rows)


def _optional(name: str) -> list[str]:
    optional = {word: kind for word, kind in CHECKS[name].optional.items() if word not in ("expression", "code")}
    return ["see below"] if name == "constraints" else _words(optional)


def _words(arguments: dict[str, str]) -> list[str]:
    return [f"`{word}`: {KINDS[kind].expected}" for word, kind in arguments.items()]


def constraints_table() -> str:
    kinds = CHECKS["constraints"].optional
    rows = [(f"`{name}`", KINDS[kinds[name]].expected, meaning) for name, (meaning, _) in CONSTRAINTS.items()]
    return _table(("constraint", "takes", "of the answer"), rows)


def _table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
