from __future__ import annotations

from dataclasses import replace

from seatrial.report.foreign import definitions
from seatrial.report.layout import build_view
from seatrial.report.view import Section
from tests.report.runs import single
from tests.sources.foreign.files import AIPERF, read


def test_a_run_of_seatrial_has_none() -> None:
    assert not definitions(single())


def test_each_metric_that_is_marked_is_told_with_its_meaning() -> None:
    run = read(AIPERF)
    section = definitions(run)
    (workload,) = run.candidates[0].workloads
    assert [cell.text for cell in section.bullets] == [
        f"{name}: {said}" for name, said in workload.definitions.items()
    ]
    assert any(cell.text.startswith("tpot_s: AIPerf calls it inter token latency") for cell in section.bullets)


def test_what_holds_for_several_loads_is_told_once() -> None:
    run = read(AIPERF)
    (candidate,) = run.candidates
    (workload,) = candidate.workloads
    twice = replace(candidate, workloads=(workload, replace(workload, name="another")))
    section: Section = definitions(replace(run, candidates=(twice,)))
    assert len(section.bullets) == len(workload.definitions)


def test_an_import_is_not_titled_as_a_run_of_ours() -> None:
    run = read(AIPERF)
    view = build_view(run)
    assert view.title.startswith(f"{run.tool}: {run.run}")
    (candidate,) = run.candidates
    told = [bullet.text for section in view.sections for bullet in section.bullets]
    assert any(text.startswith(f"{candidate.name}: ") for text in told)
    doubled = f"{candidate.engine}, {candidate.model}"
    assert candidate.model == candidate.name
    assert not any(doubled in text for text in told)
