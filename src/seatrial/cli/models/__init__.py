"""`seatrial models`: choosing one. Each command lives in a file of its own, imported when it is used."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from typing import Any, cast

import click

SUBCOMMANDS = {
    "list": "listing:list_",
    "show": "show:show",
    "compare": "compare:compare",
    "search": "search:search",
    "shortlist": "shortlist:shortlist",
    "pull": "pull:pull",
}
"""Command -> the file in this folder, and its name there."""


class OnDemand(Mapping[str, click.Command]):
    """The commands there are, in the order of the table; one is imported when it is taken."""

    def __getitem__(self, name: str) -> click.Command:
        file, _, attribute = SUBCOMMANDS[name].partition(":")
        command: click.Command = getattr(importlib.import_module(f"{__name__}.{file}"), attribute)
        return command

    def __iter__(self) -> Iterator[str]:
        return (name for name, where in SUBCOMMANDS.items() if find_spec(f"{__name__}.{where.partition(':')[0]}"))

    def __len__(self) -> int:
        return sum(1 for _ in self)


class ModelsGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  the signature is click's
        return list(self.commands)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            from seatrial.errors import nearest

            raise click.UsageError(
                f'there is no command "models {args[0]}"; {nearest(args[0], self.commands)}', ctx
            )
        return super().resolve_command(ctx, args)


@click.group(cls=ModelsGroup, commands=cast("dict[str, click.Command]", OnDemand()))
def models() -> None:
    """Choose a model: a catalogue with sizes, licences, scores and sources, and what else there is."""
