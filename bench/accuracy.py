"""How true the client is, and what it costs: three loads against a server of exactly known timing, and the rest.

    SEATRIAL_TRUTHSERVER_C=truthserver.c python bench/accuracy.py [--install | --quick]

It takes some six minutes and writes docs/benchmarks.md; with --quick some seconds, and it writes nothing.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import client
import costs
import numpy as np
import scale
import truth
from document import Check, document

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
QUICK_SECONDS = 4
PROCESSES = 1  # on two cores shared with the server a second one only takes from the server
ANSWER_S = 2.76  # the rate that keeps N streams open is N / ANSWER_S
CPU_BOUND_US = 20
MEAN_BOUND = 0.005


class Load(NamedTuple):
    streams: int
    p99_bound: float
    seconds: int  # of arrivals: long enough that imports and warm-up weigh little

    @property
    def name(self) -> str:
        return f"{self.streams:,} streams, {self.streams // 20}k tok/s"


LOADS = (Load(200, 0.01, 60), Load(1000, 0.015, 30), Load(2000, 0.02, 30))


class Outcome(NamedTuple):
    load: Load
    reported: client.Reported
    truth: truth.Truth
    cost: client.Cost
    verdict: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--install", action="store_true", help="measure the default installation, too (slow)")
    which.add_argument("--quick", action="store_true", help="short loads, printed, nothing written")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        outcomes = measure_loads(folder, quick=asked.quick)
        rest = measure_rest(folder, outcomes, install=asked.install)
    checks = [check for outcome in outcomes for check in judge(outcome)]
    words = client.command("http://127.0.0.1:PORT", "RATE", "REQUESTS", "PROCESSES", "FILE")
    page = document(" ".join(words), checks, map(facts, outcomes), rest)
    if asked.quick or not outcomes:
        print(page)
    else:
        PAGE.write_text(page, "utf-8")
        print(f"wrote {PAGE}", file=sys.stderr)


def measure_loads(folder: Path, *, quick: bool) -> list[Outcome]:
    """One outcome per load; none, and a line that says why, where the server's source is not at hand."""
    source = truth.find_source()
    if source is None:
        say(f"no loads: {truth.SOURCE_VARIABLE} does not name the truth server's C source")
        return []
    program = truth.compiled(source, folder)
    return [measure_load(load, program, folder, QUICK_SECONDS if quick else load.seconds) for load in LOADS]


def measure_load(load: Load, program: Path, folder: Path, seconds: int) -> Outcome:
    say(f"{load.name}: {seconds} s of arrivals")
    store = folder / f"{load.streams}.db"
    with truth.TruthServer(program, folder) as server:
        rate = load.streams / ANSWER_S
        words = client.command(server.url, f"{rate:.3f}", f"{rate * seconds:.0f}", f"{PROCESSES}", f"{store}")
        cost, verdict = client.run(words, folder)
    reported = client.reported(store)
    return Outcome(load, reported, server.truth(reported.began_unix_s), cost, verdict)


def judge(outcome: Outcome) -> list[Check]:
    """What was promised of one load."""
    load, ours, true = outcome.load, outcome.reported, outcome.truth
    sent = int(true.tokens.sum())
    cpu_us = outcome.cost.cpu_s / ours.events * 1e6
    return [
        _error(f"{load.name}: TTFT mean", ours.ttft_s.mean(), true.ttft_s.mean(), MEAN_BOUND),
        _error("TTFT p99", np.quantile(ours.ttft_s, 0.99), np.quantile(true.ttft_s, 0.99), load.p99_bound),
        Check(
            "tokens counted",
            f"{ours.events:,} events, {ours.tokens:,} by usage, of {sent:,}",
            "all",
            ours.events == ours.tokens == sent,
        ),
        Check("client CPU per event", f"{cpu_us:.1f} us", f"<= {CPU_BOUND_US} us", cpu_us <= CPU_BOUND_US),
    ]


def _error(what: str, ours_s: float, true_s: float, bound: float) -> Check:
    error = abs(ours_s / true_s - 1)
    measured = f"{error:.2%}: {ours_s * 1e3:.2f} ms, server {true_s * 1e3:.2f} ms"
    return Check(what, measured, f"<= {bound:.1%}", bool(error <= bound))


def facts(outcome: Outcome) -> str:
    """What else is worth knowing about a load: with it a reader can judge the yardstick, too."""
    median_ms, worst_ms = np.quantile(outcome.truth.late_s, (0.5, 1)) * 1e3
    completed, answered = len(outcome.reported.ttft_s), len(outcome.truth.ttft_s)
    return (
        f"{outcome.load.name}: PROCESSES {PROCESSES}; the client completed {completed:,} requests, the"
        f" server {answered:,}; the server's latest token was {median_ms:.1f} ms late in the median request,"
        f" {worst_ms:.1f} ms in any; client CPU {outcome.cost.cpu_s:.1f} s; the run calls itself {outcome.verdict}."
    )


def measure_rest(folder: Path, outcomes: list[Outcome], *, install: bool) -> list[Check]:
    """Everything that is promised of the client apart from accuracy."""
    say("help, and a million events")
    help_s, million = costs.help_s(), costs.million_events(folder)
    checks = [
        Check("`seatrial --help`, median of 7", f"{help_s:.2f} s", "<= 0.25 s", help_s <= 0.25),
        _megabytes("a run of 1,000,064 events, stored", million.stored_bytes, 100),
        Check("`seatrial report` of it", f"{million.report_s:.1f} s", "<= 5 s", million.report_s <= 5),
    ]
    if outcomes:
        heaviest = outcomes[-1]
        memory = _megabytes(f"memory at {heaviest.load.streams:,} streams", heaviest.cost.all_bytes, 500)
        largest = f"{memory.measured} in all processes, {heaviest.cost.largest_bytes / 1e6:.0f} MB in the largest"
        checks.append(memory._replace(measured=largest))
    if not install:
        return [*checks, Check("default install", "-", "<= 30 distributions, <= 300 MB", None)]
    say("the default installation")
    found = costs.default_install(folder)
    distributions = Check(
        "default install", f"{found.distributions} distributions", "<= 30", found.distributions <= 30
    )
    return [*checks, distributions, _megabytes("its size", found.size_bytes, 300), *measure_scale(folder)]


def measure_scale(folder: Path) -> list[Check]:
    """Two runs of a million requests with all their chunks, and a page of a tenth of one."""
    say("two runs of 1,000,000 requests")
    found = scale.measure(folder, scale.REQUESTS)
    checks = []
    for name, bound_s in (
        ("summaries of both", 30),
        ("seatrial compare", 30),
        ("seatrial report -o report.html", 10),
    ):
        cost, of = (
            found[name],
            "100,000 requests" if "report" in name else "two runs of 1,000,000 requests x 16 chunks",
        )
        checks.append(Check(f"{name}: {of}", f"{cost.wall_s:.1f} s", f"<= {bound_s} s", cost.wall_s <= bound_s))
        checks.append(_megabytes("its memory at most", cost.peak_bytes, 2000))
    return checks


def _megabytes(what: str, size_bytes: int, bound: int) -> Check:
    return Check(what, f"{size_bytes / 1e6:.0f} MB", f"<= {bound} MB", size_bytes <= bound * 1e6)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
