from __future__ import annotations

import subprocess
import sys

import pytest

from seatrial.catalog import model_rows
from seatrial.catalog.model_files import COLUMNS as FILE_COLUMNS
from seatrial.catalog.models import catalog_models, find_model, models_of
from seatrial.catalog.table import TableError
from seatrial.domain.model import LayerGroup, Model
from seatrial.errors import UsageError
from tests.catalog.tables import rows

CODE_THAT_TIMES = """
import seatrial.catalog.models, seatrial.catalog.offers, time
start = time.process_time()
seatrial.catalog.models.catalog_models()
seatrial.catalog.offers.all_offers()
print(time.process_time() - start)
"""


def test_all_tables_are_read_in_50_ms() -> None:
    """Processor time of a fresh process, the best of three: other work on the computer does not count."""
    spent = [
        float(subprocess.run([sys.executable, "-c", CODE_THAT_TIMES], capture_output=True, check=True).stdout)
        for _ in range(3)
    ]
    assert min(spent) < 0.05


# What the shape columns do not say, but the published architectures: which projections have a bias, which vectors
# are normalised, and the rank of DeepSeek's query projection.
QUERY_RANK = {"deepseek-v3": 1536, "deepseek-r1": 1536, "kimi-k2-instruct": 1536}
NOPE_HEAD = 128


def counted(model: Model) -> int:
    """The parameters of a text decoder, matrix by matrix."""
    tables = model.embedding_parameters * (1 if model.tied_embeddings else 2)
    groups = sum(group.layers * (attention(model, group) + norms(model, group)) for group in model.attention)
    experts_layers = model.experts.layers if model.experts else 0
    dense = (model.layers - experts_layers) * 3 * model.hidden * model.ffn
    return tables + groups + dense + experts(model) + model.hidden


def attention(model: Model, group: LayerGroup) -> int:
    if group.kind == "mla":
        return latent_attention(model, group)
    queries, keys = group.heads * group.key_dim, group.kv_heads * group.key_dim
    total = model.hidden * (2 * queries + 2 * keys)
    if model.architecture in ("Qwen2ForCausalLM", "GptOssForCausalLM"):
        total += queries + 2 * keys
    if model.architecture == "GptOssForCausalLM":
        total += model.hidden + group.heads  # the output's bias, and the sinks
    return total


def latent_attention(model: Model, group: LayerGroup) -> int:
    rank, rope = 512, 64
    assert group.key_dim == rank + rope
    query_in = QUERY_RANK.get(model.name)
    per_query = group.heads * (NOPE_HEAD + rope)
    queries = model.hidden * query_in + query_in + query_in * per_query if query_in else model.hidden * per_query
    values = rank * group.heads * 2 * NOPE_HEAD
    return queries + model.hidden * group.key_dim + rank + values + group.heads * NOPE_HEAD * model.hidden


def norms(model: Model, group: LayerGroup) -> int:
    per_layer = 4 if model.architecture.startswith("Gemma") else 2
    heads = 2 * group.key_dim if model.architecture.startswith(("Qwen3", "Gemma3")) else 0
    return per_layer * model.hidden + heads


def experts(model: Model) -> int:
    routed = model.experts
    if routed is None:
        return 0
    per_layer = routed.count * (3 * routed.ffn + 1) * model.hidden + 3 * routed.shared_ffn * model.hidden
    if model.architecture == "GptOssForCausalLM":
        per_layer += routed.count * (1 + 2 * routed.ffn + model.hidden)
    if model.architecture == "DeepseekV3ForCausalLM":
        per_layer += routed.count  # what keeps the load of the experts even
    return routed.layers * per_layer


TEXT_MODELS = [found.model for found in catalog_models() if found.card.modalities == ("text",)]


@pytest.mark.parametrize("model", TEXT_MODELS, ids=lambda model: model.name)
def test_the_shape_gives_the_published_number_of_parameters(model: Model) -> None:
    assert counted(model) == model.parameters
    assert model.extra_parameters == 0


def test_active_parameters_are_all_without_the_experts_a_token_passes_by() -> None:
    sparse = [model for model in TEXT_MODELS if model.experts]
    for model in sparse:
        assert model.experts is not None
        unused = model.expert_parameters * (1 - model.experts.per_token / model.experts.count)
        biases = model.experts.layers * (model.experts.count - model.experts.per_token) * 3 * model.hidden
        assert model.parameters - unused - biases <= model.active_parameters <= model.parameters - unused + 1
    assert len(sparse) == 9


def test_layers_are_grouped_as_they_attend() -> None:
    assert find_model("gemma-3-27b-it").model.attention == (
        LayerGroup("full", 10, 32, 16, 128, 128),
        LayerGroup("sliding", 52, 32, 16, 128, 128, 1024),
    )
    assert find_model("deepseek-v2-lite-chat").model.attention == (LayerGroup("mla", 27, 16, 1, 576, 0),)
    assert find_model("starling-lm").model.attention == (LayerGroup("sliding", 32, 32, 8, 128, 128, 4096),)
    phi = find_model("phi3").model
    assert phi.attention == (LayerGroup("full", 32, 32, 32, 96, 96),)
    assert find_model("moondream").model.gated_ffn is False


