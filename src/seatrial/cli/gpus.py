"""`seatrial gpus`: the accelerators a plan knows."""

from __future__ import annotations

import click

from seatrial.cli.models.printing import json_option, print_json, styled, width
from seatrial.cli.numbers import FiniteRange


@click.command()
@click.argument("name", required=False)
@click.option("--vendor", help="NVIDIA, AMD, Apple or Intel.")
@click.option(
    "--min-memory", type=FiniteRange(min=0), metavar="GIB", help="At least so much, as drivers report it."
)
@json_option
def gpus(name: str | None, vendor: str | None, min_memory: float | None, as_json: bool) -> None:
    """List the GPUs of the catalogue, or explain one.

    NAME is that of the catalogue or as drivers and clouds write it: H100, a100_80gb_pcie, "Tesla T4".
    """
    from seatrial.report.models.document import gpus_document
    from seatrial.report.models.gpus import gpu_text, gpus_text
    from seatrial.verbs.hardware import gpu_offers, list_gpus, show_gpu

    if name is not None:
        gpu, aliases = show_gpu(name)
        if as_json:
            print_json(gpus_document([(gpu, aliases)]))
        else:
            click.echo(gpu_text(gpu, aliases, gpu_offers(gpu), width(), styled=styled()), nl=False)
        return
    found = list_gpus(vendor=vendor, min_memory_gib=min_memory)
    if as_json:
        print_json(gpus_document(found))
    elif found:
        click.echo(gpus_text([gpu for gpu, _ in found], width(), styled=styled()), nl=False)
    else:
        click.echo("no GPU of the catalogue meets that; leave a filter out", err=True)
