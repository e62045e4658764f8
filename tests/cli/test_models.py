from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from seatrial.catalog.models import catalog_models
from seatrial.cli.models import SUBCOMMANDS, models
from seatrial.errors import UsageError
from seatrial.report.models.card import card_text
from seatrial.report.models.listing import listing_text
from seatrial.report.models.side_by_side import side_by_side
from seatrial.report.text import render_text
from seatrial.units import GIB
from seatrial.verbs.modelling.filters import Wanted
from seatrial.verbs.modelling.models import list_models, show_model

from .harness import seatrial


def said(*words: str) -> str:
    result = CliRunner().invoke(models, words)
    if isinstance(result.exception, UsageError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


def listed(*words: str) -> list[dict[str, Any]]:
    document = json.loads(said("list", "--json", *words))
    assert document["schema"] == 1
    found: list[dict[str, Any]] = document["models"]
    return found


def names(*words: str) -> set[str]:
    return {model["name"] for model in listed(*words)}


def test_the_whole_catalogue_is_listed_in_its_order() -> None:
    assert [model["name"] for model in listed()] == [found.model.name for found in catalog_models()]
    assert len(listed()) == 55


# A filter, and what every model it lets through must be.
FILTERS: list[tuple[list[str], Any]] = [
    (["--licence", "commercial"], lambda model: model["commercial_use"] != "no"),
    (["--commercial"], lambda model: model["commercial_use"] != "no"),
    (["--licence", "free"], lambda model: model["commercial_use"] == "yes"),
    (["--licence", "apache"], lambda model: "Apache" in model["licence"]),
    (["--max-params", "8B"], lambda model: model["parameters"] <= 8e9),
    (["--min-params", "0.5b", "--max-params", "500000M"], lambda model: 0.5e9 <= model["parameters"] <= 500e9),
    (["--context", "128k"], lambda model: model["context_tokens"] >= 131072),
    (
        ["--capability", "code", "--capability", "tools"],
        lambda model: {"code", "tools"} <= {*model["capabilities"]},
    ),
    (["--modality", "image"], lambda model: "image" in model["modalities"]),
    (["--language", "de"], lambda m: "de" in m["languages"] or any("+ languages" in w for w in m["languages"])),
    (["--family", "gemma"], lambda model: model["family"] in ("gemma2", "gemma3")),
    (["--gated"], lambda model: model["gated"] is True),
    (["--no-gated"], lambda model: model["gated"] is False),
]


@pytest.mark.parametrize(
    ("words", "meets"), FILTERS, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_a_filter_lets_through_what_meets_it_and_all_of_that(words: list[str], meets: Any) -> None:
    expected = {model["name"] for model in listed() if meets(model)}
    assert names(*words) == expected
    assert 0 < len(expected) < 55


def test_tunable_is_a_filter_that_today_every_model_meets() -> None:
    assert names("--tunable") == names()


@pytest.mark.parametrize(
    ("order", "key", "largest_first"),
    [
        ("params", lambda model: model["parameters"], False),
        ("size", lambda model: model["weights"][0]["bytes"]["value"], False),
        ("context", lambda model: model["context_tokens"], True),
        ("released", lambda model: model["released"], True),
        ("name", lambda model: model["name"], False),
    ],
)
def test_the_list_is_sorted(order: str, key: Any, largest_first: bool) -> None:
    found = [key(model) for model in listed("--sort", order)]
    assert found == sorted(found, reverse=largest_first)


def test_sizes_are_of_the_quantisation_asked_for() -> None:
    (one,) = [model for model in listed("--quant", "fp8") if model["name"] == "llama-3.1-8b-instruct"]
    (weights,) = one["weights"]
    assert (weights["format"], weights["quant"], weights["basis"]) == ("safetensors", "fp8", "as vLLM loads it")
    assert weights["bytes"]["low"] < weights["bytes"]["value"] == round(8.49 * GIB) < weights["bytes"]["high"]


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (["list", "--capability", "coding"], 'capability "coding"', "code"),
        (["list", "--modality", "sound"], 'modality "sound"', "text"),
        (["list", "--language", "German"], '"German" is no language code', "de"),
        (["list", "--family", "qwenn3"], 'family "qwenn3"', "qwen3"),
        (["list", "--licence", "GPL"], "no model has a licence", "commercial"),
        (["list", "--sort", "beauty"], 'sorted by "beauty"', "params"),
        (["list", "--quant", "Q4_K_N"], '"Q4_K_N" is unknown', "Q4_K_"),
        (["list", "--max-params", "big"], '"big" is no number', "8B"),
        (["list", "--context", "0"], '"0" is no number of tokens', "32k"),
        (["show", "qwen3"], 'model "qwen3"', "qwen3-8b"),
        (["compare", "llama3"], "at least two", "show"),
        (["compare", "llama3", "llama-3-8b-instruct"], "with itself", "different"),
    ],
)
def test_a_wrong_word_is_told_with_what_is_meant(words: list[str], message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        said(*words)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_nothing_found_is_an_answer_and_not_a_table() -> None:
    ended = seatrial("models", "list", "--max-params", "1B", "--min-params", "2B")
    assert (ended.code, ended.out) == (0, "")
    assert "leave a filter out" in ended.err
    assert listed("--max-params", "1B", "--min-params", "2B") == []


def test_the_program_ends_with_2_for_a_wrong_name() -> None:
    ended = seatrial("models", "show", "lama-3.1-8b")
    assert (ended.code, ended.out) == (2, "")
    assert "llama-3.1-8b-instruct" in ended.err
    slip = seatrial("models", "shwo")
    assert (slip.code, slip.out) == (2, "")
    assert 'did you mean "show"?' in slip.err


def test_show_tells_everything_and_how_it_is_known() -> None:
    text = " ".join(said("show", "llama3.1:8b").split())
    for part in (
        "Llama 3.1 Community License: commercial use with conditions",
        "gated yes",
        "8.03 B",
        "131,072 tokens",
        "32 heads on 8 KV heads of 128",
        "128 KiB per token, 1.00 GiB for 8k tokens",
        "Q4_K_M 4.58 GiB",
        "exact llama3.1:8b",
        "as vLLM loads it",
        "MMLU 69.4 %",
        "do not rank",
        "acceptable-use policy",
        "checked 2026-11-21 in",
        "not verified gated",
    ):
        assert part in text


def test_show_as_json_has_the_shape_and_every_size() -> None:
    document = json.loads(said("show", "deepseek-v3", "--json"))
    model = document["model"]
    assert document["schema"] == 1
    assert model["shape"]["attention"][0]["kind"] == "mla"
    assert model["shape"]["experts"]["layers"] == 58
    assert model["kv_bytes_per_token"] == {"bfloat16": 61 * 576 * 2, "fp8": 61 * 576}
    assert model["source"]["checked"] == "2026-11-21"
    by_quant = {(one["format"], one["quant"]): one for one in model["weights"]}
    assert by_quant["safetensors", "bf16"]["bytes"] == dict.fromkeys(("value", "low", "high"), 2 * 671_026_419_200)
    assert by_quant["safetensors", "w4a16"]["basis"] == "estimated"


def test_compare_holds_what_each_has() -> None:
    text = said("compare", "gpt-oss-20b", "llama3.1:8b")
    assert "MXFP4 (gguf)" in text
    document = json.loads(said("compare", "gpt-oss-20b", "llama3.1:8b", "--json"))
    assert [model["name"] for model in document["models"]] == ["gpt-oss-20b", "llama-3.1-8b-instruct"]


def test_a_comparison_is_the_same_in_every_process() -> None:
    """Some quantisations have as many bits as others; sets are ordered by a hash that differs between processes."""
    words = ("models", "compare", "qwen2.5-7b-instruct", "qwen3-8b")
    assert len({seatrial(*words, env={"PYTHONHASHSEED": seed}).out for seed in "1234"}) == 1


@pytest.mark.parametrize("width", [80, 100, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    sized = list_models(Wanted())
    texts = [listing_text([(one.found, one.weights[0]) for one in sized], width, styled=False)]
    shown = [show_model(found.model.name) for found in catalog_models()]
    texts += [card_text(one.found, one.weights, width, styled=False) for one in shown]
    texts.append(render_text(side_by_side([(one.found, one.weights) for one in shown[:9]]), width=width))
    for text in texts:
        assert text.endswith("\n")
        lines = [line for line in text.splitlines() if "https://" not in line]  # an address is not broken
        assert max(map(len, lines)) <= width
        assert not any(line != line.rstrip() for line in text.splitlines())


def test_colour_is_for_terminals() -> None:
    sized = list_models(Wanted())
    rows = [(one.found, one.weights[0]) for one in sized]
    assert "\x1b[" in listing_text(rows, 120, styled=True)
    assert "\x1b[" not in said("list")


def test_a_command_that_is_not_written_yet_does_not_break_help(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SUBCOMMANDS, "dream", "dream:dream")
    text = said("--help")
    assert "dream" not in text
    assert all(word in text for word in ("list", "show", "compare"))
