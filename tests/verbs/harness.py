"""What tests of whole runs share: servers, the candidates of a spec, and the samples that were stored."""

from __future__ import annotations

from seatrial.domain.sample import Sample
from seatrial.store.store import Store
from seatrial.testing.actions import Sleep
from seatrial.testing.scripted import ScriptedServer
from seatrial.verbs.run import RunResult
from tests.cli.harness import answers, chat_server


def stored(result: RunResult) -> list[dict[str, list[Sample]]]:
    """By candidate, by workload."""
    run_id = result.summary.run
    with Store.open(result.store_path, create=False) as store:
        record = store.load_run(run_id)
        return [
            {
                w.workload.name: list(store.samples(run_id, w.position))
                for w in record.workloads
                if w.candidate_position == candidate.position
            }
            for candidate in record.candidates
        ]


def candidates(*servers: ScriptedServer) -> str:
    return "".join(f'[[candidates]]\nendpoint = "{server.url}"\n' for server in servers)


def quick_server() -> ScriptedServer:
    return chat_server(answers(before=[Sleep(0.01)]))
