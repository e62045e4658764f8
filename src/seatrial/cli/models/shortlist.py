"""`seatrial models shortlist`: from needs to the models worth trying, as a spec for `seatrial run`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from seatrial.cli.models.printing import json_option, print_json, styled, width
from seatrial.cli.numbers import RATE, TOKENS
from seatrial.errors import EXIT_NOT_MET, EXIT_OK

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.option(
    "--task", multiple=True, metavar="WORD", help="chat, code, tools, reasoning or vision; may be repeated."
)
@click.option("--licence", metavar="WORD", help="commercial (use allowed), free (without conditions), or a name.")
@click.option("--fits", multiple=True, metavar="GPU", help='What it must run on: L4, or "2 x L4"; repeatable.')
@click.option("--max-latency", metavar="TIME", help="Of a token, p95, such as 60ms.")
@click.option("--slo", multiple=True, metavar="KEY=LIMIT", help="Other limits, such as ttft_p95=1s.")
@click.option("--concurrency", type=click.IntRange(1), help="Users at once. Default: 1.")
@click.option("--rate", type=RATE, help="Requests per second, instead of users.")
@click.option("--input", "input_tokens", type=TOKENS, help="Mean length of prompts. Default: 512.")
@click.option("--output", "output_tokens", type=TOKENS, help="Mean length of answers. Default: 128.")
@click.option("--engine", multiple=True, help="vllm, llama.cpp, ollama. Default: all.")
@click.option("--cloud", multiple=True, metavar="NAME[,NAME]", help="aws, azure, gcp, cloud-run. Default: all.")
@click.option("--budget", metavar="USD/PERIOD", help="2000/month or 3/hour.")
@click.option("--quant", multiple=True, help="bf16, w4a16, Q4_K_M ... Default: the usual ones.")
@click.option("--tp", type=click.IntRange(1, 64), help="GPUs that share each layer.")
@click.option("--min-params", metavar="N", help="At least so many parameters, such as 7B.")
@click.option("--max-params", metavar="N", help="At most so many parameters, such as 14B.")
@click.option("--context", metavar="TOKENS", help="At least this context, such as 32k.")
@click.option("--language", multiple=True, metavar="CODE", help="en, de, zh ...; may be repeated.")
@click.option("--family", help="llama3.1, qwen3 ..., or the beginning: llama, qwen.")
@click.option("--gated/--no-gated", default=None, help="Whether its terms must be accepted before a download.")
@click.option("--top", type=click.IntRange(1, 100), default=5, help="At most so many models. Default: 5.")
@json_option
@click.option("-o", "output", metavar="FILE.toml", type=_FILE, help="Write them as a spec for seatrial run.")
@click.option("--force", is_flag=True, help="Overwrite FILE.toml.")
def shortlist(output: Path | None, force: bool, top: int, as_json: bool, **values: Any) -> None:
    """The models that meet the needs and can be served, each with the cheapest way to serve it.

    Exit codes: 0 some model would do; 1 none does.
    """
    from seatrial.report.models.shortlist import Choice, shortlist_document, shortlist_text, shortlist_toml
    from seatrial.verbs.modelling.shortlist import shortlist as make_shortlist

    if output is not None:
        _check(output, force=force)
    found = make_shortlist(_wanted(values), _wishes(values), top=top)
    choices = [Choice(each.found, each.plan) for each in found.listed]
    if output is not None and choices:
        _write(output, shortlist_toml(choices, found.demand))
    if as_json:
        print_json(shortlist_document(choices, found.refused, found.demand))
    else:
        told = shortlist_text(choices, found.refused, found.demand, width(), styled=styled(), more=found.more)
        click.echo(told, nl=False)
    click.get_current_context().exit(EXIT_OK if choices else EXIT_NOT_MET)


def _wanted(values: dict[str, Any]) -> Any:
    from seatrial.verbs.modelling.filters import Wanted, parse_parameters, parse_tokens

    return Wanted(
        licence=values["licence"],
        min_parameters=parse_parameters(values["min_params"]) if values["min_params"] else None,
        max_parameters=parse_parameters(values["max_params"]) if values["max_params"] else None,
        capabilities=values["task"],
        languages=values["language"],
        family=values["family"],
        context_tokens=parse_tokens(values["context"]) if values["context"] else None,
        gated=values["gated"],
    )


def _wishes(values: dict[str, Any]) -> Any:
    from seatrial.verbs.planning.settled import is_counted
    from seatrial.verbs.planning.wishes import Wishes

    single = values["fits"] and not any(map(is_counted, values["fits"]))
    latency = (f"tpot_p95={values['max_latency']}",) if values["max_latency"] else ()
    return Wishes(
        rate_per_s=values["rate"],
        concurrency=values["concurrency"],
        input_tokens=values["input_tokens"],
        output_tokens=values["output_tokens"],
        slo=(*latency, *values["slo"]),
        engines=values["engine"],
        gpus=values["fits"],
        clouds=values["cloud"],
        budget=values["budget"],
        quants=values["quant"],
        tensor_parallel=values["tp"] or (1 if single else None),
    )


def _check(output: Path, *, force: bool) -> None:
    from seatrial.errors import UsageError
    from seatrial.verbs.writing import check_free

    if output.suffix != ".toml":
        raise UsageError(f'"{output.name}" is no name of a spec', "end it in .toml")
    check_free(output, force=force)


def _write(output: Path, text: str) -> None:
    from seatrial.verbs.writing import write_whole

    write_whole(output, text)
    click.echo(f"wrote {output}", err=True)
