"""Fitting the forms of llama.cpp: `step` to single-stream decoding and prompt processing of public rows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from math import exp, log
from statistics import median
from typing import TYPE_CHECKING

from seatrial.sizing.speed.fit import Observation, fit
from seatrial.sizing.speed.gguf_terms import as_gguf
from seatrial.sizing.speed.priors import FIRST, STEP
from seatrial.sizing.speed.work import Batch, step_terms

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.scoreboard.rows import Row

    from seatrial.domain.coefficients import Coefficients
    from seatrial.domain.model import Model
    from seatrial.domain.plan import Layout

DECODE, PREFILL = "decode, one stream", "prefill"
CONTEXT_TOKENS = 512.0
PROMPT_TOKENS = 512.0
"""llama-bench's usual lengths; rows do not state theirs, and the cache is a hundredth of what a step reads."""
ENOUGH = 10
"""Rows of a GPU from which they say by themselves how unsure it is."""
OLD = "2023"
"""Versions before CUDA graphs."""
DRAWN = 0.25
"""(0.15 / 0.3) squared: what the common factors weigh against rows of a GPU."""


@dataclass(frozen=True, slots=True)
class Stream:
    """One row: tokens a second of one stream. `basis`: how its model was told from its name."""

    row: Row
    quantity: str
    model: Model
    layout: Layout
    basis: str
    terms: Mapping[str, float]
    """Seconds per term at factor 1."""

    @property
    def gpu(self) -> str:
        return self.layout.gpu.name

    @property
    def tells_of_gpu(self) -> bool:
        return self.quantity == DECODE and not self.row.engine_version.startswith(OLD)

    @property
    def seconds(self) -> float:
        """Of a step: a token in decoding, a batch of PROMPT_TOKENS in a prompt."""
        return (1.0 if self.quantity == DECODE else PROMPT_TOKENS) / self.row.value


def terms_of(model: Model, layout: Layout, quantity: str) -> dict[str, float]:
    """Seconds per term at factor 1 of what a row of that quantity timed."""
    decode = Batch(1.0, CONTEXT_TOKENS)
    prompt = Batch(0.0, 0.0, PROMPT_TOKENS, PROMPT_TOKENS / 2)
    terms = step_terms(model, layout, decode if quantity == DECODE else prompt)
    return terms if "offloaded" in terms else as_gguf(terms, model, layout)


def fit_streams(streams: Sequence[Stream]) -> Coefficients:
    """The form `step`. A GPU weighs as the root of its number of rows: three of them have three rows in four."""
    count = Counter((stream.gpu, stream.quantity) for stream in streams)
    rows = [
        Observation(
            stream.terms,
            stream.seconds,
            stream.model.family,
            stream.gpu,
            weight=count[stream.gpu, stream.quantity] ** -0.5,
        )
        for stream in streams
    ]
    return fit("step", "llama.cpp", rows, STEP["llama.cpp"], balanced=False)


def device_factor(streams: Sequence[Stream], step: Coefficients, gpu: str) -> float:
    """How much slower that GPU is than the common factors say: the median of its rows, drawn to 1 if few.

    GPUs differ by about 0.3 in the logarithm, the models on one GPU by 0.15: one row tells most of it. Rows of a
    llama.cpp older than its CUDA graphs tell nothing of the GPU.
    """
    errors = [log_error(each, step) for each in streams if each.gpu == gpu and each.tells_of_gpu]
    return exp(-median(errors) * len(errors) / (len(errors) + DRAWN)) if errors else 1.0


def scaled(step: Coefficients, factor: float, device: str) -> Coefficients:
    """The factors of one GPU: all of them times `factor`."""
    return replace(step, values=tuple((name, value * factor) for name, value in step.values), device=device)


def first_form(step: Coefficients) -> Coefficients:
    """The form `first` of llama.cpp: no public row tells its parts, so they are what is expected of any engine."""
    return replace(step, form="first", values=tuple(FIRST.values.items()), n=0)


def log_error(stream: Stream, step: Coefficients) -> float:
    """ln(predicted / measured) of the time."""
    return log(step.seconds(stream.terms) / stream.seconds)
