"""seatrial: sea trials for self-hosted LLM services.

`from seatrial import compare, load_run, summarize` reads stored runs from Python: docs/python.md.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seatrial.api import Figure, Run, RunComparison, RunSummary, SampleTable, compare, load_run, summarize

__version__ = "0.1.0"

__all__ = [
    "Figure",
    "Run",
    "RunComparison",
    "RunSummary",
    "SampleTable",
    "__version__",
    "compare",
    "load_run",
    "summarize",
]


if not TYPE_CHECKING:  # a checker would take it to mean that every name is there

    def __getattr__(name: str) -> object:
        """Loads what it takes to read runs when it is first asked for: help and a load process never do."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from seatrial import api  # noqa: PLC0415  see above

        found = globals()[name] = getattr(api, name)
        return found

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
