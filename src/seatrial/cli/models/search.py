"""`seatrial models search`: what the hub has."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from seatrial.cli.models.printing import json_option, print_json, styled, width

if TYPE_CHECKING:
    from collections.abc import Sequence

    from seatrial.sources.models.search import Hit


@click.command()
@click.argument("text", default="")
@click.option("--sort", default="trending", help="trending, downloads, likes or recent. Default: trending.")
@click.option("--licence", metavar="NAME", help="apache-2.0, mit, llama3.1 ...; commercial (allowed), free.")
@click.option("--max-params", metavar="N", help="At most so many parameters, such as 14B or 500M.")
@click.option("--gguf", is_flag=True, help="Only what llama.cpp and Ollama can load.")
@click.option("--limit", type=int, default=20, help="At most so many. Default: 20.")
@json_option
def search(
    text: str, sort: str, licence: str | None, max_params: str | None, gguf: bool, limit: int, as_json: bool
) -> None:
    """Search the hub of Hugging Face for models with TEXT in their name.

    It needs a network and the extra `hub` (pip install 'seatrial[hub]'). Without one, `seatrial models list` shows
    the catalogue. A model that is found is planned for as hf:NAME, and brought here by `seatrial models pull`.
    """
    from seatrial.verbs.modelling.filters import parse_parameters
    from seatrial.verbs.modelling.search import search_models

    most = round(parse_parameters(max_params)) if max_params else None
    found = search_models(text, sort=sort, licence=licence, max_parameters=most, gguf=gguf, limit=limit)
    if as_json:
        print_json({"schema": 1, "text": text, "sort": sort, "models": [asdict(hit) for hit in found]})
    elif found:
        click.echo(_table(found), nl=False)
    else:
        click.echo("the hub has no such model; leave a word or a filter out", err=True)


def _table(hits: Sequence[Hit]) -> str:
    from seatrial.cli.terminal import tame
    from seatrial.report.figures import UNKNOWN
    from seatrial.report.models import words
    from seatrial.report.models.columns import Column, column_lines
    from seatrial.report.view import Cell

    def counted(number: int | None) -> str:
        return UNKNOWN if number is None else f"{number:,}"

    def sized(number: int | None) -> str:
        return UNKNOWN if number is None else words.parameters(number)

    columns = [
        Column("NAME", [Cell(tame(hit.name)) for hit in hits]),
        Column("PARAMS", [Cell(sized(hit.parameters)) for hit in hits], right=True),
        Column("DOWNLOADS", [Cell(counted(hit.downloads)) for hit in hits], right=True, rank=2),
        Column("LIKES", [Cell(counted(hit.likes)) for hit in hits], right=True, rank=4),
        Column("UPDATED", [Cell(hit.updated or UNKNOWN) for hit in hits], rank=5),
        Column("COMMERCIAL", [words.COMMERCIAL[hit.commercial_use] for hit in hits], rank=3),
        Column("GATED", [Cell("yes" if hit.gated else "no") for hit in hits], rank=6),
        Column("LICENCE", [Cell(tame(hit.licence or UNKNOWN)) for hit in hits], rank=1),
    ]
    return "\n".join(column_lines(columns, width(), styled=styled())) + "\n"
