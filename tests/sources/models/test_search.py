"""Searching the hub: what is asked, what is kept, and what the answer may lack."""

from collections.abc import Iterator
from typing import Any

import pytest

from seatrial.errors import OutsideError, Unreachable, UsageError
from seatrial.sources.models.licences import commercial_use
from seatrial.testing.scripted import ScriptedServer
from seatrial.testing.streams import error_json
from seatrial.verbs.modelling.search import search_models

from .servers import Hub


def hit(name: str, parameters: int | None = None, licence: str | None = None, **extra: Any) -> dict[str, Any]:
    about: dict[str, Any] = {"id": name, "downloads": 12, "likes": 3, "gated": False}
    about |= {"tags": [f"license:{licence}"] if licence else [], "lastModified": "2026-05-04T03:02:01.000Z"}
    if parameters is not None:
        about["safetensors"] = {"parameters": {"BF16": parameters}, "total": parameters}
    return about | extra


PAGES = [
    [hit("a/big", 70_000_000_000, "mit"), hit("a/unknown", None, "mit"), hit("a/small", 1_000_000_000, "llama3.1")],
    [
        hit("b/closed", 500_000_000, "cc-by-nc-4.0"),
        hit("b/gguf", None, "apache-2.0", tags=["gguf", "license:apache-2.0"], gguf={"total": 800_000_000}),
        hit("b/bare"),
    ],
]


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with Hub({}, PAGES) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        yield server


def names(**options: Any) -> list[str]:
    return [found.name for found in search_models("tiny", **options)]


def test_every_page_is_read_as_far_as_it_is_wanted(hub: Hub) -> None:
    assert names(limit=6) == ["a/big", "a/unknown", "a/small", "b/closed", "b/gguf", "b/bare"]
    hub.searches.clear()
    assert names(limit=2) == ["a/big", "a/unknown"]
    assert len(hub.searches) == 1


def test_the_hub_is_asked_for_what_it_can_filter(hub: Hub) -> None:
    names(sort="downloads", licence="apache-2.0", gguf=True, max_parameters=2_000_000_000)
    asked = hub.searches[0]
    assert (asked["search"], asked["sort"]) == (["tiny"], ["downloads"])
    assert asked["filter"] == ["license:apache-2.0", "gguf"]
    assert asked["num_parameters"] == ["max:2000000000"]


@pytest.mark.usefixtures("hub")
def test_filters_hold_whatever_the_hub_answers() -> None:
    assert names(max_parameters=2_000_000_000) == ["a/small", "b/closed", "b/gguf"]
    assert names(licence="commercial") == ["a/big", "a/unknown", "a/small", "b/gguf", "b/bare"]
    assert names(licence="free") == ["a/big", "a/unknown", "b/gguf"]


@pytest.mark.usefixtures("hub")
def test_what_the_hub_does_not_say_is_absent() -> None:
    bare = search_models("tiny", limit=6)[-1]
    assert (bare.parameters, bare.licence, bare.task, bare.downloads) == (None, None, None, 12)
    assert search_models("tiny", limit=6)[4].parameters == 800_000_000


@pytest.mark.parametrize(("options", "said"), [({"sort": "size"}, "size"), ({"limit": 0}, "--limit 0")])
def test_a_wrong_wish_is_refused_before_anything_is_asked(options: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        names(**options)


def test_no_hub_offers_the_catalogue(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(Unreachable) as caught:
        names()
    assert "seatrial models list" in caught.value.hint


def test_a_hub_that_answers_nonsense_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedServer(error_json(400, "no")) as server:
        monkeypatch.setenv("HF_ENDPOINT", server.url)
        with pytest.raises(OutsideError):
            names()


@pytest.mark.parametrize(
    ("licence", "use"),
    [
        ("apache-2.0", "yes"),
        ("MIT", "yes"),
        ("llama3.1", "conditions"),
        ("cc-by-nc-4.0", "no"),
        ("other", "conditions"),
    ],
)
def test_what_a_licence_means_for_a_business(licence: str, use: str) -> None:
    assert commercial_use(licence) == use
