"""The hub's own search, as rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from seatrial.sources.models.hub_client import check_reachable, new_api, translated
from seatrial.sources.models.licences import commercial_use

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SORTS: dict[str, Literal["trending_score", "downloads", "likes", "last_modified"]] = {
    "trending": "trending_score",
    "downloads": "downloads",
    "likes": "likes",
    "recent": "last_modified",
}


_MOST = 10**15


@dataclass(frozen=True, slots=True)
class Hit:
    """One model of the hub. None is what the hub does not say. `downloads` are of the last 30 days."""

    name: str
    parameters: int | None
    downloads: int | None
    likes: int | None
    updated: str | None
    licence: str | None
    commercial_use: Literal["yes", "conditions", "no"]
    gated: bool
    gguf: bool
    task: str | None


def search_hub(
    text: str, *, sort: str, tags: Sequence[str], max_parameters: int | None, limit: int
) -> Iterator[Hit]:
    """Models whose name has `text`, best first, page by page as they are taken. Raises as `translated` says."""
    api = new_api()
    check_reachable(api)
    with translated("models"):
        infos = api.list_models(
            search=text or None,
            sort=SORTS[sort],
            filter=list(tags) or None,
            num_parameters=f"max:{max_parameters}" if max_parameters else None,
            limit=limit,
            expand=[
                "downloads",
                "likes",
                "tags",
                "gated",
                "safetensors",
                "gguf",
                "lastModified",
                "pipeline_tag",
                "trendingScore",
            ],
        )
        for info in infos:
            yield _hit(info)


def _hit(info: Any) -> Hit:
    tags = [str(tag) for tag in info.tags or ()]
    licence = next((tag.removeprefix("license:") for tag in tags if tag.startswith("license:")), None)
    return Hit(
        name=str(info.id),
        parameters=_parameters(info),
        downloads=_count(info.downloads),
        likes=_count(info.likes),
        updated=info.last_modified.date().isoformat() if info.last_modified else None,
        licence=licence,
        commercial_use=commercial_use(licence or "not stated"),
        gated=bool(info.gated),
        gguf="gguf" in tags,
        task=info.pipeline_tag if isinstance(info.pipeline_tag, str) else None,
    )


def _parameters(info: Any) -> int | None:
    """The hub's own count, from the headers of the safetensors or of the GGUF."""
    gguf = info.gguf or {}
    total = info.safetensors.total if info.safetensors else gguf.get("total")
    return _count(total) or None


def _count(said: object) -> int | None:
    """A number of anything that can be counted; whoever made the hub's index may write what they like into it."""
    return said if type(said) is int and 0 <= said <= _MOST else None
