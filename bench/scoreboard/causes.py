"""What is known of the rows that are predicted badly. A failure without a cause says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bench.scoreboard.score import Scored

OFF = 0.20
UNEXPLAINED = "not explained"


@dataclass(frozen=True, slots=True)
class Cause:
    """What explains rows whose quantity, GPU, model, version or notes hold these words (empty: any)."""

    text: str
    quantity: str = ""
    gpu: str = ""
    model: str = ""
    version: str = ""
    notes: str = ""
    engine: str = ""

    def explains(self, scored: Scored) -> bool:
        row = scored.row
        return (
            scored.quantity.startswith(self.quantity)
            and self.gpu in scored.gpu
            and self.model.lower() in row.model.lower()
            and row.engine_version.startswith(self.version)
            and self.notes in row.notes
            and scored.engine.startswith(self.engine)
        )


_OLD_APPLE = "Apple's first two generations unpack k-quants at about half of their bandwidth"
_STAGED = "pipeline stages: the first holds no sampler, so activation and non-torch are smaller there"
_GRAPHS = "CUDA graphs: by layers alone, from logs of one GPU; with experts three logs only"
_PREEMPTED = "the cache overflows: requests are preempted and computed again, which the form does not know"
_LONG = "osl=8192 concurrency_per_replica(batch_size)=64"

CAUSES = (
    Cause("Pascal: k-quants reach 0.36 of its bandwidth with any model, half of later GPUs", gpu="GTX 1050 Ti"),
    Cause("Ollama leaves this GPU alone unless told: the figures fit the processor", gpu="Arc", engine="ollama"),
    Cause("llama.cpp of 2023, before CUDA graphs and tensor-core kernels", version="2023-12"),
    Cause(_OLD_APPLE, quantity="decode", gpu="Apple M1"),
    Cause(_OLD_APPLE, quantity="decode", gpu="Apple M2"),
    Cause("Apple publishes no 16-bit rate: it is guessed from the bandwidth", quantity="prefill", gpu="Apple"),
    Cause("file larger than the GPU: layers left to the processor and its memory are guessed", gpu="RTX 2080"),
    Cause("per-layer embeddings: more small kernels a layer than the form counts", model="gemma-4-E"),
    Cause("recurrent layers: their kernels differ between architectures", model="granite-4.0-h"),
    Cause(_STAGED, notes="pp=2"),
    Cause(_STAGED, notes="pp=4"),
    Cause(_GRAPHS, quantity="CUDA graphs"),
    Cause("0.46 GiB in both Granite logs, 0.25 in all others", quantity="non-torch", model="granite"),
    Cause(
        "max_model_len is not in the row, and V0 profiles that many tokens",
        model="R1-Distill-Qwen-14B",
        notes="tp=2",
    ),
    Cause("V0 counts the CUDA context here", quantity="non-torch, V0"),
    Cause("V0 counts the CUDA context here", quantity="KV pool, V0"),
    Cause(
        "at the start of an answer its cache is small: more is in memory at once", quantity="TTFT, users waiting"
    ),
    Cause(_PREEMPTED, notes=_LONG, model="Llama"),
    Cause(_PREEMPTED, notes=_LONG, model="MiniMax"),
    Cause(
        "an outlier of the source: its neighbours at 16 and 64 users lie below", model="gpt-oss", notes="=32 tp=4"
    ),
    Cause("TTFT hangs on how the users' prompts fall together, which no row records", quantity="TTFT"),
)


def cause_of(scored: Scored) -> str:
    """The first cause that explains the row."""
    return next((cause.text for cause in CAUSES if cause.explains(scored)), UNEXPLAINED)


def is_failure(scored: Scored) -> bool:
    """Off by more than a fifth, or outside the 80 % interval by more than a twentieth."""
    off = abs(scored.error)
    return off > OFF or (not scored.covered and off > 0.05)
