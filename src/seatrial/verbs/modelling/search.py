"""Models of the hub that answer to a text: found by the hub's own search, filtered by what it knows of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.errors import UsageError, nearest
from seatrial.sources.models.search import SORTS, Hit, search_hub

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST = 1000
MOST_TEXT = 200
_LOOKED_AT = 20  # hits of the hub per hit that is wanted, where a filter is ours


def search_models(
    text: str,
    *,
    sort: str = "trending",
    licence: str | None = None,
    max_parameters: int | None = None,
    gguf: bool = False,
    limit: int = 20,
) -> list[Hit]:
    """At most `limit` models, in the hub's order. `licence` is a short name of the hub, or `commercial`.

    A model whose size the hub does not know is left out when `max_parameters` is given. Raises UsageError,
    OutsideError and its kin.
    """
    if sort not in SORTS:
        raise UsageError(f'cannot sort by "{sort}"', nearest(sort, SORTS))
    if len(text) > MOST_TEXT:
        raise UsageError(f"the text has {len(text):,} characters", f"at most {MOST_TEXT}: a part of a name")
    if not 1 <= limit <= MOST:
        raise UsageError(f"--limit {limit} is not from 1 to {MOST}")
    own = licence in ("commercial", "free")
    tags = [f"license:{licence}"] * (licence is not None and not own) + ["gguf"] * gguf
    looked_at = limit * _LOOKED_AT if own or max_parameters else limit
    hits: Iterator[Hit] = search_hub(text, sort=sort, tags=tags, max_parameters=max_parameters, limit=looked_at)
    found: list[Hit] = []
    for hit in hits:
        if _passes(hit, licence if own else None, max_parameters):
            found.append(hit)
        if len(found) == limit:
            break
    return found


def _passes(hit: Hit, licence: str | None, max_parameters: int | None) -> bool:
    if max_parameters is not None and (hit.parameters is None or hit.parameters > max_parameters):
        return False
    allowed = {"commercial": ("yes", "conditions"), "free": ("yes",)}.get(
        licence or "", ("yes", "conditions", "no")
    )
    return hit.commercial_use in allowed
