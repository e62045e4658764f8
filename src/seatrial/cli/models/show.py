"""`seatrial models show`: one model explained."""

from __future__ import annotations

import click

from seatrial.cli.models.printing import json_option, print_json, styled, width


@click.command()
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> None:
    """Explain one model, with its sizes and sources.

    Licence, languages and ethics; shape and KV cache; sizes by quantisation; scores; what was checked and when.

    NAME is that of the catalogue, a repository (ORG/NAME) or an Ollama tag.
    """
    from seatrial.report.models.card import card_text
    from seatrial.report.models.document import show_document
    from seatrial.verbs.modelling.models import show_model

    one = show_model(name)
    if as_json:
        print_json(show_document(one.found, one.weights))
    else:
        click.echo(card_text(one.found, one.weights, width(), styled=styled()), nl=False)
