from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import pytest

from seatrial.catalog.suites import expand
from seatrial.cli.options import LOAD_OPTIONS, RUN_OPTIONS, SPEC_KEY, WITH_A_SPEC, spec_from_options
from seatrial.domain.traffic import Arrivals, Lengths, Workload
from seatrial.domain.trial import Candidate, Objective, Slo, Spec
from seatrial.errors import EXIT_USAGE, SpecError, UsageError
from seatrial.specfile import load_spec
from seatrial.specfile.keys import CANDIDATE_KEYS, SPEC_KEYS, SUITE_KEYS, WORKLOAD_KEYS

if TYPE_CHECKING:
    from pathlib import Path

URL = "http://127.0.0.1:8000"


def spec_of(*arguments: str) -> Spec:
    """The spec of a command line, read by click as `seatrial run` reads it."""
    command = click.Command("run", params=[click.Argument(["argument"]), *RUN_OPTIONS])
    values: dict[str, Any] = command.make_context("run", list(arguments)).params
    return spec_from_options(values.pop("argument"), values)


def own(*arguments: str) -> Workload:
    (workload,) = spec_of(URL, *arguments).workloads
    return workload


def refusal(*arguments: str) -> UsageError:
    with pytest.raises(UsageError) as caught:
        spec_of(*arguments)
    assert caught.value.exit_code == EXIT_USAGE
    return caught.value


def test_an_address_alone_is_the_quick_suite() -> None:
    spec = spec_of(URL)
    assert spec == Spec((Candidate(URL, None, endpoint=URL),), expand("quick"))


def test_each_model_is_a_candidate_at_the_same_address() -> None:
    spec = spec_of(URL, "--model", "a", "--model", "b", "--engine", "vllm", "--api-key-env", "KEY")
    assert spec.candidates == tuple(Candidate(model, model, "vllm", URL, api_key_env="KEY") for model in ("a", "b"))


@pytest.mark.parametrize("address", ["http://h", "https://h:1/v1", "h:8000", "localhost", "[::1]:8000"])
def test_addresses(address: str) -> None:
    assert spec_of(address).candidates[0].endpoint == address


def test_suites_with_options() -> None:
    spec = spec_of(
        URL,
        "--suite",
        "quick",
        "--suite",
        "tokens",
        "--concurrency",
        "1,3",
        "--output-tokens",
        "5",
        "--timeout",
        "9s",
    )
    assert {w.suite for w in spec.workloads} == {"quick", "tokens"}
    assert {w.concurrency for w in spec.workloads} == {1, 3}
    assert {w.timeout_s for w in spec.workloads} == {9.0}


def test_lengths_alone_are_options_of_the_quick_suite() -> None:
    workloads = spec_of(URL, "--output-tokens", "5").workloads
    assert {(w.suite, w.output_tokens) for w in workloads} == {("quick", Lengths(5))}


def test_questions_alone_are_the_quality_suite() -> None:
    workloads = spec_of(URL, "--questions", "own.jsonl").workloads
    assert [(w.suite, w.questions, w.requests) for w in workloads] == [("quality", "own.jsonl", None)]
    assert own("--questions", "builtin", "--requests", "3").questions == "builtin"


def test_a_load_makes_a_workload_of_ones_own() -> None:
    assert own("--requests", "3") == Workload("closed-1", requests=3, concurrency=1)
    assert own("--concurrency", "3") == Workload("closed-3", duration_s=30.0, concurrency=3)
    assert own("--rate", "0.5", "--duration", "1m") == Workload(
        "poisson-0.5-per-s", Arrivals.POISSON, duration_s=60.0, rate_per_s=0.5
    )
    assert own("--arrivals", "all-at-once", "--requests", "4", "--no-stream", "--prompts", "p.txt") == Workload(
        "all-at-once-4", Arrivals.AT_ONCE, requests=4, stream=False, prompts_file="p.txt"
    )


def test_objectives_headers_and_the_rest() -> None:
    spec = spec_of(
        URL, "--slo", "ttft_p95=1s", "--slo", "success=0.9", "--header", "X-Team: a: b", "--header", "X-Trace:1",
        "--seed", "0", "--processes", "2", "--name", "n", "--cold-command", "restart", "--ready", "/health",
    )  # fmt: skip
    assert spec.slo == Slo(
        (Objective("ttft_p95", "ttft_s", "p95", 1.0), Objective("success", "success", "ratio", 0.9))
    )
    assert spec.candidates[0].headers == (("X-Team", "a: b"), ("X-Trace", "1"))
    assert (spec.seed, spec.processes, spec.name) == (0, 2, "n")
    assert (spec.candidates[0].cold_command, spec.candidates[0].ready) == ("restart", "/health")


