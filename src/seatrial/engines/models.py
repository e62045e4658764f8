"""Which of a server's models is meant."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from seatrial.errors import ModelNotFound, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence


def choose_model(wanted: str | None, served: Sequence[str], place: str, hint: str = "") -> str:
    """The served name of the wanted model; of a server with one model that one, if none is named.

    `served` empty: the server does not list its models, `wanted` is taken as it is. A name without a tag also means
    that name with the tag `latest`, as Ollama has it. Raises ModelNotFound with
    what there is, nearest first, and UsageError when a name is needed. `hint` says how a model gets there.
    """
    if wanted is None:
        if len(served) == 1:
            return served[0]
        if not served:
            raise UsageError(f"{place} does not say which models it has", "name one with --model")
        raise UsageError(f"{place} has {len(served)} models: {', '.join(served)}", "name one with --model")
    if not served or wanted in served or f"{wanted}:latest" in served:
        return wanted
    raise ModelNotFound(
        f'{place} has no model "{wanted}"; it has {", ".join(_nearest_first(wanted, served))}',
        hint,
    )


def _nearest_first(wanted: str, served: Sequence[str]) -> list[str]:
    return sorted(served, key=lambda name: (-SequenceMatcher(None, wanted.lower(), name.lower()).ratio(), name))
