"""docs/benchmarks.md, rendered."""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import string
from typing import TYPE_CHECKING, NamedTuple

from seatrial.verbs.host import host_facts

if TYPE_CHECKING:
    from collections.abc import Iterable

_TEMPLATE = string.Template("""\
# Benchmarks

Written by `make bench`; every number below was measured in one go on the machine named here. Nothing is repeated
until it looks good, and what was missed says so.

$machine

Command: `SEATRIAL_TRUTHSERVER_C=truthserver.c make bench`

## Accuracy and cost under load

The server is a small C program that answers with a first token after 200 ms and then one token every 20 ms, 128 in
all, and records when it truly sent them. It shares the machine with the client. Errors are those of the client's
figures against the server's record of the same requests. Arrivals are constant, at the rate that keeps so many
streams open (streams / 2.76 s). Client CPU is that of all of its processes, from start to exit: imports, probes and
warm-up, the load, storing, and the summary at the end, divided by the token events. Each load is

    $command

$accuracy

$load_facts

Why fewer streams cost more per event: at 2,000 streams one wake-up serves many reads with warm caches; at 200 the
process sleeps between a few reads and shares its core with the server. Measured apart on 2026-11-21 at 200 streams,
the load loop alone took 22 to 26 us per event, 18 to 20 when client and server were pinned to a core each; one
recvmsg with its time stamp is 4.3 us of that with warm caches. Longer rests between looks (1, 2, 4, 8 ms) changed
it by less than the noise. Start, prompt probes, telemetry and the summary add the rest.

## The rest

$rest
""")

_VERSIONS = ("seatrial", "numpy", "httptools", "msgspec", "click")


class Check(NamedTuple):
    """One thing that was promised. `met` is None where it was not measured."""

    what: str
    measured: str
    bound: str
    met: bool | None

    @property
    def verdict(self) -> str:
        return "not measured" if self.met is None else "met" if self.met else "**missed**"


def document(command: str, accuracy: Iterable[Check], load_facts: Iterable[str], rest: Iterable[Check]) -> str:
    """The page. `command` is the client's command line, `load_facts` a sentence on each load."""
    return _TEMPLATE.substitute(
        machine=_machine(),
        command=command,
        accuracy=_table(accuracy),
        load_facts="\n".join(f"- {fact}" for fact in load_facts),
        rest=_table(rest),
    )


def _machine() -> str:
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in _VERSIONS)
    facts = {"date": f"{dt.datetime.now(dt.UTC):%Y-%m-%d}", **host_facts(), "versions": versions}
    facts.pop("seatrial")
    return "\n".join(["| machine | |", "| --- | --- |", *(f"| {name} | {text} |" for name, text in facts.items())])


def _table(checks: Iterable[Check]) -> str:
    lines = ["| what | measured | bound | |", "| --- | --- | --- | --- |"]
    return "\n".join([*lines, *(f"| {c.what} | {c.measured} | {c.bound} | {c.verdict} |" for c in checks)])
