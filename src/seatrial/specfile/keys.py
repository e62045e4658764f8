"""Every key of a spec, one literal table for each kind of table in it.

docs/spec.md is generated from these rows, and so is what a user is told about a wrong key or value.
"""

from __future__ import annotations

from dataclasses import replace

from seatrial.catalog.suite_harness import LM_EVAL
from seatrial.catalog.suites import SUITES
from seatrial.domain.traffic import Arrivals, Prefix, State
from seatrial.specfile.kinds import (
    BATCHES,
    COUNT,
    CROWD_SIZE,
    CROWD_SIZES,
    DURATION,
    ENDPOINT,
    ENV_NAME,
    FLAG,
    HEADERS,
    NUMBER,
    OPTIMIZE,
    PROCESSES,
    RATE,
    SEED,
    SETTINGS,
    TABLE,
    TABLES,
    TEXT,
    one_of,
)
from seatrial.specfile.lengths import LENGTHS, SEVERAL_LENGTHS, STAGES
from seatrial.specfile.plan import PLAN
from seatrial.specfile.tables import Key

ENGINES = ("ollama", "vllm", "llama.cpp", "openai", "embedded")
_NAMED_SUITE = one_of(SUITES)
SUITE = replace(
    _NAMED_SUITE,
    convert=lambda value: value if str(value).startswith(f"{LM_EVAL}:") else _NAMED_SUITE.convert(value),
)
APIS = ("chat", "completions", "generate")

ARRIVALS = one_of(Arrivals, Arrivals)

SPEC_KEYS: dict[str, Key] = {
    "name": Key(TEXT, "none", "what the run is called in the store", '"before the upgrade"'),
    "seed": Key(SEED, "1", "of arrivals, lengths and prompts: one seed, one schedule", "7"),
    "processes": Key(PROCESSES, "1", "client processes that send the load", "2"),
    "slo": Key(TABLE, "no objectives", "what must hold; see [slo]", '{ ttft_p95 = "1s" }'),
    "optimize": Key(
        OPTIMIZE,
        '"speed"',
        "what decides between several candidates after the SLO; weights are relative to each other",
        "{ speed = 2, cost = 1 }",
    ),
    "candidates": Key(
        TABLES, "required", "what is compared; see [[candidates]]", '[{ endpoint = "http://127.0.0.1:8000" }]'
    ),
    "workloads": Key(
        TABLES, "the suite quick", "what each candidate is asked; see [[workloads]]", '[{ suite = "quick" }]'
    ),
    "plan": Key(PLAN, "none", "what seatrial plan wrote; a run does not use it; see [plan]", '{ engine = "vllm" }'),
}

CANDIDATE_KEYS: dict[str, Key] = {
    "name": Key(TEXT, "model, and what tells it from others", "what it is called in reports", '"large batch"'),
    "endpoint": Key(ENDPOINT, "required, but for the embedded engine", "where it is", '"http://127.0.0.1:8000"'),
    "model": Key(TEXT, "the only one the server has", "as the server calls it", '"llama3.1:8b"'),
    "engine": Key(
        one_of(ENGINES), "detected", "the program that serves it; openai: any compatible server", '"vllm"'
    ),
    "api": Key(one_of(APIS), "chat", "protocol; generate is Ollama's, completions the others'", '"chat"'),
    "settings": Key(
        SETTINGS,
        "the engine's",
        "for the embedded engine: model_path (a GGUF file), slots, context, threads",
        "{ slots = 4 }",
    ),
    "api_key_env": Key(
        ENV_NAME,
        "none",
        "environment variable that holds the key; the key itself is stored nowhere",
        '"OPENAI_API_KEY"',
    ),
    "headers": Key(HEADERS, "none", "sent with every request, stored with the run", '{ X-Team = "search" }'),
    "cold_command": Key(
        TEXT, "the engine's own means", "command after which nothing is loaded", '"docker restart vllm"'
    ),
    "ready": Key(
        TEXT,
        "the engine's own health check",
        "path or address that answers 200, or command that succeeds, once it can answer after cold_command",
        '"http://127.0.0.1:8000/health"',
    ),
    "ready_timeout": Key(DURATION, '"300s"', "longest wait for it", '"10m"', "ready_timeout_s"),
    "ca_file": Key(TEXT, "the system's", "certificates to trust, PEM", '"ca.pem"'),
    "insecure": Key(FLAG, "false", "accept any certificate", "true"),
    "usd_per_hour": Key(NUMBER, "none", "what it costs to run, for cost per token", "1.2"),
}

