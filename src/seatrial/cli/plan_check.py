"""`seatrial plan --check RUN`: prediction beside measurement."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from seatrial.errors import EXIT_NOT_MET, EXIT_OK, UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

HELP = "Instead of planning: predict the stored RUN (RUN:CANDIDATE) and set it beside what was measured."
MEANT = frozenset(
    {"gpus", "tensor_parallel", "store_path", "as_json", "no_calibration", "check", "cv", "spare", "sites"}
)


def check_run(model: str | None, values: Mapping[str, Any]) -> int:
    """Prints the check that `plan`'s options ask for; its exit code, 1 where fewer than half of the rows hold.

    Raises UsageError for options that mean nothing here.
    """
    from seatrial.report.plan_check import check_document, check_text
    from seatrial.verbs.calibration.server import Told
    from seatrial.verbs.planning.check import check

    for name, value in values.items():
        if name not in MEANT and value not in {None, (), False}:
            raise UsageError(
                f"{_option(name)} means nothing with --check, which takes all it needs from the run",
                "it may have MODEL, --gpu, --tp, --store, --no-calibration and --json",
            )
    gpus = values["gpus"]
    if len(gpus) > 1:
        raise UsageError("a run was made on one device", "give --gpu once")
    told = Told(gpus[0] if gpus else None, model, values["tensor_parallel"] or 1)
    found = check(
        values["check"], store_path=values["store_path"], told=told, calibrated=not values["no_calibration"]
    )
    if values["as_json"]:
        click.echo(json.dumps(check_document(found), indent=2, allow_nan=False))
    else:
        click.echo(check_text(found, styled=sys.stdout.isatty()), nl=False)
    return EXIT_OK if found.holds else EXIT_NOT_MET


def _option(name: str) -> str:
    """The option as it is typed, of the parameter that click calls `name`."""
    parameters = click.get_current_context().command.params
    return next((parameter.opts[0] for parameter in parameters if parameter.name == name), name)
