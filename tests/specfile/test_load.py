from __future__ import annotations

import pytest

from seatrial.catalog.suites import expand
from seatrial.domain.traffic import Arrivals, Lengths, Stage, State, Workload
from seatrial.domain.trial import Candidate, Objective, Slo, Spec
from seatrial.specfile import load_spec
from tests.specfile.examples import MINIMAL, SPEC


def own(lines: str) -> Workload:
    """The workload of these keys."""
    return load_spec(f"{MINIMAL}[[workloads]]\n{lines}").workloads[0]


def test_a_spec_is_read_whole() -> None:
    assert load_spec(SPEC) == Spec(
        candidates=(
            Candidate("llama3.1:8b", "llama3.1:8b", "ollama", "http://127.0.0.1:11434"),
            Candidate(
                "meta-llama/Llama-3.1-8B-Instruct",
                "meta-llama/Llama-3.1-8B-Instruct",
                "vllm",
                "http://127.0.0.1:8000",
            ),
        ),
        workloads=(
            *expand("cold-warm"),
            Workload(
                "office-hours",
                Arrivals.POISSON,
                duration_s=300.0,
                rate_per_s=4.0,
                input_tokens=Lengths(512, cv=0.5),
                output_tokens=Lengths(128),
            ),
        ),
        slo=Slo((Objective("ttft_p95", "ttft_s", "p95", 1.0), Objective("success", "success", "ratio", 0.99))),
        seed=7,
        name="both",
    )


def test_an_address_is_enough() -> None:
    spec = load_spec(MINIMAL)
    assert spec.candidates == (Candidate("http://127.0.0.1:8000", None, endpoint="http://127.0.0.1:8000"),)
    assert spec == Spec(spec.candidates, expand("quick"))


def test_every_key_of_a_candidate() -> None:
    spec = load_spec(
        MINIMAL + 'name = "n"\nmodel = "m"\nengine = "openai"\napi = "completions"\napi_key_env = "KEY"\n'
        'headers = { X-Team = "search" }\ncold_command = "restart"\nready = "/health"\nready_timeout = "10m"\n'
        'ca_file = "ca.pem"\ninsecure = true\nusd_per_hour = 1.25'
    )
    (candidate,) = spec.candidates
    assert candidate == Candidate(
        "n", "m", "openai", "http://127.0.0.1:8000", "completions", (), "KEY", (("X-Team", "search"),),
        "restart", "/health", 600.0, "ca.pem", True, 1.25,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ("requests = 5", Workload("closed-1", requests=5, concurrency=1)),
        ("concurrency = 4", Workload("closed-4", duration_s=30.0, concurrency=4)),
        ("rate = 2", Workload("poisson-2-per-s", Arrivals.POISSON, duration_s=30.0, rate_per_s=2.0)),
        (
            'arrivals = "constant"\nrate = 0.5\nrequests = 3\nconcurrency = 9',
            Workload("constant-0.5-per-s", Arrivals.CONSTANT, requests=3, rate_per_s=0.5, concurrency=9),
        ),
        ("rate = 2\ncv = 3", Workload("gamma-2-per-s", Arrivals.GAMMA, duration_s=30.0, rate_per_s=2.0, cv=3.0)),
        ('arrivals = "all-at-once"', Workload("all-at-once-10", Arrivals.AT_ONCE, requests=10)),
        ("batches = [1, 3]", Workload("batches", Arrivals.BATCHES, batches=(1, 3))),
        (
            'stages = [{ from = 0, to = 5, over = "10s" }]',
            Workload("closed-stages", stages=(Stage(0, 5, 10.0),)),
        ),
        (
            'arrivals = "poisson"\nconcurrency = 7\nstages = [{ from = 0.5, to = 5, over = "10s" }]',
            Workload("poisson-stages", Arrivals.POISSON, concurrency=7, stages=(Stage(0.5, 5, 10.0),)),
        ),
    ],
)
def test_workloads_of_ones_own(keys: str, expected: Workload) -> None:
    assert own(keys) == expected


def test_the_manner_of_a_workload() -> None:
    workload = own(
        'name = "w"\nrequests = 1\nstate = "cold"\nprompts = "p.jsonl"\nstream = false\ntimeout = "1m"\n'
        'token_timeout = "500ms"'
    )
    assert workload == Workload(
        "w", requests=1, concurrency=1, state=State.COLD, prompts_file="p.jsonl", stream=False, timeout_s=60.0,
        token_timeout_s=0.5,
    )  # fmt: skip


def test_a_suite_takes_its_options_and_the_manner() -> None:
    workloads = load_spec(
        f'{MINIMAL}[[workloads]]\nsuite = "quick"\nconcurrency = [3]\nrequests = 6\noutput_tokens = 9\n'
        f'timeout = "7s"\nprefix = "shared"\nname = "short"'
    ).workloads
    assert [w.name for w in workloads] == ["short/single-stream", "short/concurrency-3"]
    assert {(w.suite, w.requests, w.output_tokens, w.timeout_s, str(w.prefix)) for w in workloads} == {
        ("quick", 6, Lengths(9), 7.0, "shared")
    }


def test_candidates_are_named_by_what_tells_them_apart() -> None:
    def names(*candidates: str) -> list[str]:
        text = "\n".join(f"[[candidates]]\n{candidate}" for candidate in candidates)
        return [candidate.name for candidate in load_spec(text).candidates]

    at = 'endpoint = "http://h:{}"\nmodel = "m"\n'
    assert names(at.format(1) + 'engine = "vllm"', at.format(2) + 'engine = "ollama"') == ["m, vllm", "m, ollama"]
    assert names(at.format(1), at.format(2)) == ["m, http://h:1", "m, http://h:2"]
    assert names(at.format(1), at.format(1)) == ["m (1)", "m (2)"]
    assert names(at.format(1), at.format(1) + 'name = "other"') == ["m", "other"]
    embedded = 'engine = "embedded"\nsettings = {{ slots = {} }}'
    assert names(embedded.format(1), embedded.format(4)) == ["embedded, slots=1", "embedded, slots=4"]
