import pytest

from seatrial.engines.models import choose_model
from seatrial.errors import ModelNotFound, UsageError


@pytest.mark.parametrize(
    ("wanted", "served", "chosen"),
    [
        ("b", ["a", "b"], "b"),
        ("b", [], "b"),
        ("b", ["b:latest"], "b"),
        (None, ["only"], "only"),
    ],
)
def test_chosen(wanted: str | None, served: list[str], chosen: str) -> None:
    assert choose_model(wanted, served, "here:1") == chosen


def test_not_found_lists_the_nearest_first() -> None:
    with pytest.raises(ModelNotFound) as error:
        choose_model("llama3:8b", ["qwen3:4b", "llama3.1:8b", "gemma:2b"], "here:1", "pull it")
    assert error.value.message.startswith('here:1 has no model "llama3:8b"; it has llama3.1:8b, ')
    assert error.value.hint == "pull it"


@pytest.mark.parametrize(("served", "message"), [([], "does not say"), (["a", "b"], "has 2 models: a, b")])
def test_a_name_is_needed(served: list[str], message: str) -> None:
    with pytest.raises(UsageError, match=message) as error:
        choose_model(None, served, "here:1")
    assert "--model" in error.value.hint
