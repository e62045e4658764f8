from __future__ import annotations

import pytest

from seatrial.errors import EXIT_USAGE, SpecError
from seatrial.specfile import load_spec
from tests.specfile.examples import MINIMAL, SPEC

# what is wrong, (text replaced, by what), what the message says, what the hint says
FAULTS: dict[str, tuple[tuple[str, str], str, str]] = {
    "unknown key": (("rate     =", "rat ="), "line 24: rat is not a key of [[workloads]]", '"rate"'),
    "unknown key for suite": (('suite = "cold-warm"', 'suit = "cold-warm"'), "line 19: suit is not", '"suite"'),
    "unknown key at the top": (("seed =", "sed ="), "line 1: sed is not a key of a spec", '"seed"'),
    "unknown table": (("[slo]", "[slos]"), "line 4: slos is not a key of a spec", '"slo"'),
    "unknown key of a candidate": (("engine   =", "engin ="), "line 9: engin is not", '"engine"'),
    "unknown objective": (("ttft_p95", "ttft_95"), "line 5: ttft_95 is not a key of [slo]", '"ttft_p95"'),
    "unknown key of a length": (("cv = 0.5", "means = 0.5"), "line 26: means is not a key of a length", '"mean"'),
    "unknown engine": (('"ollama"', '"olama"'), 'line 9: engine is "olama"', '"ollama"'),
    "unknown suite": (('"cold-warm"', '"cold-worm"'), 'line 19: suite is "cold-worm"', '"cold-warm"'),
    "unknown arrivals": (('"poisson"', '"poison"'), 'line 23: arrivals is "poison"', '"poisson"'),
    "text for a number": (("= 4.0", '= "4"'), 'line 24: rate is "4"; expected a number', "rate = 4.0"),
    "truth for a number": (("= 4.0", "= true"), "line 24: rate is true; expected a number", "rate = 4.0"),
    "no number": (("= 4.0", "= nan"), "line 24: rate is NaN; expected a number", "rate = 4.0"),
    "infinite": (("= 4.0", "= inf"), "line 24: rate is Infinity; expected a number", "rate = 4.0"),
    "zero": (("= 4.0", "= 0"), "line 24: rate is 0; expected a number above 0", "rate = 4.0"),
    "part of a token": (("= 128", "= 12.5"), "line 27: output_tokens is 12.5; expected a whole number", "128"),
    "duration without unit": (('"5m"', "300"), "line 25: duration is 300; expected a duration", 'duration = "5m"'),
    "duration of nothing": (('"5m"', '"0s"'), 'line 25: duration is "0s"; expected a duration', 'duration = "5m"'),
    "endless duration": (('"5m"', '"9999d"'), 'line 25: duration is "9999d"', 'duration = "5m"'),
    "unquoted duration": (('"5m"', "5m"), "is not TOML", "quotes"),
    "share as percent": (("0.99", "99"), "line 6: success is 99; expected a number from 0 to 1", "success = 0.99"),
    "negative seed": (("seed = 7", "seed = -7"), "line 1: seed is -7; expected a whole number", "seed = 7"),
    "two lines in a name": (('"both"', '"a\\nb"'), 'line 2: name is "a\\nb"; expected a text', "name ="),
    "table for a text": (('"both"', "{}"), "line 2: name is a table; expected a text", "name ="),
    "mean too low": (("cv = 0.5", "low = 600"), "line 26: mean is below low (line 26)", ""),
    "mean too high": (("cv = 0.5", "high = 500"), "line 26: mean is above high (line 26)", ""),
    "length without mean": (("mean = 512, ", ""), "line 26: input_tokens needs mean", "mean = 512"),
    "batch of nothing": (("rate     = 4.0", "batches = [1, 0]"), "line 24: batches is [1, 0]", "[1, 2, 4, 8]"),
    "stage without end": (
        ("rate     = 4.0", "stages = [\n{ from = 1, to = 2, over = '1s' },\n{ from = 1, over = '1s' }]"),
        "line 26: stages[1] needs to",
        "from = 1",
    ),
    "fault in a stage": (
        ("rate     = 4.0", "stages = [\n{ from = 1, to = 2, over = '1s' },\n{ from = 1, till = 2 }]"),
        "line 26: till is not a key of a stage",
        "from, over, to",
    ),
    "stages of nobody": (
        ("rate     = 4.0", "stages = [{ from = 0, to = 0, over = '1s' }]"),
        "line 24: stages never rise",
        "",
    ),
    "more than a computer holds": (("= 4.0", "= 1e5"), "line 24: rate asks for 30,000,000 requests", ""),
    "option of no use": (
        ('"cold-warm"', '"cold-warm"\nrate = 3'),
        'line 20: rate has no use in suite "cold-warm"',
        "requests, concurrency",
    ),
    "own key in a suite": (
        ('"cold-warm"', '"cold-warm"\nstate = "cold"'),
        "line 20: state is for workloads of your own; it cannot be used with suite (line 19)",
        "",
    ),
    "suite options that contradict": (
        ('"cold-warm"', '"ramp"\narrivals = "poisson"'),
        'line 19: suite "ramp" with poisson arrivals needs a rate',
        "rate",
    ),
    "lengths of own prompts": (
        ("rate     =", 'prompts = "p.txt"\nrate ='),
        "line 24: prompts cannot be used together with input_tokens (line 27)",
        "lengths they have",
    ),
    "own prompts in a suite about lengths": (
        ('"cold-warm"', '"tokens"\nprompts = "p.txt"'),
        "line 20: prompts cannot be used with suite (line 19)",
        "lengths",
    ),
    "two workloads of a name": (
        ('"office-hours"', '"batched-warm"'),
        'line 21: [[workloads]] makes a second workload called "batched-warm"',
        "name",
    ),
    "two candidates of a name": (
        ('engine   = "vllm"', 'name = "llama3.1:8b"'),
        'line 13: [[candidates]] makes a second candidate called "llama3.1:8b"',
        "name",
    ),
    "no address": (
        ('endpoint = "http://127.0.0.1:8000"\n', ""),
        "line 13: [[candidates]] needs endpoint",
        "endpoint =",
    ),
    "no address at all": (('"http://127.0.0.1:8000"', '"ftp://x"'), 'line 16: endpoint is "ftp://x"', "http://"),
    "an impossible port": (('"http://127.0.0.1:8000"', '"http://x:99999"'), "line 16: endpoint is", "http://"),
    "address of the embedded engine": (
        ('"vllm"', '"embedded"'),
        "line 16: endpoint cannot be used with the embedded engine (line 14)",
        "leave endpoint out",
    ),
    "settings of a running server": (
        ('"vllm"', '"vllm"\nsettings = { slots = 4 }'),
        "line 15: settings cannot be used together with endpoint (line 17)",
        "embedded",
    ),
    "a setting that is a list": (
        ('"vllm"', '"vllm"\nsettings = { slots = [4] }'),
        "line 15: slots is [4]; expected a text, a number, true or false",
        "",
    ),
    "ready without a cold start": (
        ('"vllm"', '"vllm"\nready = "/health"'),
        "line 15: ready is asked only after a cold start, and needs cold_command",
        "",
    ),
    "one workload for several": (
        ('[[workloads]]\nsuite = "cold-warm"\n\n[[workloads]]', "[workloads]"),
        "line 18: workloads is a table; expected an array of tables",
        "",
    ),
    "number for a table": (("name =", "workloads = [3]\nname ="), "is not TOML", ""),
}


