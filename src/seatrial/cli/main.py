"""The command group. Commands are imported when they are used, so that help stays fast."""

from __future__ import annotations

import errno
import importlib
import os
import sys
from contextlib import suppress
from typing import Any

import click

from seatrial import __version__
from seatrial.errors import EXIT_FAULT, EXIT_INTERRUPTED, EXIT_OUTSIDE, EXIT_USAGE, OutsideError, SeatrialError

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

_FULL = frozenset({errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG})


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
    from seatrial.cli.terminal import one_line

    color = False if os.environ.get("NO_COLOR") else None  # here no context is left to say so
    start = click.style("error:", fg="red", bold=True)
    _say(f"{start} {one_line(error.message)}", color=color)
    if error.hint:
        _say(f"  {one_line(error.hint)}")


def _show(error: click.ClickException) -> None:
    from seatrial.cli.terminal import one_line

    vars(error)["message"] = one_line(error.message)  # click calls it final; what was typed is in it
    with suppress(OSError):
        error.show()


def _say(text: str, *, color: bool | None = None) -> None:
    with suppress(OSError):  # of a full disk nobody can be told there
        click.echo(text, err=True, color=color)


def _open_closed() -> None:
    """A stream that was closed by whoever started us (`>&-`) is None to Python; here it leads nowhere."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115  to the end


def _drop_output() -> None:
    """What is still buffered goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def main() -> None:
    """Runs the command line; the only place that turns errors into text and exit codes."""
    _open_closed()
    try:
        code = cli.main(standalone_mode=False)
    except click.ClickException as error:
        _show(error)
        sys.exit(EXIT_USAGE if isinstance(error, click.UsageError) else EXIT_OUTSIDE)
    except (click.Abort, KeyboardInterrupt):
        _say("interrupted")
        sys.exit(EXIT_INTERRUPTED)
    except ReaderGoneError:
        _drop_output()
        sys.exit(0)
    except SeatrialError as error:
        _tell(error)
        sys.exit(error.exit_code)
    except Exception as error:  # noqa: BLE001  a fault of our own: Python's code for it would read as a missed SLO
        if isinstance(error, OSError) and error.errno in _FULL and error.filename is None:
            _drop_output()
            _tell(
                OutsideError(f"the output cannot be written: {error.strerror}", "make room, or send it elsewhere")
            )
            sys.exit(EXIT_OUTSIDE)
        import traceback

        with suppress(OSError):
            traceback.print_exc()
        _say("this is a fault in seatrial; please report it with the lines above")
        sys.exit(EXIT_FAULT)
    sys.exit(code if isinstance(code, int) else 0)
