"""`seatrial models search`, as the command line, against a server that answers as the hub does."""

from tests.sources.models.servers import Hub
from tests.sources.models.test_search import PAGES

from .harness import Ended, seatrial


def search(hub: Hub, *words: object) -> Ended:
    return seatrial("models", "search", *words, env={"HF_ENDPOINT": hub.url})


def test_a_table_a_document_and_nothing() -> None:
    with Hub({}, PAGES) as hub:
        table, document = search(hub, "tiny"), search(hub, "tiny", "--max-params", "2B", "--json").document
    assert table.code == 0
    assert "b/closed" in table.out
    assert [model["name"] for model in document["models"]] == ["a/small", "b/closed", "b/gguf"]
    assert document["schema"] == 1
    with Hub({}) as hub:
        empty = search(hub, "zzz")
    assert (empty.code, empty.out) == (0, "")
    assert "no such model" in empty.err


def test_wrong_wishes_and_no_network() -> None:
    with Hub({}) as hub:
        wrong = search(hub, "tiny", "--sort", "trendy")
    assert wrong.code == 2
    assert 'did you mean "trending"?' in wrong.err
    gone = search(hub, "tiny")  # it has stopped
    assert gone.code == 3
    assert "seatrial models list" in gone.err
    assert "Traceback" not in gone.err
