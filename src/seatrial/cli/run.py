"""`seatrial run`: the main job."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from seatrial.cli.options import RUN_OPTIONS
from seatrial.errors import EXIT_INTERRUPTED, EXIT_NOT_MET, EXIT_OK, EXIT_OUTSIDE, EXIT_UNTRUSTED, UsageError

if TYPE_CHECKING:
    from seatrial.domain.trial import Spec
    from seatrial.verbs.run import RunResult


def _run(argument: str | None, as_json: bool, **options: Any) -> None:
    """Put candidates through workloads: traffic is sent, timed by the kernel's clock, stored raw and summed up.

    The argument is the URL of a server, with options to say what is asked of it, or a SPEC.toml. Without one a real
    model is run on the embedded engine: four experiments, two candidates.
    """
    from seatrial.cli.progress import ProgressLines
    from seatrial.cli.report import rendered
    from seatrial.verbs.run import run as run_spec

    spec = _spec(argument, options)
    result = run_spec(spec, store_path=options["store"], tell=ProgressLines(), command=_command())
    if as_json:
        click.echo(rendered(result.summary, "json", styled=False))
    else:
        click.echo(rendered(result.summary, "text", styled=sys.stdout.isatty()))
        click.echo(f"stored in {result.store_path}")
        click.echo(_where_the_page_is(result, is_demo=argument is None))
    click.get_current_context().exit(exit_code(result))


def _where_the_page_is(result: RunResult, *, is_demo: bool) -> str:
    """The demo's report as a page, made right away; of other runs, how to make one."""
    run_id = result.summary.run
    if not is_demo:
        return f"as a page: seatrial report {run_id} -o report.html"
    from seatrial.verbs.report import report_of, write_report
    from seatrial.verbs.writing import make_folder

    path = result.store_path.parent / "reports" / f"{run_id}.html"
    make_folder(path.parent)
    write_report(report_of(result.summary, result.store_path), path, "html")
    return f"as a page, to open in a browser: {path.resolve().as_uri()}"


def _spec(argument: str | None, options: dict[str, Any]) -> Spec:
    from seatrial.cli.options import spec_from_options

    if argument is not None:
        return spec_from_options(argument, options)
    given = [name for name, value in options.items() if value not in (None, (), False) and name != "store"]
    if given:
        raise UsageError(
            f"--{given[0].replace('_', '-')} needs the URL of a server or a SPEC.toml",
            "seatrial run http://HOST:PORT",
        )
    from seatrial.verbs.demo import demo_spec

    return demo_spec()


def _command() -> str:
    """The command line as typed, but for bytes that are no UTF-8; keys are not on it (--api-key-env names them)."""
    import shlex

    return shlex.join(["seatrial", *sys.argv[1:]]).encode(errors="backslashreplace").decode()


def exit_code(result: RunResult) -> int:
    """The first that holds: 130 interrupted, 3 nothing was answered, 4 what was answered is not to be trusted,
    3 a candidate failed or a server went away or a workload got no answer, 1 an SLO is missed, 0.
    """
    if result.interrupted:
        return EXIT_INTERRUPTED
    candidates = result.summary.candidates
    run = [w for candidate in candidates for w in candidate.workloads if w.skipped is None]
    unanswered = [w for w in run if not w.counts.completed]
    if len(unanswered) == len(run) and not any(candidate.harness for candidate in candidates):
        return EXIT_OUTSIDE
    if result.summary.trust.verdict != "trusted":
        return EXIT_UNTRUSTED
    if unanswered or result.server_lost or any(candidate.failed for candidate in candidates):
        return EXIT_OUTSIDE
    return EXIT_NOT_MET if any(w.slo_met is False for w in run) else EXIT_OK


run = click.Command(
    "run",
    callback=_run,
    params=[click.Argument(["argument"], required=False, metavar="[SPEC.toml | URL]"), *RUN_OPTIONS],
    help=_run.__doc__,
    short_help="Put candidates through workloads and print what was measured.",
)
