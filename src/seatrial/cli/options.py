"""The options of `seatrial run`, once, and the spec they ask for.

Options make the same kind of document that a spec file holds and have it read by the same tables, so a key and
its option mean the same and fail alike; only the name in the message differs. This module is imported for help:
what reads specs is imported when one is read.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seatrial.domain.traffic import BUILTIN_QUESTIONS
from seatrial.errors import SpecError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from seatrial.domain.trial import Spec
    from seatrial.specfile.lines import Path as KeyPath


def _whole_numbers(text: str) -> int | list[int]:
    """`8` or `1,2,4`."""
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        raise click.BadParameter(f'"{text}" is neither a whole number nor a list such as 1,2,4') from None
    return numbers if len(numbers) > 1 else numbers[0]


def _weights(text: str) -> str | dict[str, float]:
    """`speed`, or `speed=2,cost=1`."""
    if "=" not in text:
        return text.strip()
    weights: dict[str, float] = {}
    for part in text.split(","):
        name, _, written = (piece.strip() for piece in part.partition("="))
        if name in weights:
            raise click.BadParameter(f"{name} is weighed twice")
        try:
            weights[name] = float(written)
        except ValueError:
            raise click.BadParameter(f'"{part.strip()}" is no weight such as speed=2') from None
    return weights


_NUMBERS: dict[str, Any] = {"type": _whole_numbers, "metavar": "N[,N...]"}
_ARRIVALS = "closed, constant, poisson, gamma or all-at-once. Default: poisson with --rate, else closed."
_STORE = "The store. Default: $SEATRIAL_STORE, else seatrial/seatrial.db in the user's data folder."

# the table and key of a spec that an option stands for, None for what is no part of a spec; the option
_ROWS: list[tuple[tuple[str, str] | None, click.Option]] = [
    (("candidates", "model"), click.Option(["--model"], multiple=True, help="Model to try; several are compared.")),
    (
        ("candidates", "engine"),
        click.Option(["--engine"], help="ollama, vllm, llama.cpp, openai. Default: detected."),
    ),
    (("candidates", "api"), click.Option(["--api"], help="chat, completions or generate. Default: chat.")),
    (
        ("workloads", "suite"),
        click.Option(
            ["--suite"],
            multiple=True,
            help="quick, cold-warm, tokens, ramp, spike, endurance, quality, lm-eval:TASK.",
        ),
    ),
    (("workloads", "requests"), click.Option(["--requests"], type=int, help="Requests to send.")),
    (("workloads", "duration"), click.Option(["--duration"], help="How long to send them, such as 30s or 5m.")),
    (
        ("workloads", "concurrency"),
        click.Option(
            ["--concurrency"],
            **_NUMBERS,
            help="Users, several only with a suite; with --rate, the most requests in flight.",
        ),
    ),
    (("workloads", "rate"), click.Option(["--rate"], type=float, help="Requests per second.")),
    (("workloads", "arrivals"), click.Option(["--arrivals"], help=_ARRIVALS)),
    (("workloads", "cv"), click.Option(["--cv"], type=float, help="Coefficient of variation of gamma arrivals.")),
    (("workloads", "input_tokens"), click.Option(["--input-tokens"], **_NUMBERS, help="Length of prompts.")),
    (("workloads", "output_tokens"), click.Option(["--output-tokens"], **_NUMBERS, help="Length of answers.")),
    (
        ("workloads", "prompts"),
        click.Option(["--prompts"], metavar="FILE", help="Own prompts: one a line, or .jsonl."),
    ),
    (
        ("workloads", "questions"),
        click.Option(
            ["--questions"], metavar="FILE", help="Questions to grade the answers to: builtin, or .jsonl."
        ),
    ),
    (("workloads", "prefix"), click.Option(["--prefix"], help="unique (no prefix cache helps) or shared.")),
    (("workloads", "stream"), click.Option(["--no-stream"], is_flag=True, help="Ask for whole answers.")),
    (("workloads", "timeout"), click.Option(["--timeout"], help="For one request. Default: 300s.")),
    (
        ("slo", ""),
        click.Option(["--slo"], multiple=True, metavar="KEY=LIMIT", help="Such as ttft_p95=1s or success=0.99."),
    ),
    (
        ("", "optimize"),
        click.Option(
            ["--optimize"],
            type=_weights,
            metavar="WHAT",
            help="After the SLO: speed, cost, quality, or weights such as speed=2,cost=1. Default: speed.",
        ),
    ),
    (("", "seed"), click.Option(["--seed"], type=int, help="Of arrivals, lengths and prompts. Default: 1.")),
    (("", "processes"), click.Option(["--processes"], type=int, help="Client processes. Default: 1.")),
    (("", "name"), click.Option(["--name"], help="What the run is called in the store.")),
    (
        ("candidates", "api_key_env"),
        click.Option(["--api-key-env"], metavar="NAME", help="Environment variable that holds the API key."),
    ),
    (
        ("candidates", "headers"),
        click.Option(
            ["--header"], multiple=True, metavar="'NAME: VALUE'", help="Sent with every request; no keys."
        ),
    ),
    (
        ("candidates", "cold_command"),
        click.Option(["--cold-command"], metavar="COMMAND", help="Restarts the server, so that nothing is loaded."),
    ),
    (
        ("candidates", "ready"),
        click.Option(["--ready"], metavar="URL|COMMAND", help="Tells when it can answer after --cold-command."),
    ),
    (None, click.Option(["--store"], metavar="FILE", type=click.Path(path_type=Path), help=_STORE)),
    (None, click.Option(["--json", "as_json"], is_flag=True, help="Print one JSON document.")),
]

RUN_OPTIONS: list[click.Parameter] = [option for _, option in _ROWS]
SPEC_KEY = {str(option.name): place for place, option in _ROWS if place is not None}
LOAD_OPTIONS = frozenset({"requests", "duration", "concurrency", "rate", "arrivals", "cv"})  # a load of one's own
# what may be overridden for one run of a spec
WITH_A_SPEC = frozenset({"name", "seed", "processes", "timeout", "optimize"})


def spec_from_options(argument: str, values: Mapping[str, Any]) -> Spec:
    """The spec asked for by `argument`, a server's address or a spec file, and the options in `values`.

    `values` are click's, by parameter name; what is no part of a spec is passed over. With a file, only
    `WITH_A_SPEC` may be given. Raises UsageError.
    """
    from seatrial.specfile.tables import FaultError, explain

    given = {name: value for name, value in values.items() if name in SPEC_KEY and _is_given(value)}
    try:
        if argument.endswith(".toml") or Path(argument).is_file():
            return _spec_from_file(argument, given)
        return _spec_from_address(argument, given)
    except FaultError as fault:
        raise UsageError(*explain(fault, _OptionOrigin())) from None


def _is_given(value: object) -> bool:
    return value is not None and value is not False and value != ()


def _spec_from_address(address: str, given: Mapping[str, Any]) -> Spec:
    from seatrial.domain.trial import Slo
    from seatrial.specfile import parse_slo, read_spec

    if "://" not in address and ":" not in address and address != "localhost":
        hint = "give http://HOST:PORT, or the path of a .toml file"
        raise UsageError(f'"{address}" is neither the address of a server nor a spec file', hint)
    candidate = {"endpoint": address, **_keys("candidates", given)}
    workload = _keys("workloads", given)
    models, suites = candidate.pop("model", ()), workload.pop("suite", ())
    document: dict[str, Any] = _keys("", given)
    document["candidates"] = [{**candidate, "model": model} for model in models] or [candidate]
    if not suites and not LOAD_OPTIONS & given.keys():
        suites = ("quality",) if "questions" in given else ("quick",)
    document["workloads"] = [{"suite": suite, **workload} for suite in suites] or [workload]
    _refuse_repeated("--suite", list(suites))
    objectives = tuple(parse_slo(text) for text in given.get("slo", ()))
    _refuse_repeated("--slo", [objective.key for objective in objectives])
    return replace(read_spec(document), slo=Slo(objectives))


def _keys(table: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of one table of a spec that options were given for."""
    keys = {SPEC_KEY[name][1]: value for name, value in given.items() if SPEC_KEY[name][0] == table}
    if "headers" in keys:
        keys["headers"] = _headers(keys["headers"])
    if "stream" in keys:
        keys["stream"] = False
    return keys


