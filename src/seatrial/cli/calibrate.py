"""`seatrial calibrate`: predictions refitted to a server, from a stored run or by a probe of it."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seatrial.errors import EXIT_INTERRUPTED, UsageError

if TYPE_CHECKING:
    from seatrial.domain.trial import Candidate
    from seatrial.verbs.calibration.calibrate import Calibrated
    from seatrial.verbs.calibration.server import Told

EMBEDDED = "embedded"
PROBE_SLOTS = 4
_ADDRESS = re.compile(r".+://.+|localhost|.+:\d+")


@click.command()
@click.argument("what", required=False, metavar="[RUN | URL | embedded]")
@click.option("--model", help="Which model it serves, if its name does not tell: NAME, hf:ORG/NAME, folder, .gguf.")
@click.option("--gpu", metavar="NAME", help='What it runs on: "H100 SXM", cpu. Needed for a server elsewhere.')
@click.option("--tp", type=click.IntRange(1, 64), default=1, help="GPUs that share each layer. Default: 1.")
@click.option("--engine", help="Of a probe: ollama, vllm, llama.cpp. Default: detected.")
@click.option("--serves", metavar="NAME", help="Of a probe: the model to ask for. Default: the only one.")
@click.option("--api-key-env", metavar="NAME", help="Of a probe: environment variable that holds the API key.")
@click.option("--list", "listed", is_flag=True, help="List what is stored.")
@click.option("--delete", "deleted", metavar="ID", help="Delete one; the beginning of its id is enough.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
@click.option("--store", "store_path", metavar="FILE", type=click.Path(path_type=Path), help="The store.")
def calibrate(what: str | None, **values: Any) -> None:
    """Refit predictions to your own server: the next `seatrial plan` on that engine and device uses it.

    RUN is a stored run (its id, the beginning of it, a name, or `last`), with :CANDIDATE after it where it has
    several. With the URL of a server, or `embedded`, a built-in probe of at most twelve requests is run first.

    What is fitted are the few factors of the closed forms (weights, cache, arithmetic, per layer, per request, who
    waits for whom). The interval is what workloads left out of the fit are off by, and never narrower than what
    repeats of one and the same step differ by. `seatrial plan --check RUN` shows how well it does.
    """
    chosen = [name for name in ("listed", "deleted") if values[name]]
    if (what is not None) + len(chosen) != 1:
        raise UsageError("give a run, a URL, --list or --delete ID", "such as `seatrial calibrate last`")
    if values["listed"]:
        _list(values["store_path"], as_json=values["as_json"])
    elif values["deleted"]:
        _delete(values["deleted"], values["store_path"], as_json=values["as_json"])
    else:
        assert what is not None
        _calibrate(what, values)


def _list(store_path: Path | None, *, as_json: bool) -> None:
    from seatrial.report.calibration import calibration_document, calibrations_text
    from seatrial.verbs.calibration.stored import calibrations

    rows = [(row.id, row.calibration) for row in calibrations(store_path)]
    if as_json:
        _print_json({"calibrations": [calibration_document(*row) for row in rows]})
    elif rows:
        click.echo(calibrations_text(rows, styled=sys.stdout.isatty()), nl=False)
    else:
        click.echo("no calibrations yet; `seatrial calibrate RUN` makes one")


def _delete(word: str, store_path: Path | None, *, as_json: bool) -> None:
    from seatrial.verbs.calibration.stored import delete_calibration

    gone = delete_calibration(word, store_path)
    if as_json:
        _print_json({"deleted": gone})
    else:
        click.echo(f"deleted {gone}")


def _calibrate(what: str, values: dict[str, Any]) -> None:
    from seatrial.verbs.calibration.calibrate import calibrate as refit
    from seatrial.verbs.calibration.server import Told

    told = Told(values["gpu"], values["model"], values["tp"])
    is_probe = what == EMBEDDED or _ADDRESS.fullmatch(what) is not None
    run = _probed(what, values, told) if is_probe else what
    made = refit(run, store_path=values["store_path"], told=told, probe=is_probe)
    if values["as_json"]:
        _print_json(_document(made))
    else:
        from seatrial.cli.terminal import tame

        click.echo(tame(_text(made)), nl=False)


def _probed(what: str, values: dict[str, Any], told: Told) -> str:
    """The id of the probe's run."""
    from seatrial.cli.progress import ProgressLines
    from seatrial.verbs.calibration.probe import probe_spec
    from seatrial.verbs.calibration.server import check_told
    from seatrial.verbs.run import run

    candidate = _candidate(what, values)
    check_told(candidate, told)
    done = run(probe_spec(candidate), store_path=values["store_path"], tell=ProgressLines(), command="calibrate")
    if done.interrupted:
        click.get_current_context().exit(EXIT_INTERRUPTED)
    return done.summary.run


def _candidate(what: str, values: dict[str, Any]) -> Candidate:
    from seatrial.domain.trial import Candidate
    from seatrial.verbs.demo import MODEL

    if what != EMBEDDED:
        named = {"engine": values["engine"], "api_key_env": values["api_key_env"]}
        return Candidate("probe", values["serves"], endpoint=what, **named)
    file = values["model"] if (values["model"] or "").endswith(".gguf") else None
    return Candidate("probe", file or MODEL, engine=EMBEDDED, settings=(("slots", PROBE_SLOTS),))


def _text(made: Calibrated) -> str:
    from seatrial.report.calibration import factors_text, memory_text

    kept, before, after = made.stored.calibration, made.before, made.after
    rests = f"{_count(made.requests, 'request')} of {_count(made.workloads, 'workload')}"
    lines = [
        f"calibrated {kept.engine} {kept.engine_version or ''} on {kept.device} with {kept.model}",
        f"  from {rests} of run {kept.run}: {_count(kept.decode.n, 'point')}",
        _told("TPOT", (before.tpot, after.tpot), (before.tpot_width, after.tpot_width)),
        _told("TTFT", (before.ttft, after.ttft), (before.ttft_width, after.ttft_width)),
        f"  factors: {factors_text(kept)}",
    ]
    told = memory_text(kept)
    if told:
        lines.append(f"  memory, as the engine says: {told}")
    lines.append(f"stored as {made.stored.id}; `seatrial plan` uses it, `seatrial plan --check RUN` tries it")
    return "\n".join(lines) + "\n"


def _told(what: str, off: tuple[float | None, float | None], wide: tuple[float | None, float | None]) -> str:
    """How far off and how unsure it was, and is now."""
    errors = f"{what} was predicted {_off(off[0])} off, now {_off(off[1])}"
    return f"  {errors}; its 80 % interval spans {_wide(wide[0])}, now {_wide(wide[1])}"


def _count(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def _off(error: float | None) -> str:
    return "-" if error is None else f"{error * 100:.0f} %"


def _wide(factor: float | None) -> str:
    return "-" if factor is None else f"a factor of {factor:.3g}"


def _document(made: Calibrated) -> dict[str, Any]:
    from seatrial.report.calibration import calibration_document

    return {
        **calibration_document(made.stored.id, made.stored.calibration),
        "workloads": made.workloads,
        "requests": made.requests,
        "before": asdict(made.before),
        "after": asdict(made.after),
    }


def _print_json(document: dict[str, Any]) -> None:
    click.echo(json.dumps({"schema": 1, **document}, indent=2, allow_nan=False))
