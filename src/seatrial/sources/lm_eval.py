"""lm-evaluation-harness, driven as a program of its own: it asks the endpoint, its scores are taken over.

The harness decides what is asked, how answers are scored and where its datasets come from (a hub, or the files of a
task of one's own). It is an extra: `pip install 'seatrial[lm-eval]'`.
"""

from __future__ import annotations

import importlib.util
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from seatrial.errors import OutsideError, UsageError
from seatrial.sources.lm_eval_result import read_result

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatrial.domain.harness import HarnessResult

_LOOK_S = 0.2
_TASK_LINE = re.compile(r"^task:\s*['\"]?([^'\"\s#]+)", re.MULTILINE)
_DONE = re.compile(rb"(\d+)/(\d+) \[")
_CHAT = "/v1/chat/completions"


class Task(NamedTuple):
    """`folder` holds the file of a task of one's own; None for one that comes with the harness."""

    name: str
    folder: Path | None


class HarnessJob(NamedTuple):
    """`url` of the server without API path; `limit` the items of each task, None for all of them."""

    task: Task
    url: str
    model: str
    api_key: str | None = None
    concurrency: int = 1
    limit: int | None = None
    seed: int = 1
    limit_s: float = 3600.0


def find_task(word: str) -> Task:
    """The task meant by `word`, a name or the path of a task file.

    Raises UsageError when the harness is not installed, or the file names no task.
    """
    if importlib.util.find_spec("lm_eval") is None:
        raise UsageError(
            f"lm-eval:{word} needs the lm-evaluation-harness", "install it: pip install 'seatrial[lm-eval]'"
        )
    if not word.endswith((".yaml", ".yml")):
        return Task(word, None)
    path = Path(word)
    try:
        found = _TASK_LINE.search(path.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the task file {path} cannot be read: {error}") from error
    if found is None:
        raise UsageError(f"{path} names no task", 'a task file has a line "task: NAME"')
    return Task(found[1], path.parent.resolve())


def run_harness(
    job: HarnessJob, on_progress: Callable[[int, int], None], should_stop: Callable[[], bool]
) -> HarnessResult:
    """What the harness found; `on_progress` hears how many of how many requests it has had answered.

    Raises OutsideError with the harness's last words when it fails, takes too long, is stopped, or gives no result.
    """
    with tempfile.TemporaryDirectory(prefix="seatrial-lm-eval-") as folder:
        log = Path(folder, "log")
        with log.open("wb") as out:
            process = subprocess.Popen(
                _command(job, folder),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env={**os.environ, "OPENAI_API_KEY": job.api_key or "none", "TOKENIZERS_PARALLELISM": "false"},
                start_new_session=True,  # it has workers of its own, which end with it
            )
            try:
                _wait(process, job, log, on_progress, should_stop)
            finally:
                _end(process)
        if process.returncode != 0:
            raise OutsideError(f"lm-eval failed on {job.task.name}: {_last_words(log)}")
        return _result(job, Path(folder, "out"))


def _command(job: HarnessJob, folder: str) -> list[str]:
    arguments = {
        "model": job.model,
        "base_url": job.url + _CHAT,
        "num_concurrent": job.concurrency,
        "max_retries": 1,
        "tokenized_requests": False,
        "tokenizer_backend": None,
    }
    command = [sys.executable, "-m", "lm_eval", "--model", "local-chat-completions", "--apply_chat_template"]
    command += ["--model_args", ",".join(f"{name}={value}" for name, value in arguments.items())]
    command += ["--tasks", job.task.name, "--seed", str(job.seed), "--output_path", f"{folder}/out"]
    command += ["--include_path", str(job.task.folder)] if job.task.folder else []
    return command + (["--limit", str(job.limit)] if job.limit else [])


def _wait(
    process: subprocess.Popen[bytes],
    job: HarnessJob,
    log: Path,
    on_progress: Callable[[int, int], None],
    should_stop: Callable[[], bool],
) -> None:
    until = time.monotonic() + job.limit_s
    while process.poll() is None:
        if should_stop():
            raise OutsideError(f"lm-eval on {job.task.name} was interrupted")
        if time.monotonic() > until:
            raise OutsideError(f"lm-eval on {job.task.name} took longer than {job.limit_s:g} s", "give a duration")
        asked = [match for line in _tail(log) if b"Requesting API" in line for match in _DONE.findall(line)]
        if asked:
            on_progress(int(asked[-1][0]), int(asked[-1][1]))
        time.sleep(_LOOK_S)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ends the harness with its workers, if it has not ended by itself."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _tail(log: Path) -> list[bytes]:
    with log.open("rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - 8192))
        return re.split(rb"[\r\n]+", file.read())


def _last_words(log: Path) -> str:
    lines = [line.decode("utf-8", "replace").strip() for line in _tail(log)]
    said = [line for line in lines if line and not line.startswith(("^", "~")) and "it/s]" not in line]
    return said[-1][:300] if said else "it said nothing"


def _result(job: HarnessJob, folder: Path) -> HarnessResult:
    files = sorted(folder.rglob("results_*.json"))
    try:
        document = msgspec.json.decode(files[-1].read_bytes()) if files else None
        return read_result(job.task.name, document)
    except (OSError, msgspec.DecodeError, ValueError) as error:
        raise OutsideError(f"the result of lm-eval on {job.task.name} cannot be read: {error}") from error