def _headers(texts: Iterable[str]) -> dict[str, str]:
    pairs = []
    for text in texts:
        name, colon, value = (part.strip() for part in text.partition(":"))
        if not colon:
            raise UsageError("--header needs a name and a value", "write it as --header 'X-Team: search'")
        pairs.append((name, value))
    _refuse_repeated("--header", [name for name, _ in pairs])
    return dict(pairs)


def _refuse_repeated(option: str, names: list[str]) -> None:
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"{option} gives {name} twice")


def _spec_from_file(path: str, given: Mapping[str, Any]) -> Spec:
    from seatrial.specfile import load_spec
    from seatrial.specfile.keys import SPEC_KEYS, WORKLOAD_KEYS
    from seatrial.specfile.tables import inside, take

    for name in given:
        if name not in WITH_A_SPEC:
            table, key = SPEC_KEY[name]
            place = "[slo]" if name == "slo" else f"[[{table}]]"
            hint = f"write it into {place} of {path}" + (f" as {key}" if key else "")
            raise UsageError(f"{_option(name)} cannot be used with a spec file", hint)
    spec = _beside(path, load_spec(_read(path), path))
    with inside("workloads", 0):  # where the option's name is found
        timeout = take(WORKLOAD_KEYS, {key: value for key, value in given.items() if key == "timeout"}, "")
    workloads = tuple(replace(workload, **timeout) for workload in spec.workloads)
    top = take(SPEC_KEYS, {key: value for key, value in given.items() if key != "timeout"}, "")
    return replace(spec, workloads=workloads, **top)


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as problem:
        raise SpecError(f"{path} is not UTF-8 text: {problem.reason}") from None
    except OSError as problem:
        raise UsageError(f"{path} cannot be read: {problem.strerror}") from None


