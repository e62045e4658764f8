"""The embedded engine for real: llama.cpp with the real model, started once for all of these tests."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from seatrial.domain.trial import Candidate
from seatrial.engines.base import Engine
from seatrial.engines.calibrating import calibrated
from seatrial.engines.embedded import embedded_config
from seatrial.engines.factory import open_engine
from seatrial.errors import EngineFailed, OutsideError, UsageError
from seatrial.prompts.make import PromptMaker
from seatrial.prompts.words import WORDS
from seatrial.sources.smollm import MODEL_NAME, smollm_file


@pytest.fixture(scope="module")
def model() -> Path:
    try:
        return smollm_file()
    except OutsideError as problem:
        pytest.skip(f"no model: {problem.message}")


@pytest.fixture(scope="module")
def engine(model: Path) -> Iterator[Engine]:
    settings = (("model_path", str(model)), ("slots", 2), ("context", 1024))
    engine = open_engine(Candidate("demo", MODEL_NAME, engine="embedded", settings=settings))
    yield engine
    pids = engine.root_pids()
    engine.close()
    assert not any(psutil.pid_exists(pid) for pid in pids)


def test_what_it_says_of_itself(engine: Engine) -> None:
    info, target = engine.info(), engine.target()
    assert (engine.name, info.engine, info.models) == ("embedded", "llama.cpp", (MODEL_NAME,))
    assert (info.context_tokens, info.slots) == (1024, 2)
    assert (info.version or "").startswith("xllamacpp ")
    assert (target.model, target.api, target.exact_output) == (MODEL_NAME, "openai-chat", "ignore_eos")
    assert "llamacpp:" in httpx.get(str(engine.metrics_url), trust_env=False).text


def test_every_word_is_one_token(engine: Engine) -> None:
    """At the start of a prompt as well as inside: that is what makes lengths exact."""
    overhead = calibrated(engine, [64], seed=1).overhead_tokens
    assert engine.count_tokens((("user", " ".join(WORDS)),)) == overhead + len(WORDS)
    firsts = [engine.count_tokens((("user", word),)) for word in WORDS[::20]]
    assert set(firsts) == {overhead + 1}


def test_lengths_are_exact(engine: Engine) -> None:
    lengths = [48, 128, 512]
    calibration = calibrated(engine, lengths, seed=1)
    assert (calibration.exact, calibration.source) == (True, "/tokenize")
    maker = PromptMaker(1, calibration)
    for length in [*lengths, 300]:
        assert [engine.count_tokens(maker.messages(index, length)) for index in range(3)] == [length] * 3


def test_a_cold_start_is_another_process_at_the_same_address(engine: Engine) -> None:
    target, pids = engine.target(), engine.root_pids()
    phases = engine.force_cold()
    assert phases.how == "process restarted"
    assert phases.accept_s is not None
    assert phases.ready_s is not None
    assert 0 < phases.accept_s <= phases.ready_s
    assert engine.root_pids() != pids
    assert not psutil.pid_exists(pids[0])
    assert engine.target() == target
    assert engine.count_tokens((("user", "hello"),))


def test_the_output_length_is_held(engine: Engine) -> None:
    target = engine.target()
    body = {
        "model": target.model,
        "messages": [{"role": "user", "content": "Say one word."}],
        "max_tokens": 40,
        "ignore_eos": True,
    }
    answer = httpx.post(f"{target.url}/v1/chat/completions", json=body, trust_env=False, timeout=60).json()
    assert answer["usage"]["completion_tokens"] == 40


def test_it_ends_with_its_parent(model: Path) -> None:
    code = (
        "import os, sys\n"
        "from seatrial.domain.trial import Candidate\n"
        "from seatrial.engines.factory import open_engine\n"
        f"engine = open_engine(Candidate('c', {str(model)!r}, engine='embedded'))\n"
        "print(engine.root_pids()[0], engine.target().model, flush=True)\n"
        "sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pid, name = parent.stdout.readline().split()
        server = psutil.Process(int(pid))
        os.kill(parent.pid, signal.SIGKILL)
        psutil.wait_procs([server], timeout=10)
    assert name == model.stem
    assert not server.is_running() or server.status() == psutil.STATUS_ZOMBIE


def test_a_model_that_cannot_be_loaded_shows_the_log(tmp_path: Path) -> None:
    broken = tmp_path / "broken.gguf"
    broken.write_bytes(b"GGUF but no more")
    with pytest.raises(EngineFailed, match=r"ended with code(.|\n)*(gguf|load)"):
        open_engine(Candidate("c", str(broken), engine="embedded"))


def test_not_ready_in_time(model: Path) -> None:
    with pytest.raises(EngineFailed, match="not ready after 0 s"):
        open_engine(Candidate("c", str(model), engine="embedded", ready_timeout_s=0.01))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ((("slot", 2),), 'no setting "slot"'),
        ((("slots", 0),), "slots of the embedded engine"),
        ((("threads", True),), "threads of the embedded engine"),
        ((("context", "big"),), "context of the embedded engine"),
        ((("model_path", "/no/such.gguf"),), "needs a GGUF file"),
    ],
)
def test_wrong_settings(
    settings: tuple[tuple[str, str | int | float | bool], ...], message: str, tmp_path: Path
) -> None:
    file = tmp_path / "m.gguf"
    file.touch()
    with pytest.raises(UsageError, match=message):
        embedded_config(Candidate("c", str(file), engine="embedded", settings=settings))


def test_no_model_named() -> None:
    with pytest.raises(UsageError, match="needs a GGUF file"):
        embedded_config(Candidate("c", None, engine="embedded"))


def test_the_client_keeps_a_core(tmp_path: Path) -> None:
    file = tmp_path / "m.gguf"
    file.touch()
    config = embedded_config(Candidate("c", str(file), engine="embedded"))
    assert config.threads == max(1, len(os.sched_getaffinity(0)) - 1)
    assert (config.slots, config.context, config.alias) == (1, 2048, "m")
