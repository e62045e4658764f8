"""`seatrial models list`: the catalogue, filtered and sorted."""

from __future__ import annotations

import click

from seatrial.cli.models.printing import json_option, print_json, styled, width


@click.command("list")
@click.option("--licence", metavar="WORD", help="commercial (use allowed), free (without conditions), or a name.")
@click.option("--commercial", is_flag=True, help="Commercial use is allowed, if with conditions.")
@click.option("--min-params", metavar="N", help="At least so many parameters, such as 7B.")
@click.option("--max-params", metavar="N", help="At most so many parameters, such as 14B or 500M.")
@click.option("--context", metavar="TOKENS", help="At least this context, such as 32k.")
@click.option("--capability", multiple=True, help="chat, code, tools, reasoning or vision; may be repeated.")
@click.option("--modality", multiple=True, help="What it takes: text, image.")
@click.option("--language", multiple=True, metavar="CODE", help="en, de, zh ...; may be repeated.")
@click.option("--family", help="llama3.1, qwen3 ..., or the beginning: llama, qwen.")
@click.option("--gated/--no-gated", default=None, help="Whether its terms must be accepted before a download.")
@click.option("--tunable", is_flag=True, help="Fine-tuning is allowed.")
@click.option("--sort", default="catalogue", help="params, size, context, name or released. Default: by family.")
@click.option("--quant", default="Q4_K_M", help="Of the sizes shown: Q8_0, bf16, fp8 ... Default: Q4_K_M.")
@json_option
def list_(
    licence: str | None,
    commercial: bool,
    min_params: str | None,
    max_params: str | None,
    context: str | None,
    capability: tuple[str, ...],
    modality: tuple[str, ...],
    language: tuple[str, ...],
    family: str | None,
    gated: bool | None,
    tunable: bool,
    sort: str,
    quant: str,
    as_json: bool,
) -> None:
    """List the models that meet every filter.

    A language is met where the publisher lists it, or claims dozens without a list.
    """
    from seatrial.report.models.document import list_document
    from seatrial.report.models.listing import listing_text
    from seatrial.verbs.modelling.filters import Wanted, checked, parse_parameters, parse_tokens
    from seatrial.verbs.modelling.models import list_models

    wanted = Wanted(
        licence=licence,
        commercial=commercial,
        min_parameters=parse_parameters(min_params) if min_params else None,
        max_parameters=parse_parameters(max_params) if max_params else None,
        capabilities=capability,
        modalities=modality,
        languages=language,
        family=family,
        context_tokens=parse_tokens(context) if context else None,
        gated=gated,
        tunable=tunable,
    )
    found = list_models(checked(wanted), sort=sort, quant=quant)
    if as_json:
        print_json(list_document((one.found, one.weights) for one in found))
    elif found:
        click.echo(listing_text([(one.found, one.weights[0]) for one in found], width(), styled=styled()), nl=False)
    else:
        click.echo("no model of the catalogue meets all of that; leave a filter out", err=True)