@pytest.mark.parametrize(
    ("name", "dense", "shared"),
    [
        ("deepseek-v2-lite-chat", 1, 2816),
        ("deepseek-v3", 3, 2048),
        ("kimi-k2-instruct", 1, 2048),
        ("mixtral-8x7b", 0, 0),
    ],
)
def test_experts_know_the_dense_layers_before_them(name: str, dense: int, shared: int) -> None:
    model = find_model(name).model
    assert model.experts is not None
    assert (model.layers - model.experts.layers, model.experts.shared_ffn) == (dense, shared)
    assert bool(model.ffn) == bool(dense)


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("llama3.1:8b", "llama-3.1-8b-instruct"),
        ("llama3:8b-instruct-q4_K_M", "llama-3-8b-instruct"),
        ("meta-llama/Llama-3.1-8B-Instruct", "llama-3.1-8b-instruct"),
        ("LLAMA_3.1_8B", "llama-3.1-8b-instruct"),
        ("llama3", "llama-3-8b-instruct"),
        ("llama3:latest", "llama-3-8b-instruct"),
        ("Qwen3-8B", "qwen3-8b"),
        ("deepseek-r1:8b", "deepseek-r1-0528-qwen3-8b"),
        ("gpt oss 20b", "gpt-oss-20b"),
    ],
)
def test_a_model_is_known_by_name_repository_and_tag(spelling: str, name: str) -> None:
    assert find_model(spelling).model.name == name


@pytest.mark.parametrize(("name", "hint"), [("qwen3", "qwen3-8b"), ("lama-3.1-8b", "llama-3.1-8b"), ("x", "list")])
def test_an_unknown_model_is_refused_with_near_ones(name: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_model(name)
    assert hint in caught.value.hint


def test_every_model_says_where_it_is_from() -> None:
    for found in catalog_models():
        assert found.card.source.text
        assert found.card.source.checked == "2026-11-21"
        assert found.card.ethics
        assert any(file.format == "safetensors" and file.quant == "bf16" and file.exact for file in found.files)
    assert find_model("llama3.1:8b").card.source.unverified == ("gated",)


MODELS_COLUMNS = model_rows.COLUMNS


@pytest.mark.parametrize(
    ("model", "changes", "told"),
    [
        ("gemma-2-9b-it", {"attention": "linear"}, "none of full"),
        ("gemma-2-9b-it", {"window_tokens": ""}, '"hybrid" needs it'),
        ("gemma-2-9b-it", {"full_attention_layers": "43"}, 'is more than "layers"'),
        ("llama-3-8b-instruct", {"window_tokens": "4096"}, '"full" has no use for it'),
        ("deepseek-v3", {"kv_lora_rank": ""}, '"mla" needs it'),
        ("deepseek-v3", {"dense_layers": ""}, 'goes with "experts"'),
        ("deepseek-v3", {"experts_per_token": "512"}, 'is more than "experts"'),
        ("deepseek-v3", {"params_active": "671026419201"}, 'is more than "params_text"'),
        ("llama-3-8b-instruct", {"params_text": "9000000000"}, 'is more than "params_total"'),
        ("llama-3-8b-instruct", {"kv_heads": "5"}, "does not divide the heads"),
        ("llama-3-8b-instruct", {"layers": "0"}, "outside 1 to 1000"),
        ("llama-3-8b-instruct", {"languages": "English"}, "neither a language code"),
        ("llama-3-8b-instruct", {"scores": "MMLU=104"}, "is not a score"),
        ("llama-3-8b-instruct", {"commercial_use": "perhaps"}, "none of yes"),
        ("llama-3-8b-instruct", {"capabilities": "chat;magic"}, "none of chat"),
        ("llama-3-8b-instruct", {"released": "soon"}, "not a date"),
        ("llama-3-8b-instruct", {"unverified_fields": "name;rank"}, '"rank" is no column'),
        ("llama-3-8b-instruct", {"name": "llama-3-70b-instruct"}, "is there twice"),
    ],
)
def test_a_contradiction_in_the_models_is_refused(model: str, changes: dict[str, str], told: str) -> None:
    with pytest.raises(TableError) as caught:
        models_of(rows("models.csv", MODELS_COLUMNS, model, **changes), ())
    assert "models.csv, line " in caught.value.message
    assert told in caught.value.message


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"model": "llama-4"}, '"llama-4" is not in models.csv'),
        ({"quant": "fp8"}, "no quantisation of gguf"),
        ({"quant": "Q4_K_XL"}, "none of"),
        ({"part": "half"}, "none of model"),
        ({"size_bytes": ""}, "one of the two"),
        ({"size_published": "4.7", "size_unit": "GB"}, "one of the two"),
        ({"size_bytes": "", "size_published": "4.7"}, "goes with size_published"),
        ({"size_bytes": "12"}, "outside"),
        ({"source": ""}, "is empty"),
    ],
)
def test_a_contradiction_in_the_files_is_refused(changes: dict[str, str], told: str) -> None:
    models = rows("models.csv", MODELS_COLUMNS, "llama-3-8b-instruct")
    with pytest.raises(TableError) as caught:
        models_of(models, rows("model_files.csv", FILE_COLUMNS, "llama-3-8b-instruct", **changes))
    assert "model_files.csv, line " in caught.value.message
    assert told in caught.value.message
