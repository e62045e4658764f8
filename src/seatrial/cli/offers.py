"""`seatrial offers`: what clouds ask for machines with GPUs."""

from __future__ import annotations

import click

from seatrial.cli.models.printing import json_option, print_json, styled, width
from seatrial.cli.numbers import FiniteRange


@click.command()
@click.option("--cloud", multiple=True, help="aws, azure, gcp, cloud-run; may be repeated, or joined by commas.")
@click.option("--gpu", help="Such as L4 or H100.")
@click.option("--region", help="Such as us-east-1, or its beginning.")
@click.option("--max-price", type=FiniteRange(min=0), metavar="USD", help="Per hour, of the whole machine.")
@json_option
def offers(
    cloud: tuple[str, ...], gpu: str | None, region: str | None, max_price: float | None, as_json: bool
) -> None:
    """List what clouds ask for machines with GPUs, the cheapest per GPU first, with date and source."""
    from seatrial.report.models.document import offers_document
    from seatrial.report.models.offers import offers_text
    from seatrial.verbs.hardware import list_offers

    found = list_offers(clouds=cloud, gpu=gpu, region=region, max_usd_per_hour=max_price)
    if as_json:
        print_json(offers_document(found))
    elif found:
        click.echo(offers_text(found, width(), styled=styled()), nl=False)
    else:
        click.echo("no offer of the catalogue meets all of that; leave a filter out", err=True)
