"""`seatrial ask`: one answer, streamed to the terminal, then one line of timings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from seatrial.cli.terminal import one_line, tame
from seatrial.errors import EXIT_INTERRUPTED, EXIT_OK, EXIT_OUTSIDE, UsageError

if TYPE_CHECKING:
    from seatrial.verbs.ask import Asked


@click.command()
@click.argument("words", nargs=-1, required=True, metavar='URL... "PROMPT"')
@click.option("--model", multiple=True, help="Model to ask; repeat for several. Default: the only one.")
@click.option("--engine", help="ollama, vllm, llama.cpp or openai. Default: found out from the URL.")
@click.option("--api", help="chat, completions or generate. Default: chat.")
@click.option("--max-tokens", type=click.IntRange(1), default=256, show_default=True, help="Longest answer.")
@click.option("--timeout", default="5m", show_default=True, help="For the whole answer.")
@click.option("--api-key-env", metavar="NAME", help="Environment variable that holds the API key.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document instead of the answer.")
def ask(words: tuple[str, ...], max_tokens: int, as_json: bool, **options: Any) -> None:
    """Ask once and watch the answer come; several URLs or models one after the other, then in a table."""
    from seatrial.cli.options import spec_from_options
    from seatrial.verbs.ask import ask as ask_once

    *urls, prompt = words
    if not urls:
        raise UsageError(
            "a URL and a prompt are needed", 'seatrial ask http://127.0.0.1:11434 "Why is the sea salt?"'
        )
    try:
        prompt.encode()
    except UnicodeEncodeError:
        raise UsageError("the prompt is not UTF-8 text") from None
    specs = [spec_from_options(url, options) for url in urls]
    candidates = [candidate for spec in specs for candidate in spec.candidates]
    timeout_s = specs[0].workloads[0].timeout_s
    several = len(candidates) > 1
    answers: list[Asked] = []
    for candidate in candidates:
        if several and not as_json:
            click.secho(f"{candidate.model or ''} {candidate.endpoint}".strip(), bold=True)
        show = (lambda _: None) if as_json else (lambda text: click.echo(tame(text), nl=False))
        answers.append(ask_once(candidate, prompt, max_tokens=max_tokens, timeout_s=timeout_s, on_text=show))
        if not as_json:
            line = one_line(timings_line(answers[-1]))
            click.echo(f"\n{line}\n" if several else f"\n\n{line}")
        if answers[-1].sample.outcome == "interrupted":
            break
    if as_json:
        _print_json(answers)
    elif several:
        click.echo("\n".join(map(one_line, table(answers))))
    click.get_current_context().exit(_exit_code(answers))


def _exit_code(answers: list[Asked]) -> int:
    outcomes = {answer.sample.outcome.value for answer in answers}
    if "interrupted" in outcomes:
        return EXIT_INTERRUPTED
    return EXIT_OK if outcomes == {"ok"} else EXIT_OUTSIDE


def timings_line(answer: Asked) -> str:
    """`TTFT 41 ms, 63 tokens, 118 tokens/s, 0.58 s in all, load 12 ms`; or what went wrong."""
    sample = answer.sample
    if sample.outcome != "ok":
        return f"failed: {sample.outcome}: {sample.detail or ''}".rstrip(": ")
    return ", ".join(f"{name} {value}" if name else value for name, value in _facts(answer))


def _facts(answer: Asked) -> list[tuple[str, str]]:
    from seatrial.units import format_s, significant

    sample = answer.sample
    facts = [("TTFT", format_s(answer.ttft_s))]
    tokens = sample.completion_tokens
    facts.append(("", f"{tokens} tokens" if tokens is not None else f"{len(sample.chunk_channel)} chunks"))
    if answer.tpot_s:
        facts.append(("", f"{significant(1 / answer.tpot_s)} tokens/s"))
    facts.append(("", f"{format_s(answer.e2e_s)} in all"))
    if "load_s" in sample.server:
        facts.append(("load", format_s(sample.server["load_s"])))
    return facts


def table(answers: list[Asked]) -> list[str]:
    """The answers side by side, one line each."""
    from seatrial.units import format_s, significant

    rows = [("model", "engine", "TTFT", "tokens", "tokens/s", "in all", "load")]
    for a in answers:
        load_s = a.sample.server.get("load_s")
        tokens = a.sample.completion_tokens
        rows.append(
            (
                a.model,
                a.engine,
                format_s(a.ttft_s),
                "-" if tokens is None else str(tokens),
                significant(1 / a.tpot_s) if a.tpot_s else "-",
                format_s(a.e2e_s),
                format_s(load_s),
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _print_json(answers: list[Asked]) -> None:
    import json

    def document(a: Asked) -> dict[str, Any]:
        return {
            "model": a.model,
            "engine": a.engine,
            "outcome": a.sample.outcome.value,
            "detail": a.sample.detail,
            "text": a.sample.text,
            "ttft_s": a.ttft_s,
            "tpot_s": a.tpot_s,
            "e2e_s": a.e2e_s,
            "prompt_tokens": a.sample.prompt_tokens,
            "completion_tokens": a.sample.completion_tokens,
            "server": a.sample.server,
        }

    click.echo(json.dumps({"schema": 1, "answers": [document(a) for a in answers]}, indent=2))