def _beside(path: str, spec: Spec) -> Spec:
    """`spec` with the files it names looked for beside it."""
    folder = Path(path).parent

    def placed(name: str | None) -> str | None:
        return None if name is None else str(folder / name)

    return replace(
        spec,
        candidates=tuple(replace(c, ca_file=placed(c.ca_file)) for c in spec.candidates),
        workloads=tuple(
            replace(
                w,
                prompts_file=placed(w.prompts_file),
                questions=w.questions if w.questions == BUILTIN_QUESTIONS else placed(w.questions),
            )
            for w in spec.workloads
        ),
    )


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


class _OptionOrigin:
    """Names keys as the options they came from."""

    def where(self, path: KeyPath) -> str:  # noqa: ARG002  an option has no other place than its name
        return ""

    def name(self, path: KeyPath) -> str:
        table, key = (str(path[0]), path[2:3]) if len(path) > 1 else ("", path)
        if not key:
            return "--model" if table == "candidates" else "--suite"
        names = [_option(name) for name, place in SPEC_KEY.items() if place == (table, key[0])]
        name = names[0] if names else str(key[0])
        return f"{name} {path[3]}" if name == "--header" and len(path) > 3 else name

    def also(self, path: KeyPath) -> str:
        return self.name(path)

    def assign(self, path: KeyPath, toml: str) -> str:
        bare = toml.strip('"[]').replace(", ", ",")
        return f"{self.name(path)} {bare}"
