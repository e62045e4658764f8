"""A server that dies in mid-run and stays dead: a file of its own, for it takes ten seconds to be given up."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from seatrial.cli.run import exit_code
from seatrial.report.document import run_document
from seatrial.report.layout import build_view
from seatrial.report.text import render_text
from seatrial.specfile import load_spec
from seatrial.verbs.events import Event, Remark, WorkloadStarted
from seatrial.verbs.run import run
from tests.cli import contract
from tests.cli.harness import chat_server

if TYPE_CHECKING:
    from pathlib import Path

WORKLOADS = """
[[workloads]]
name = "before"
requests = 2
[[workloads]]
name = "during"
requests = 300
[[workloads]]
name = "after"
requests = 2
"""
GONE = "no server answered for 10 s"


def test_a_server_that_dies_is_given_up_with_what_was_measured(tmp_path: Path) -> None:
    """And the next candidate is tried as if nothing had happened."""
    events: list[Event] = []
    with chat_server() as dying, chat_server() as living:
        stopper = threading.Timer(0.3, dying.stop)

        def tell(event: Event) -> None:
            events.append(event)
            if isinstance(event, WorkloadStarted) and event.position == 1 and stopper.ident is None:
                stopper.start()

        places = (f'[[candidates]]\nname = "{name}"\nendpoint = "{server.url}"\n' for name, server in
                  (("dying", dying), ("living", living)))  # fmt: skip
        result = run(load_spec(WORKLOADS + "".join(places)), store_path=tmp_path / "store.db", tell=tell)
        stopper.join()
    document = run_document(result.summary)
    contract.check_run(document)
    assert result.server_lost
    assert not result.interrupted
    assert exit_code(result) == contract.exit_code(document, 3)

    lost, found = result.summary.candidates
    before, during, after = lost.workloads
    assert before.counts.completed == 2
    assert during.counts.planned == 300
    assert min(during.counts.completed, during.counts.failed, during.counts.never_sent) > 0
    assert set(during.failures) <= {"refused", "reset", "cut_off"}
    assert f"the load ended early: {GONE}" in during.notes
    assert during.metrics["ttft_s"] is not None, "what was measured until then"
    assert (after.skipped, after.counts.planned) == (GONE, 0)
    assert Remark(f"after skipped: {GONE}") in events
    assert [workload.counts.completed for workload in found.workloads] == [2, 300, 2]
    report = " ".join(render_text(build_view(result.summary)).split())
    assert f"dying, after was not run: {GONE}" in report