# how requests are made, whatever the load
MANNER_KEYS: dict[str, Key] = {
    "prefix": Key(
        one_of(Prefix, Prefix),
        '"unique"',
        "unique: no two prompts begin alike, so no prefix cache helps; shared: all do",
        '"shared"',
    ),
    "prompts": Key(
        TEXT,
        "made up",
        "file of your own prompts: one a line, or .jsonl; beside the spec unless absolute",
        '"questions.jsonl"',
        "prompts_file",
    ),
    "questions": Key(
        TEXT,
        "none",
        "ask questions, grade the answers: builtin, or a .jsonl file of your own; beside the spec unless absolute",
        '"builtin"',
    ),
    "stream": Key(FLAG, "true", "answers come token by token; without it there is no time to first token", "false"),
    "timeout": Key(DURATION, '"300s"', "a request that takes longer has failed", '"20s"', "timeout_s"),
    "token_timeout": Key(
        DURATION, '"60s"', "a request that gets nothing for so long has failed", '"5s"', "token_timeout_s"
    ),
}

WORKLOAD_KEYS: dict[str, Key] = {
    "name": Key(TEXT, "made from its load", "what it is called in reports", '"office-hours"'),
    "arrivals": Key(
        ARRIVALS,
        "batches, gamma or poisson if batches, cv or rate is given, else closed",
        "how requests arrive",
        '"poisson"',
    ),
    "requests": Key(COUNT, "10 if all-at-once, else none", "how many", "100"),
    "duration": Key(DURATION, '"30s" if neither requests nor stages nor batches', "how long", '"5m"', "duration_s"),
    "concurrency": Key(
        CROWD_SIZE, "1 if closed, else no limit", "users, if closed; else the most requests in flight", "8"
    ),
    "rate": Key(RATE, "required for constant, poisson, gamma", "requests per second", "4.0", "rate_per_s"),
    "cv": Key(
        NUMBER, "required for gamma", "coefficient of variation of the gaps: 1 is poisson, more is burstier", "2"
    ),
    "stages": Key(
        STAGES, "none", "users (closed) or requests per second over time", '[{ from = 1, to = 10, over = "30s" }]'
    ),
    "batches": Key(
        BATCHES, "required for batches", "sizes: one batch after the other, each all at once", "[1, 2, 4, 8]"
    ),
    "input_tokens": Key(LENGTHS, "128", "length of prompts", "256"),
    "output_tokens": Key(LENGTHS, "64", "length of answers", "128"),
    "state": Key(
        one_of(State, State),
        '"warm"',
        "what the first request finds: a warmed-up model, or nothing loaded",
        '"cold"',
    ),
    **MANNER_KEYS,
}

SUITE_KEYS: dict[str, Key] = {
    "suite": Key(SUITE, "none", "a named list of workloads", '"cold-warm"'),
    "name": Key(TEXT, "none", "put before the names of its workloads, to tell two apart", '"long"'),
    "requests": Key(COUNT, "the suite's", "see the suite", "20"),
    "duration": Key(DURATION, "the suite's", "see the suite", '"20s"', "duration_s"),
    "concurrency": Key(CROWD_SIZES, "the suite's", "see the suite", "[1, 2, 4]"),
    "rate": Key(RATE, "the suite's", "see the suite", "4.0", "rate_per_s"),
    "arrivals": Key(ARRIVALS, "the suite's", "see the suite", '"poisson"'),
    "cv": Key(NUMBER, "the suite's", "see the suite", "2"),
    "batches": Key(BATCHES, "the suite's", "see the suite", "[1, 2, 4, 8]"),
    "input_tokens": Key(SEVERAL_LENGTHS, "the suite's", "see the suite", "256"),
    "output_tokens": Key(SEVERAL_LENGTHS, "the suite's", "see the suite", "32"),
    **MANNER_KEYS,
}
