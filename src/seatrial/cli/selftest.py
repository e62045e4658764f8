"""`seatrial selftest`: what this client can measure on this computer, and how accurately."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from seatrial.cli.numbers import FiniteRange
from seatrial.errors import EXIT_INTERRUPTED, EXIT_UNTRUSTED
from seatrial.units import format_s

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.stats.selftest import Level, SelfTest, Spread

_HEAD = (
    "streams",
    "tokens/s",
    "TTFT error, p99",
    "ITL error",
    "added latency p50, p99",
    "send lag p99",
    "client CPU",
    "server late p50, p99",
)
_ENDS = {
    "client": "limited by the client: more load processes (--processes) or more cores may measure more",
    "reference server": "limited by the reference server, which was late itself: the client may measure more",
    "--max-streams": "limited by --max-streams",
    "interrupted": "interrupted",
}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--processes", type=click.IntRange(1), default=1, show_default=True, help="Client processes.")
@click.option("--max-streams", type=click.IntRange(1), help="Open no more streams than this.  [default: 1600]")
@click.option("--seconds", type=FiniteRange(0.2), help="Seconds under full load, per level.  [default: 2]")
def selftest(as_json: bool, processes: int, max_streams: int | None, seconds: float | None) -> None:
    """Measure what this client can measure on this computer.

    Loads a built-in server of known timing with more and more streams, and holds what the client saw against what
    the server itself recorded. Ends with exit code 4 when not even the first level is measured within 5 %.
    """
    import msgspec

    from seatrial.verbs import selftest as verb

    result = verb.selftest(
        verb.ladder(max_streams or verb.MAX_STREAMS),
        processes=processes,
        seconds=seconds or verb.SECONDS,
        on_level=lambda streams: click.echo(f"measuring {streams:,} streams ...", err=True),
    )
    if as_json:
        click.echo(msgspec.json.encode({"schema": 1, "processes": processes, **msgspec.to_builtins(result)}))
    else:
        click.echo("\n".join(_lines(result)))
    if result.limited_by == "interrupted":
        click.get_current_context().exit(EXIT_INTERRUPTED)
    if result.highest_streams is None:
        click.get_current_context().exit(EXIT_UNTRUSTED)


def _lines(result: SelfTest) -> Iterator[str]:
    rows = [_HEAD, *map(_cells, result.levels)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
    yield ""
    if any(level.added_latency_s and level.added_latency_s.p99 is None for level in result.levels):
        yield "A p99 needs 1,000 requests; of fewer the largest is shown, after <=."
    for level in result.levels:
        if level.completed < level.requests:
            yield f"At {level.streams:,} streams {level.requests - level.completed:,} requests were not answered."
    yield from _conclusion(result)


def _conclusion(result: SelfTest) -> Iterator[str]:
    added, streams, highest = result.added_latency_s, result.highest_streams, "none"
    if added is not None:
        yield f"added latency at {streams:,} streams: p50 {format_s(added.p50)} .. p99 {_tail(added)}"
        highest = f"{streams:,} streams, {result.highest_tokens_per_s:,.0f} tokens/s"
    yield f"highest streams and tokens/s within 5 % error: {highest} ({_ENDS[result.limited_by]})"


def _cells(level: Level) -> tuple[str, ...]:
    return (
        f"{level.streams:,}",
        f"{level.tokens_per_s:,.0f}",
        f"{_percent(level.ttft_error_mean)}, {_percent(level.ttft_error_p99)}",
        _percent(level.itl_error),
        _both(level.added_latency_s),
        _tail(level.send_lag_s),
        "-" if level.client_cpu is None else f"{level.client_cpu:.0%}",
        _both(level.server_late_s),
    )


def _both(spread: Spread | None) -> str:
    return "-" if spread is None else f"{format_s(spread.p50)}, {_tail(spread)}"


def _tail(spread: Spread | None) -> str:
    if spread is None:
        return "-"
    return f"<= {format_s(spread.max)}" if spread.p99 is None else format_s(spread.p99)


def _percent(ratio: float | None) -> str:
    return "-" if ratio is None else f"{ratio:+.2%}"
