"""`seatrial models compare`: models side by side."""

from __future__ import annotations

import click

from seatrial.cli.models.printing import json_option, print_json, styled, width


@click.command()
@click.argument("names", metavar="NAME...", nargs=-1, required=True)
@json_option
def compare(names: tuple[str, ...], as_json: bool) -> None:
    """Put models side by side."""
    from seatrial.report.models.document import compare_document
    from seatrial.report.models.side_by_side import side_by_side
    from seatrial.report.text import render_text
    from seatrial.verbs.modelling.models import compare_models

    sized = [(one.found, one.weights) for one in compare_models(names)]
    if as_json:
        print_json(compare_document(sized))
    else:
        click.echo(render_text(side_by_side(sized), styled=styled(), width=width()), nl=False)
