"""The tables of docs/plan.md, from the factors and settings themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.catalog.coefficients import shipped_form
from seatrial.sizing import startup
from seatrial.sizing.choice.settings import SETTINGS
from seatrial.sizing.speed import fitted, priors
from seatrial.sizing.speed.fitted import FIRST_FORM, STEP_FORM

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from seatrial.domain.coefficients import Prior

_STEP = {
    "weights": "weights that every token needs, read once a step / bandwidth",
    "float_weights": "the same of F16, BF16 and F32 files, which need no unpacking",
    "experts": "weights of the distinct experts that the step's tokens pick / bandwidth",
    "kv": "KV cache of all requests in the step / bandwidth",
    "compute": "operations / peak, as far as reading the weights does not hide them",
    "routing": "the part of that which routed experts do",
    "attention": "attention of prompts / peak, beyond what `compute` counts; only a calibration tells it",
    "comm": "two ring all-reduces a layer / link bandwidth",
    "layers": "kernel launches, us a layer",
    "recurrent": "as much again for layers with a state instead of a cache, us a layer",
    "sync": "synchronisation of the GPUs of a layer, us a layer",
    "requests": "sampling and scheduling, us a request in the step",
    "step": "us a step",
    "offloaded": "weights that stay in the computer's memory / 50 GB/s",
}
_FIRST = {
    "prefill": "the prompt's own steps, as the table above has them",
    "running": "the rest of the step that is running, of TPOT",
    "arrival": "connection, template, a place in the queue, ms",
    "tokenizing": "us a prompt token",
    "cached": "tokens that all prompts begin with and the engine keeps; only a calibration tells it",
    "bunching": "users who ended together and come back together: prompts before mine, x root of (users - 1)",
    "lockstep": "with one length for all: x (users - 1) squared / users as well; only a calibration tells it",
}


def step_table() -> str:
    """A row per term of a step: what it is, its factor before any measurement, and as fitted, by engine."""
    return _factors(_STEP, priors.STEP, STEP_FORM, "seconds of hardware at full speed")


def first_table() -> str:
    """The same of what TTFT adds."""
    return _factors(_FIRST, dict.fromkeys(priors.STEP, priors.FIRST), FIRST_FORM, "what it is")


def settings_table() -> str:
    """A row per engine: what `--set` takes."""
    rows = [(engine, ", ".join(f"`{name}`" for name in known)) for engine, known in SETTINGS.items()]
    return _table(("engine", "--set"), rows)


def distance_table() -> str:
    """A row per kind of distance from what was measured, and what it adds to the spread."""
    largest = ", ".join(f"{engine} {batch:.0f}" for engine, batch in fitted.LARGEST_BATCH.items())
    rows = [
        ("a GPU that was not measured, of a vendor that was", f"{fitted.OTHER_GPU:.2f}"),
        ("a GPU of a vendor that was not", f"{fitted.OTHER_VENDOR:.2f}"),
        ("a CPU", f"{fitted.NO_GPU:.2f}"),
        ("vLLM with latent attention (MLA) or recurrent layers", f"{fitted.OTHER_ATTENTION:.2f}"),
        ("your own calibration, with another model", f"{fitted.OTHER_MODEL:.2f}"),
        (f"more requests at once than were measured ({largest})", f"{fitted.BEYOND:.2f} x ln(times as many)"),
    ]
    return _table(
        ("away from the measurements by", "adds to the standard deviation of ln(measured / predicted)"), rows
    )


def start_up_table() -> str:
    """A row per part of a start-up."""
    slow, fast = (f"{rate * 8 / 1e9:g}" for rate in startup.FETCH_BYTES_PER_S)
    disk, memory = (f"{rate / 1e9:g}" for rate in startup.LOAD_BYTES_PER_S)
    prepared = (
        f"{engine}: {known.base_s:g} s + {known.layer_s:g} s a layer, {known.factor:g} times less or more"
        for engine, known in startup.PREPARE.items()
    )
    rows = [
        ("fetch", f"bytes of the weights / network, {slow} to {fast} Gbit/s"),
        ("load", f"bytes of the weights / {disk} GB/s (network disk) to {memory} GB/s (NVMe)"),
        ("prepare", "<br>".join(prepared)),
    ]
    return _table(("part", "how it is found"), rows)


def _factors(meanings: Mapping[str, str], forms: Mapping[str, Prior], form: str, head: str) -> str:
    rows = [
        (
            f"`{term}`",
            meaning,
            *(cell for engine, prior in forms.items() for cell in _cells(engine, prior, form, term)),
        )
        for term, meaning in meanings.items()
    ]
    heads = (f"{engine}, {what}" for engine in forms for what in ("expected", "fitted"))
    return _table(("term", head, *heads), rows)


def _cells(engine: str, prior: Prior, form: str, term: str) -> tuple[str, str]:
    """The factor as expected, and as it ships; `-` of a term that the engine's form does not have."""
    if term not in prior.values:
        return "-", "-"
    found = shipped_form(engine, form)
    return f"{prior.values[term]:g}", f"{found.get(term):.3g}" if found.n else "not measured"


def _table(heads: Iterable[str], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [tuple(heads), *rows]
    lines.insert(1, ("---",) * len(lines[0]))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
