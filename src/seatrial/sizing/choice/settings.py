"""Engine settings as people type them after --set: each engine's own names for the fields of a Layout."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from seatrial.errors import UsageError, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from seatrial.domain.plan import SettingValue

MOST = 1 << 48


class Setting(NamedTuple):
    """Which field of Layout a setting gives its value to, how it is read, and what it must be, in words."""

    field: str
    read: Callable[[str], SettingValue]
    expected: str


def _count(text: str) -> int:
    number = int(text.replace("_", "").replace(",", ""))
    if not 1 <= number <= MOST:
        raise ValueError
    return number


def _layers(text: str) -> int:
    number = int(text)
    if not 0 <= number <= MOST:
        raise ValueError
    return number


def _share(text: str) -> float:
    number = float(text)
    if not 0 < number <= 1:
        raise ValueError
    return number


def _yes(text: str) -> bool:
    words = {
        "true": True,
        "yes": True,
        "1": True,
        "on": True,
        "false": False,
        "no": False,
        "0": False,
        "off": False,
    }
    if text.lower() not in words:
        raise ValueError
    return words[text.lower()]


def _not(text: str) -> bool:
    return not _yes(text)


_COUNT = "a whole number, 1 or more"
_LENGTH = Setting("max_model_len", _count, _COUNT)
_BATCH = Setting("max_num_batched_tokens", _count, _COUNT)
_SLOTS = Setting("max_num_seqs", _count, _COUNT)
_LAYERS = Setting("gpu_layers", _layers, "a whole number, 0 or more")
_GGML = {
    "max_model_len": _LENGTH,
    "slots": _SLOTS,
    "max_num_seqs": _SLOTS,
    "max_num_batched_tokens": _BATCH,
    "gpu_layers": _LAYERS,
}
SETTINGS: dict[str, dict[str, Setting]] = {
    "vllm": {
        "max_model_len": _LENGTH,
        "max_num_seqs": _SLOTS,
        "max_num_batched_tokens": _BATCH,
        "gpu_memory_utilization": Setting("gpu_memory_utilization", _share, "a share above 0, at most 1"),
        "block_size": Setting("block_tokens", _count, _COUNT),
        "enforce_eager": Setting("cuda_graphs", _not, "true or false"),
        "kv_cache_memory_bytes": Setting("kv_cache_bytes", _count, _COUNT),
    },
    "llama.cpp": {**_GGML, "parallel": _SLOTS, "ubatch_size": _BATCH, "n_gpu_layers": _LAYERS},
    "ollama": {
        **_GGML,
        "num_parallel": _SLOTS,
        "num_ctx": _LENGTH,
        "context_length": _LENGTH,
        "num_batch": _BATCH,
        "num_gpu": _LAYERS,
    },
}
"""Engine -> name -> setting. A context is that of one request; llama.cpp's ctx-size, of all, is none."""


def read_settings(texts: Iterable[str], engines: Iterable[str]) -> tuple[tuple[str, SettingValue], ...]:
    """The fields of Layout that texts such as `max_model_len=8192` give values to, for every one of `engines`.

    Names may be written as flags or environment variables are (`--max-model-len`, `OLLAMA_NUM_PARALLEL`).
    Raises UsageError for a name that one of the engines does not have, twice the same field, or a wrong value.
    """
    found: dict[str, SettingValue] = {}
    for text in texts:
        written, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not value:
            raise UsageError(f'--set "{text}" gives no value', "write it as --set max_model_len=8192")
        for field, taken in {_one(written, value, engine) for engine in engines}:
            if field in found:
                raise UsageError(f"--set gives {written} twice")
            found[field] = taken
    return tuple(found.items())


def _one(written: str, value: str, engine: str) -> tuple[str, SettingValue]:
    known = SETTINGS[engine]
    name = written.lower().lstrip("-").replace("-", "_").removeprefix("ollama_").removeprefix("llama_arg_")
    setting = known.get(name)
    if setting is None:
        raise UsageError(f'"{written}" is not a setting of {engine} that a plan knows', nearest(name, known))
    try:
        return setting.field, setting.read(value)
    except ValueError:
        raise UsageError(f'--set {written} is "{value}"; expected {setting.expected}') from None
