"""One answer, shown while it comes, with its timings: the same sockets and clock as a run, for one request."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seatrial.domain.traffic import Lengths, Workload
from seatrial.engines.factory import open_engine
from seatrial.load.interrupts import Interrupts
from seatrial.load.job import Batch, LoadJob
from seatrial.load.loop import Loop
from seatrial.load.poller import make_poller
from seatrial.load.sockets import Connection, hold_kernel_clock
from seatrial.prompts.fixed import OnePrompt
from seatrial.stats.table import table_from_samples
from seatrial.stats.workload import measure
from seatrial.verbs.masking import errors_masked, mask_for
from seatrial.wire.apis import APIS, Reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatrial.domain.sample import Sample
    from seatrial.domain.target import Target
    from seatrial.domain.trial import Candidate


@dataclass(frozen=True, slots=True)
class Asked:
    """`ttft_s`, `tpot_s`, `e2e_s` are None where undefined (no token, one token)."""

    name: str
    engine: str
    model: str
    sample: Sample
    ttft_s: float | None
    tpot_s: float | None
    e2e_s: float | None


def ask(
    candidate: Candidate, prompt: str, *, max_tokens: int, timeout_s: float, on_text: Callable[[str], None]
) -> Asked:
    """Asks once and returns the record; `on_text` gets the answer as it comes.

    Raises SeatrialError when the engine cannot be reached or has no such model. An answer that fails on its way is
    a sample with its cause.
    """
    mask = mask_for(candidate)
    with errors_masked(mask), closing(open_engine(candidate)) as engine:
        target = engine.target()
        workload = Workload("ask", requests=1, output_tokens=Lengths(max_tokens), timeout_s=timeout_s)
        sample = _one(LoadJob(workload, target, OnePrompt(prompt), seed=1, run_tag="ask"), target, on_text)
        table = table_from_samples([sample], sample.t_intended_ns)
        means = {name: found.mean.value for name, found in measure(table).items() if found is not None}
        return Asked(
            candidate.name,
            engine.name,
            mask(target.model),
            sample,
            means.get("ttft_s"),
            means.get("tpot_s"),
            means.get("e2e_s"),
        )


def _one(job: LoadJob, target: Target, on_text: Callable[[str], None]) -> Sample:
    shower = _Shower(target, on_text)
    batches: list[Batch] = []
    idle: list[Connection] = []
    poller, kernel_clock = make_poller(), hold_kernel_clock()
    try:
        with Interrupts() as interrupts:
            loop = Loop(job, poller, batches.append, idle=idle, should_stop=interrupts.asked, watch=shower.watch)
            loop.prepare()
            loop.run(0)
    finally:
        poller.close()
        for held in (*idle, kernel_clock):
            if held is not None:
                held.close()
    return next(sample for batch in batches for sample in batch.samples)


class _Shower:
    """Decodes body bytes as they come, for the eye only; the record is decoded apart, from the same bytes."""

    def __init__(self, target: Target, on_text: Callable[[str], None]) -> None:
        self._reader = Reader(APIS[target.api], stream=True)
        self._on_text = on_text
        self._shown = 0

    def watch(self, body: bytes) -> None:
        self._reader.feed(body, 0)
        texts = self._reader.drain().texts
        if len(texts) > self._shown:
            self._on_text("".join(texts[self._shown :]))
            self._shown = len(texts)
