"""`seatrial plan`: from a model and a traffic to hardware, flags, replicas and money, with the error stated."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seatrial.cli.plan_check import HELP, check_run
from seatrial.cli.plan_options import wish_options, wishes_of
from seatrial.errors import EXIT_NOT_MET, EXIT_OK, UsageError

if TYPE_CHECKING:
    from seatrial.domain.coefficients import Calibration
    from seatrial.domain.plan import Proposal


@click.command()
@click.argument("model", required=False)
@wish_options
@click.option("--top", type=click.IntRange(1, 1000), metavar="N", help="At most so many plans.")
@click.option("--explain", is_flag=True, help="The whole arithmetic of the best plan, with numbers put in.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option(
    "-o",
    "output",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the best plan as FILE.toml, or the proposal as .html, .md, .json or .txt.",
)
@click.option("--force", is_flag=True, help="Overwrite FILE.")
@click.option(
    "--store", "store_path", metavar="FILE", type=click.Path(path_type=Path), help="The store of calibrations."
)
@click.option("--no-calibration", is_flag=True, help="Plan as if nothing had been calibrated.")
@click.option("--check", metavar="RUN", help=HELP)
def plan(model: str | None, **values: Any) -> None:
    """Plan how to serve MODEL: engine, quantisation, GPUs, replicas, flags and cost, each with its interval.

    MODEL is a name of the catalogue, a folder with a config.json, a .gguf file, hf:ORG/NAME, ollama:NAME:TAG or
    pypi:NAME. All that is not fixed by an option is searched: engines, quantisations, GPUs, how many of them, and
    how many replicas. Fixing --engine and --gpu evaluates that one layout.

    Exit codes: 0 there is a plan that meets the SLO; 1 there is none. With --check: 0 at least half of what was
    measured lies in its predicted interval; 1 less.
    """
    if values["check"] is not None:
        click.get_current_context().exit(check_run(model, values))
    if model is None:
        raise UsageError("plan needs a MODEL", "such as `seatrial plan llama-3.1-8b-instruct`")
    from seatrial.verbs.planning.forms import rendered
    from seatrial.verbs.planning.plan import planned

    output, as_json = values["output"], values["as_json"]
    form = None if output is None else _free_form(output, force=values["force"])
    made = planned(model, wishes_of(values, _calibrations(values)))
    found = replace(made, proposal=_cut(made.proposal, values["top"]))
    explain = values["explain"]
    if output is not None and form is not None:
        _write(output, rendered(found, form, explain=explain))
    if as_json or output is None:
        text = rendered(found, "json" if as_json else "text", explain=explain, styled=sys.stdout.isatty())
        click.echo(text, nl=False)
    click.get_current_context().exit(exit_code(made.proposal))


def exit_code(proposal: Proposal) -> int:
    """0 where the first plan meets the SLO as predicted, else 1."""
    from seatrial.sizing.choice.objectives import misses

    best = next(iter(proposal.plans), None)
    if best is None or best.speed is None:
        return EXIT_NOT_MET
    return EXIT_NOT_MET if best.failing or misses(best.speed, proposal.demand) else EXIT_OK


def _free_form(output: Path, *, force: bool) -> str:
    """The form that the name of `output` asks for, checked before anything is worked out. Raises UsageError."""
    from seatrial.verbs.planning.forms import form_of
    from seatrial.verbs.writing import check_free

    form = form_of(output)
    check_free(output, force=force)
    return form


def _write(output: Path, text: str) -> None:
    from seatrial.verbs.writing import write_whole

    write_whole(output, text)
    click.echo(f"wrote {output}", err=True)


def _cut(proposal: Proposal, top: int | None) -> Proposal:
    return proposal if top is None else replace(proposal, plans=proposal.plans[:top])


def _calibrations(values: dict[str, Any]) -> tuple[Calibration, ...]:
    """Those of the store, where there is one."""
    if values["no_calibration"]:
        return ()
    from seatrial.verbs.calibration.stored import calibrations

    return tuple(row.calibration for row in calibrations(values["store_path"]))