# arguments -> what the message begins with, what the hint says
REFUSALS: dict[str, tuple[list[str], str, str]] = {
    "value": (["--rate", "0"], "--rate is 0.0; expected a number above 0", "--rate 4.0"),
    "duration": (["--timeout", "20"], '--timeout is "20"; expected a duration', "--timeout 20s"),
    "arrivals": (["--arrivals", "poison"], '--arrivals is "poison"', '"poisson"'),
    "engine": (["--engine", "olama"], '--engine is "olama"', '"ollama"'),
    "suite": (["--suite", "qick"], '--suite is "qick"', '"quick"'),
    "prefix": (["--prefix", "share"], '--prefix is "share"', '"shared"'),
    "objective": (["--slo", "ttft_95=1s"], '"ttft_95" in "ttft_95=1s"', '"ttft_p95"'),
    "objective twice": (["--slo", "e2e_p95=1s", "--slo", "e2e_p95=2s"], "--slo gives e2e_p95 twice", ""),
    "header twice": (["--header", "a: 1", "--header", "a: 2"], "--header gives a twice", ""),
    "suite twice": (["--suite", "ramp", "--suite", "ramp"], "--suite gives ramp twice", ""),
    "of no use in a suite": (["--suite", "quick", "--rate", "3"], '--rate has no use in suite "quick"', "requests"),
    "suite needs": (
        ["--suite", "ramp", "--arrivals", "poisson"],
        '--suite "ramp" with poisson arrivals needs',
        "rate",
    ),
    "rate of users": (
        ["--rate", "3", "--arrivals", "closed"],
        "--rate cannot be used with closed arrivals, set by --arrivals",
        "poisson",
    ),
    "two extents": (
        ["--requests", "3", "--duration", "3s"],
        "--duration cannot be used together with --requests",
        "give one",
    ),
    "gamma without cv": (["--rate", "3", "--arrivals", "gamma"], '--arrivals "gamma" needs --cv', "bursty"),
    "levels without a suite": (["--concurrency", "1,2"], "--concurrency is [1, 2]; expected a whole", "8"),
    "ready alone": (
        ["--ready", "/health"],
        "--ready is asked only after a cold start, and needs --cold-command",
        "",
    ),
}


@pytest.mark.parametrize(("arguments", "message", "hint"), REFUSALS.values(), ids=REFUSALS)
def test_a_wrong_option_is_named_as_it_was_written(arguments: list[str], message: str, hint: str) -> None:
    error = refusal(URL, *arguments)
    assert error.message.startswith(message)
    assert hint in error.hint


def test_a_list_that_is_none() -> None:
    with pytest.raises(click.BadParameter, match="neither a whole number nor a list"):
        spec_of(URL, "--concurrency", "1;2")


@pytest.mark.parametrize(
    "arguments",
    [
        [URL, "--header", "Authorization: Bearer PLANTED"],
        [URL, "--header", "x-api-key: PLANTED"],
        [URL, "--header", "API-Key:PLANTED"],
        [URL, "--header", "PLANTED"],
        [URL, "--api-key-env", "sk-PLANTED"],
        ["http://me:PLANTED@127.0.0.1:1"],
    ],
)
def test_a_key_is_refused_and_not_repeated(arguments: list[str]) -> None:
    error = refusal(*arguments)
    assert "PLANTED" not in error.message + error.hint


def test_a_header_that_is_a_key_has_the_way_out_named() -> None:
    error = refusal(URL, "--header", "Authorization: x")
    assert error.message.startswith("--header Authorization ")
    assert "--api-key-env" in error.hint


@pytest.fixture
def spec_file(tmp_path: Path) -> Path:
    path = tmp_path / "trial.toml"
    path.write_text(
        'seed = 3\n[[candidates]]\nendpoint = "http://h:1"\nca_file = "ca.pem"\n'
        '[[workloads]]\nrequests = 1\nprompts = "p.txt"\n[[workloads]]\nsuite = "quick"\n',
        encoding="utf-8",
    )
    return path


def test_a_file_is_read_and_names_files_beside_itself(spec_file: Path) -> None:
    spec = spec_of(str(spec_file))
    assert spec.seed == 3
    assert spec.candidates[0].ca_file == str(spec_file.parent / "ca.pem")
    assert spec.workloads[0].prompts_file == str(spec_file.parent / "p.txt")
    assert spec.workloads[1:] == expand("quick")


