"""`seatrial models pull`, as the command line: progress to stderr, what to load to stdout, and an honest end."""

import signal
import subprocess
import time
from pathlib import Path

from seatrial.testing.actions import Action, Hang, Send
from seatrial.testing.requests import Received
from tests.sources.models.servers import Hub, Repo, served

from .harness import command, environment, seatrial

DATA = bytes(range(256)) * 4000


def test_pulled_then_pulled_again(tmp_path: Path) -> None:
    with Hub({"org/m": Repo({"m-Q4_K_M.gguf": DATA})}) as hub:
        env = {"HF_ENDPOINT": hub.url, "SEATRIAL_CACHE": str(tmp_path)}
        first = seatrial("models", "pull", "hf:org/m", env=env)
        again = seatrial("models", "pull", "hf:org/m", "--json", env=env)
    path = tmp_path / "models" / "org--m" / "m-Q4_K_M.gguf"
    assert (first.code, first.out) == (0, f"{path}\n")
    assert "1 file, 1,000 KiB: 1,000 KiB fetched" in first.err
    assert again.document["files"] == [{"path": str(path), "size_bytes": len(DATA), "fetched_bytes": 0}]
    assert "all here already" in again.err


def test_an_interrupted_pull_is_gone_on_with(tmp_path: Path) -> None:
    def stuck(request: Received, data: bytes) -> list[Action] | None:
        whole = served(request, data)
        return None if "range" in request.headers else [Send(whole[:500_000]), Hang()]

    with Hub({"org/m": Repo({"m-Q4_K_M.gguf": DATA}, faults={"m-Q4_K_M.gguf": stuck})}) as hub:
        env = {"HF_ENDPOINT": hub.url}
        words = ("models", "pull", "hf:org/m", "-o", tmp_path)
        running = subprocess.Popen(command(*words), stderr=subprocess.PIPE, text=True, env=environment(**env))
        part = tmp_path / "m-Q4_K_M.gguf.part"
        deadline = time.monotonic() + 30
        while not (part.exists() and part.stat().st_size) and time.monotonic() < deadline:
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=30)
        assert (running.returncode, "Traceback" in said) == (130, False)
        came = part.stat().st_size
        done = seatrial(*words, "--json", env=env).document
    assert 0 < came <= 500_000
    assert done["files"][0]["fetched_bytes"] == len(DATA) - came
    assert (tmp_path / "m-Q4_K_M.gguf").read_bytes() == DATA


def test_faults_end_in_words_and_an_exit_code() -> None:
    with Hub({}) as hub:
        missing = seatrial("models", "pull", "hf:org/m", env={"HF_ENDPOINT": hub.url})
    assert (missing.code, missing.out) == (3, "")
    assert "org/m" in missing.err
    named = seatrial("models", "pull", "llama-3.1-8b-instruct")
    assert named.code == 2
    assert "hf:meta-llama/Llama-3.1-8B-Instruct" in named.err
