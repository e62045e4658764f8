"""The engines' edges against the real thing: counts, context, cold starts. `make test-real` runs them."""

from collections.abc import Iterator

import psutil
import pytest

from seatrial.domain.trial import Candidate
from seatrial.engines.base import Engine
from seatrial.engines.calibrating import calibrated
from seatrial.engines.factory import open_engine
from seatrial.errors import ColdNotPossible, ModelNotFound
from seatrial.prompts.calibrate import Calibration, fits
from seatrial.prompts.make import PromptMaker
from tests.real.lab import lab_engine

pytestmark = pytest.mark.real
MODEL = "smollm2:135m"
LENGTHS = (64, 256, 1024)


@pytest.fixture(scope="class")
def ollama() -> Iterator[str]:
    with lab_engine("ollama") as url:
        yield url


@pytest.fixture(scope="class")
def llamacpp() -> Iterator[str]:
    with lab_engine("llamacpp", "--parallel", "2") as url:
        yield url


@pytest.fixture(scope="class")
def vllm() -> Iterator[str]:
    with lab_engine("vllm") as url:
        yield url


def opened(url: str, api: str | None = None) -> Engine:
    return open_engine(Candidate("real", MODEL, endpoint=url, api=api))


def assert_counts_are_exact(engine: Engine, source: str) -> Calibration:
    calibration = calibrated(engine, LENGTHS, seed=11)
    assert calibration.exact
    assert calibration.source == source
    maker = PromptMaker(11, calibration)
    for length in LENGTHS:
        assert fits(length, engine.count_tokens(maker.messages(0, length)) or 0)
    return calibration


class TestOllama:
    @pytest.mark.parametrize("api", ["chat", "generate"])
    def test_counts(self, ollama: str, api: str) -> None:
        engine = opened(ollama, api)
        assert (engine.name, engine.target().api) == ("ollama", f"ollama-{api}")
        assert_counts_are_exact(engine, "prompt_eval_count")
        engine.close()

    def test_a_cached_prompt_counts_the_same(self, ollama: str) -> None:
        engine = opened(ollama)
        prompt = PromptMaker(5, Calibration()).messages(0, 200)
        assert len({engine.count_tokens(prompt) for _ in range(3)}) == 1
        engine.close()

    def test_unload(self, ollama: str) -> None:
        """Cold is cold: the model is gone from /api/ps, and the process that held it has ended."""
        engine = opened(ollama)
        engine.count_tokens((("user", "hello"),))
        loaded = engine.info()
        assert "loaded_bytes" in loaded.details
        assert loaded.context_tokens == 4096
        runners = [process for process in psutil.process_iter(["name"]) if "llama-server" in process.info["name"]]
        assert runners
        phases = engine.force_cold()
        assert phases.how == "keep_alive 0, /api/ps empty"
        assert "loaded_bytes" not in engine.info().details
        assert not [runner for runner in runners if runner.is_running()]
        engine.close()

    def test_a_prompt_beyond_the_context_is_told(self, ollama: str) -> None:
        engine = opened(ollama)
        calibration = calibrated(engine, (64, 6000), seed=3)
        assert not calibration.exact
        assert calibration.achieved[6000] < 4096
        assert "6000 tokens were cut" in calibration.notes[0]
        engine.close()

    def test_unknown_model(self, ollama: str) -> None:
        with pytest.raises(ModelNotFound, match=MODEL):
            open_engine(Candidate("real", "smollm:135m", endpoint=ollama))


class TestLlamaCpp:
    @pytest.mark.parametrize("api", ["chat", "completions"])
    def test_counts(self, llamacpp: str, api: str) -> None:
        engine = opened(llamacpp, api)
        assert (engine.name, engine.target().exact_output) == ("llama.cpp", "ignore_eos")
        assert_counts_are_exact(engine, "/tokenize")
        engine.close()

    def test_info(self, llamacpp: str) -> None:
        engine = opened(llamacpp)
        info = engine.info()
        assert (info.models, info.context_tokens, info.slots) == ((MODEL,), 2048, 2)
        assert engine.metrics_url == f"{llamacpp}/metrics"
        engine.close()

    def test_cold_needs_a_command(self, llamacpp: str) -> None:
        engine = opened(llamacpp)
        with pytest.raises(ColdNotPossible, match="cannot be told to unload"):
            engine.force_cold()
        engine.close()


class TestVllm:
    @pytest.mark.parametrize("api", ["chat", "completions"])
    def test_counts(self, vllm: str, api: str) -> None:
        engine = opened(vllm, api)
        assert (engine.name, engine.target().exact_output) == ("vllm", "ignore_eos")
        assert_counts_are_exact(engine, "/tokenize")
        engine.close()

    def test_info(self, vllm: str) -> None:
        engine = opened(vllm)
        info = engine.info()
        assert (info.models, info.context_tokens) == ((MODEL,), 2048)
        assert "enable_prefix_caching" in info.details
        assert engine.metrics_url == f"{vllm}/metrics"
        engine.close()
