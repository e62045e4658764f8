"""The command group. Commands are imported when they are used, so that help stays fast."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import click

from seatrial import __version__
from seatrial.errors import EXIT_FAULT, EXIT_INTERRUPTED, EXIT_OUTSIDE, EXIT_USAGE, SeatrialError

COMMANDS = {
    "run": "Put candidates through workloads and print what was measured.",
    "ask": "One answer, streamed, with its timings.",
    "watch": "An engine at work, live in the terminal.",
    "report": "Report stored runs: as a page, text, JSON, notebook, chart.",
    "calibrate": "Refit predictions to your own server, from a run or a probe.",
    "compare": "Two sides: better, worse, the same or cannot tell; a gate.",
    "models": "Choose a model: a catalogue with sizes, licences and scores.",
    "plan": "From a model and a traffic to hardware, flags, replicas and cost.",
    "gpus": "The GPUs a plan knows: memory, bandwidth, compute, sources.",
    "offers": "What clouds ask for machines with GPUs, with date and source.",
    "runs": "List, show, export and delete stored runs.",
    "ui": "The store as a local web page.",
    "selftest": "What this computer can measure, and how accurately.",
    "doctor": "Check this computer for what seatrial needs.",
}
"""Command -> one line of help; the command itself is `seatrial.cli.<name>:<name>`."""


class ReaderGoneError(Exception):
    """Whoever read our output has closed it. No OSError: click would end those with the code of a missed SLO."""


class LazyGroup(click.Group):
    def invoke(self, ctx: click.Context) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError as error:
            raise ReaderGoneError from error
        return result

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  the signature is click's
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"seatrial.cli.{cmd_name}"), cmd_name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from seatrial.errors import nearest

            raise click.UsageError(f'there is no command "{args[0]}"; {nearest(args[0], COMMANDS)}', ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="seatrial")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Sea trials for self-hosted LLM services: real traffic, true timings, raw records, honest answers.

    Exit codes: 0 done and met; 1 done, but an SLO or a gate failed; 2 the request was wrong; 3 the outside failed;
    4 measured, but not to be trusted; 70 a fault in seatrial itself; 130 interrupted.
    """
    if os.environ.get("NO_COLOR"):
        ctx.color = False


def _tell(error: SeatrialError) -> None:
    from seatrial.cli.terminal import tame

    color = False if os.environ.get("NO_COLOR") else None  # here no context is left to say so
    click.echo(f"{click.style('error:', fg='red', bold=True)} {tame(error.message)}", err=True, color=color)
    if error.hint:
        click.echo(f"  {tame(error.hint)}", err=True)


def main() -> None:
    """Runs the command line; the only place that turns errors into text and exit codes."""
    try:
        code = cli.main(standalone_mode=False)
    except click.UsageError as error:
        error.show()
        sys.exit(EXIT_USAGE)
    except click.ClickException as error:
        error.show()
        sys.exit(EXIT_OUTSIDE)
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        sys.exit(EXIT_INTERRUPTED)
    except ReaderGoneError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what is still buffered goes nowhere
        sys.exit(0)
    except SeatrialError as error:
        _tell(error)
        sys.exit(error.exit_code)
    except Exception:  # noqa: BLE001  a fault of our own: Python's exit code for it would read as a missed SLO
        import traceback

        traceback.print_exc()
        click.echo("this is a fault in seatrial; please report it with the lines above", err=True)
        sys.exit(EXIT_FAULT)
    sys.exit(code if isinstance(code, int) else 0)
