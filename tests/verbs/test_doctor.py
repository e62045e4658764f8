import json
import resource
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from seatrial.cli.doctor import doctor
from seatrial.load.telemetry.gpu import find_gpus
from seatrial.verbs.doctor import examine
from seatrial.verbs.doctor.computer import free_disk, gpus, open_files, stamp_lag_s
from seatrial.verbs.doctor.engines import LLAMACPP, OLLAMA, VLLM, Engine, find_engine, find_engines, ollama_url


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name in the base class
        pass


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """The URL of a real HTTP server of the files in `folder`."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(QuietHandler, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def nobody() -> Iterator[str]:
    """A URL that refuses: its port is taken, but nothing listens there."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{taken.getsockname()[1]}"


def write(folder: Path, page: str, text: str) -> None:
    path = folder / page.lstrip("/")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.skipif(sys.platform != "linux", reason="SO_TIMESTAMPING is Linux's")
def test_kernel_stamps_a_real_loopback_connection() -> None:
    lag_s = stamp_lag_s()

    assert lag_s is not None
    assert 0 <= lag_s < 5


def test_few_open_files_say_what_to_type() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1000, hard))
    try:
        finding = open_files()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    assert (finding.status, finding.value) == ("warn", "1000")
    assert "ulimit -n 65536" in finding.advice


def test_disk_of_a_store_that_does_not_exist_yet(tmp_path: Path) -> None:
    finding = free_disk(tmp_path / "later" / "store.db")

    assert finding.value.endswith(f"free in {tmp_path}")


def test_a_file_that_is_no_store_is_not_called_one(tmp_path: Path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("milk, bread\n" * 200, "utf-8")
    finding = free_disk(notes)

    assert finding.status == "fail"
    assert "notes.txt" in finding.value
    assert notes.read_text("utf-8") == "milk, bread\n" * 200


def test_gpus_are_those_that_nvml_finds() -> None:
    found = find_gpus()

    assert gpus().status == "ok"
    assert (found[0].name if found else "none") in gpus().value


@pytest.mark.parametrize(
    ("engine", "answer"),
    [(OLLAMA, '{"version": "9.8.7"}'), (VLLM, '{"version": "9.8.7"}'), (LLAMACPP, '{"build_info": "9.8.7"}')],
    ids=["ollama", "vllm", "llama.cpp"],
)
def test_an_engine_that_answers(tmp_path: Path, engine: Engine, answer: str) -> None:
    write(tmp_path, engine.page, answer)
    with serving(tmp_path) as url:
        finding = find_engine(engine._replace(url=url), path="")

    assert (finding.name, finding.status, finding.value) == (engine.name, "ok", f"9.8.7, answers at {url}")
    assert f"seatrial run {url}" in finding.advice


@pytest.mark.parametrize("answer", ["<html>", "[]", '{"version": 3}', '{"name": "something else"}'])
def test_another_server_on_the_port_is_not_the_engine(tmp_path: Path, answer: str) -> None:
    write(tmp_path, VLLM.page, answer)
    with serving(tmp_path) as url:
        finding = find_engine(VLLM._replace(url=url), path="")

    assert finding.value.startswith("not here")


def test_an_installed_engine_says_how_to_start_it(tmp_path: Path, nobody: str) -> None:
    program = tmp_path / "llama-server"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)

    finding = find_engine(LLAMACPP._replace(url=nobody), path=str(tmp_path))

    assert finding.status == "ok"
    assert str(program) in finding.value
    assert "llama-server --metrics" in finding.advice


def test_ollama_is_sought_where_its_variable_says(tmp_path: Path) -> None:
    write(tmp_path, OLLAMA.page, '{"version": "0.1.2"}')
    with serving(tmp_path) as url:
        findings = find_engines({"OLLAMA_HOST": url.removeprefix("http://"), "PATH": ""})

    assert findings[0].value == f"0.1.2, answers at {url}"


@pytest.mark.parametrize(
    ("told", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:11434"),
        ("0.0.0.0:11500", "http://127.0.0.1:11500"),
        (":11500", "http://127.0.0.1:11500"),
        ("gpu-box", "http://gpu-box:11434"),
        ("http://gpu-box", "http://gpu-box:80"),
        ("https://gpu-box/ollama/", "https://gpu-box:443/ollama"),
        ("[::]:11500", "http://[::1]:11500"),
    ],
)
def test_forms_of_ollama_host(told: str, url: str) -> None:
    assert ollama_url(told) == url


@pytest.mark.parametrize("told", ["localhost:port", "host:99999", "[::1"])
def test_a_damaged_ollama_host_is_a_finding(told: str) -> None:
    [ollama, *_] = find_engines({"OLLAMA_HOST": told, "PATH": ""})

    assert ollama.status == "warn"
    assert "OLLAMA_HOST" in ollama.advice


def test_examination_names_everything_once(tmp_path: Path) -> None:
    findings = examine(tmp_path)

    names = [finding.name for finding in findings]
    assert len(names) == len(set(names))
    assert {"Python", "kernel time stamps", "open files", "cores", "memory", "GPU", "store", "Ollama"} < set(names)
    assert all(finding.value for finding in findings)
    assert all(finding.advice for finding in findings if finding.status != "ok")


def test_command_prints_one_json_document(tmp_path: Path) -> None:
    result = CliRunner().invoke(doctor, ["--json", "--store", str(tmp_path)])

    document = json.loads(result.stdout)
    assert document["schema"] == 1
    assert all(set(finding) == {"name", "status", "value", "advice"} for finding in document["findings"])
    failed = any(finding["status"] == "fail" for finding in document["findings"])
    assert result.exit_code == (3 if failed else 0)


def test_command_prints_an_aligned_table_and_colours_only_the_status(tmp_path: Path) -> None:
    plain = CliRunner().invoke(doctor, ["--store", str(tmp_path)]).stdout.splitlines()
    coloured = CliRunner().invoke(doctor, ["--store", str(tmp_path)], color=True).stdout

    assert {line[:6] for line in plain} <= {"ok    ", "warn  ", "fail  ", "      "}
    column = plain[0].index("3.")
    assert all(line[column - 1] == " " != line[column] for line in plain)
    assert "\x1b[32mok" in coloured


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")
def test_a_store_that_cannot_be_written_is_exit_code_3() -> None:
    result = CliRunner().invoke(doctor, ["--store", "/proc"])

    assert result.exit_code == 3
    assert "another place" in result.stdout
