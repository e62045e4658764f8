"""Where output goes that nobody takes, and words that would break a line: a clear end, never a traceback."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from .harness import command, environment, seatrial

FULL = "/dev/full"


def in_shell(words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    line = " ".join([*command(), words])
    return subprocess.run(
        line, shell=True, capture_output=True, text=True, timeout=60, cwd=cwd, env=environment(), check=False
    )


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("models list >&-", 0),
        ("plan nosuch 2>&-", 2),
        ("nosuch >&- 2>&-", 2),
        (f"models list >{FULL}", 3),
        (f"--version >{FULL}", 3),
        (f"nosuch 2>{FULL}", 2),
        (f"plan nosuch >{FULL} 2>{FULL}", 2),
    ],
)
def test_streams_that_are_closed_or_full(words: str, code: int, tmp_path: Path) -> None:
    if FULL in words and not Path(FULL).exists():
        pytest.skip("this system has no full device")
    ended = in_shell(words, tmp_path)
    assert (ended.returncode, "Traceback" in ended.stderr) == (code, False)
    assert code != 3 or "cannot be written" in ended.stderr


def test_a_message_is_a_line_whatever_is_named() -> None:
    for words in (("plan", "a\nb\x1b[2J.gguf"), ("a\nb\x1b[2J",)):
        ended = seatrial(*words)
        assert ended.code == 2
        assert "\x1b" not in ended.err
        assert "a b" in ended.err


@pytest.mark.parametrize(
    "words",
    [
        ("plan", "llama-3.1-8b-instruct", "--rate", "nan"),
        ("plan", "llama-3.1-8b-instruct", "--rate", "1", "--cv", "nan"),
        ("models", "shortlist", "--rate", "nan"),
        ("models", "shortlist", "--rate", "1", "--input", "2e7"),
        ("gpus", "--min-memory", "nan"),
        ("offers", "--max-price", "inf"),
        ("selftest", "--seconds", "nan"),
    ],
)
def test_what_is_no_number_is_refused(words: tuple[str, ...]) -> None:
    ended = seatrial(*words)
    assert (ended.code, ended.out) == (2, "")


def test_a_link_that_leads_nowhere_is_not_replaced(tmp_path: Path) -> None:
    link = tmp_path / "list.toml"
    link.symlink_to(tmp_path / "nowhere")
    ended = seatrial("models", "shortlist", "--task", "chat", "-o", link)
    assert (ended.code, os.path.lexists(link), link.is_symlink()) == (2, True, True)
    assert "exists" in ended.err


def test_a_home_of_nobody_and_a_name_without_end() -> None:
    for name in ("~nosuch-user/x.gguf", "a" * 5000, "/" + "a" * 5000):
        ended = seatrial("plan", name)
        assert (ended.code, "Traceback" in ended.err) == (2, False)


def test_a_model_that_is_not_known_is_said_before_the_probe(tmp_path: Path) -> None:
    ended = seatrial("calibrate", "embedded", "--model", "nosuch", "--store", tmp_path / "s.db")
    assert (ended.code, ended.out) == (2, "")
    assert '"nosuch"' in ended.err
    assert not (tmp_path / "s.db").exists()


def test_a_model_without_a_cache_has_a_plan(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(
        '{"model_type": "mamba", "hidden_size": 768, "num_hidden_layers": 24, "vocab_size": 50280,'
        ' "state_size": 16, "conv_kernel": 4, "expand": 2, "intermediate_size": 1536, "time_step_rank": 48}'
    )
    words = ("--engine", "vllm", "--gpu", "L4", "--rate", "1", "--json")
    for version in ("0.32.0", "0.9.0"):
        ended = seatrial("plan", tmp_path, *words, "--engine-version", version)
        assert ended.code == 0, ended.err
        memory = ended.document["plans"][0]["memory"]
        assert memory["kv_tokens"] > memory["max_concurrency_at_max_len"] > 1