@pytest.mark.parametrize(("change", "message", "hint"), FAULTS.values(), ids=FAULTS)
def test_a_wrong_spec_names_line_key_and_what_would_do(change: tuple[str, str], message: str, hint: str) -> None:
    assert SPEC.count(change[0]) >= 1
    with pytest.raises(SpecError) as caught:
        load_spec(SPEC.replace(*change, 1), "trial.toml")
    assert caught.value.message.startswith("trial.toml")
    assert message in caught.value.message
    assert hint in caught.value.hint
    assert caught.value.exit_code == EXIT_USAGE


def test_no_candidates() -> None:
    with pytest.raises(SpecError, match=r"^spec: needs \[\[candidates\]\]"):
        load_spec("")


def test_an_array_that_holds_no_tables() -> None:
    with pytest.raises(SpecError, match=r"^spec, line 1: \[\[candidates\]\] is 3; expected a table$"):
        load_spec("candidates = [3]")


def test_a_syntax_error_keeps_its_line() -> None:
    with pytest.raises(SpecError, match=r"^x\.toml is not TOML: .*line 2"):
        load_spec("a = 1\nb = = 2", "x.toml")


@pytest.mark.parametrize(
    "line",
    [
        'headers = { Authorization = "PLANTED" }',
        'headers = { "x-api-key" = "PLANTED" }',
        'headers = { Api-Key = "PLANTED" }',
        'headers = { X-Auth-Token = "PLANTED" }',
        'headers = { Cookie = "PLANTED" }',
        'headers = { X-Team = "Bearer PLANTED" }',
        'headers = { "X Team" = "PLANTED" }',
        'headers = { X-Team = "a\\r\\nAuthorization: PLANTED" }',
        'headers = "PLANTED"',
        'api_key_env = "sk-PLANTED"',
        'api_key_env = "hf_PLANTED"',
        'model = "m"\nendpoint = "http://me:PLANTED@127.0.0.1:8000"',
        'model = "m"\nendpoint = "http://me:PLANTED@[::1"',
        'model = "m"\nendpoint = "http://127.0.0.1:8000?key=PLANTED"',
    ],
)
def test_a_key_is_refused_and_not_repeated(line: str) -> None:
    minimal = "[[candidates]]\n" if "endpoint" in line else MINIMAL
    with pytest.raises(SpecError) as caught:
        load_spec(f"{minimal}{line}")
    assert "line " in caught.value.message
    assert "PLANTED" not in caught.value.message + caught.value.hint