def test_an_absolute_path_in_a_file_stays(spec_file: Path) -> None:
    elsewhere = spec_file.parent.parent / "p.txt"
    text = spec_file.read_text(encoding="utf-8").replace('"p.txt"', f'"{elsewhere}"')
    spec_file.write_text(text, encoding="utf-8")
    assert spec_of(str(spec_file)).workloads[0].prompts_file == str(elsewhere)


def test_what_may_be_overridden_for_one_run_of_a_file(spec_file: Path) -> None:
    spec = spec_of(str(spec_file), "--seed", "0", "--processes", "2", "--name", "again", "--timeout", "5s")
    assert (spec.seed, spec.processes, spec.name) == (0, 2, "again")
    assert {workload.timeout_s for workload in spec.workloads} == {5.0}


def test_an_override_is_checked_like_a_key(spec_file: Path) -> None:
    assert refusal(str(spec_file), "--timeout", "5").message.startswith('--timeout is "5"; expected a duration')
    assert refusal(str(spec_file), "--seed", "-1").message.startswith("--seed is -1; expected a whole number")


@pytest.mark.parametrize(
    ("arguments", "place"),
    [
        (["--rate", "3"], "write it into [[workloads]] of {} as rate"),
        (["--input-tokens", "3"], "write it into [[workloads]] of {} as input_tokens"),
        (["--no-stream"], "write it into [[workloads]] of {} as stream"),
        (["--model", "m"], "write it into [[candidates]] of {} as model"),
        (["--header", "a: b"], "write it into [[candidates]] of {} as headers"),
        (["--slo", "e2e_p95=1s"], "write it into [slo] of {}"),
    ],
)
def test_other_options_belong_into_the_file(spec_file: Path, arguments: list[str], place: str) -> None:
    error = refusal(str(spec_file), *arguments)
    assert error.message == f"{arguments[0]} cannot be used with a spec file"
    assert error.hint == place.format(spec_file)


def test_a_fault_in_a_file_names_file_and_line(spec_file: Path) -> None:
    spec_file.write_text(spec_file.read_text(encoding="utf-8") + "rat = 3\n", encoding="utf-8")
    assert refusal(str(spec_file)).message == f"{spec_file}, line 10: rat is not a key of [[workloads]]"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    missing, binary = tmp_path / "missing.toml", tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe")
    assert refusal(str(missing)).message == f"{missing} cannot be read: No such file or directory"
    error = refusal(str(binary))
    assert isinstance(error, SpecError)
    assert "not UTF-8" in error.message


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "windows.toml"
    path.write_text('[[candidates]]\r\nendpoint = "http://h:1"\r\n', encoding="utf-8-sig")
    assert spec_of(str(path)).candidates[0].endpoint == "http://h:1"


def test_neither_address_nor_file() -> None:
    assert refusal("trial").message == '"trial" is neither the address of a server nor a spec file'


def test_an_option_and_its_key_mean_the_same() -> None:
    asked = spec_of(
        URL, "--model", "m", "--rate", "2", "--duration", "5s", "--concurrency", "9", "--input-tokens", "7"
    )
    written = load_spec(
        f'[[candidates]]\nendpoint = "{URL}"\nmodel = "m"\n'
        '[[workloads]]\nrate = 2\nduration = "5s"\nconcurrency = 9\ninput_tokens = 7'
    )
    assert asked == written


def test_every_option_has_its_place() -> None:
    names = {option.name for option in RUN_OPTIONS}
    assert names - set(SPEC_KEY) == {"store", "as_json"}
    assert set(SPEC_KEY) <= names
    assert set(SPEC_KEY) >= LOAD_OPTIONS | WITH_A_SPEC
    tables = {"": SPEC_KEYS, "candidates": CANDIDATE_KEYS, "workloads": WORKLOAD_KEYS | SUITE_KEYS}
    for table, key in SPEC_KEY.values():
        assert table == "slo" or key in tables[table]
    assert all(isinstance(option, click.Option) and option.help for option in RUN_OPTIONS)


def test_help_names_what_there_is() -> None:
    helps = {option.name: option.help or "" for option in RUN_OPTIONS if isinstance(option, click.Option)}
    assert all(suite in helps["suite"] for suite in ("quick", "cold-warm", "tokens", "ramp", "spike", "endurance"))
    assert all(arrivals in helps["arrivals"] for arrivals in Arrivals if arrivals is not Arrivals.BATCHES)
