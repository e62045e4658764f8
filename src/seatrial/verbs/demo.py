"""The built-in demo: a real model on the embedded engine, once with 1 slot and once with 4."""

from __future__ import annotations

from seatrial.catalog.suites import demo as demo_workloads
from seatrial.domain.trial import Candidate, Spec

MODEL = "smollm2:135m"


def demo_spec() -> Spec:
    """Two candidates, four experiments; see docs/how-it-works.md."""
    return Spec(
        candidates=(
            Candidate("llama.cpp, 1 slot", MODEL, engine="embedded", settings=(("slots", 1),)),
            Candidate("llama.cpp, 4 slots", MODEL, engine="embedded", settings=(("slots", 4),)),
        ),
        workloads=demo_workloads(),
        name="demo",
    )
