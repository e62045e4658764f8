from __future__ import annotations

from dataclasses import replace

from seatrial.domain.answer import Answer, Crossing, Standing
from seatrial.domain.summary import RunSummary, SloCheck
from seatrial.domain.values import Estimate
from seatrial.report.answer import crossings, ranking
from seatrial.report.overview import verdict
from seatrial.report.view import Role, Section
from tests.report.runs import bake_off, single


def around(value: float) -> Estimate:
    return Estimate(value, value * 0.95, value * 1.05, 20)


FAST = Standing(
    "four-slots", 1, slo_met=True, slo_probability=0.997,
    scores={
        "speed": Estimate(1.0, None, None, 6), "cost": around(1.2), "cost_all_tokens": around(1.1), "quality": None
    },
    cost_at="concurrency-4", on_front=True, reason="It meets the SLO. It is 2.31 times as fast as one-slot.",
)  # fmt: skip
SLOW = Standing(
    "one-slot", 2, slo_met=False, slo_probability=0.004, scores={"speed": around(0.43)},
    reason="It misses the SLO, in ttft_p50.",
)  # fmt: skip
CROSSING = Crossing("ttft_s", "concurrency", "one-slot", "four-slots", 1, 4, "quick")
ANSWER = Answer({"speed": 1.0}, (FAST, SLOW), (CROSSING,), ("they cross between 1 and 4 (quick)",))


def answered(answer: Answer = ANSWER, run: RunSummary | None = None) -> RunSummary:
    return replace(run or bake_off(), answer=answer)


def rows(section: Section) -> dict[str, dict[str, str]]:
    (table,) = section.tables
    names = [" ".join(column) for column in table.columns]
    return {row.label: dict(zip(names, (cell.text for cell in row.cells), strict=True)) for row in table.rows}


def test_the_ranking_is_a_row_per_candidate_without_empty_columns() -> None:
    section = ranking(answered())
    assert section.heading == "Ranking"
    assert rows(section) == {
        "four-slots": {
            "place": "1", "chance to meet SLO": "> 0.99", "speed, times the fastest": "1.00",
            "USD per 1M good tokens": "1.20 [1.14, 1.26]", "USD per 1M all tokens": "1.10 [1.04, 1.16]",
            "cost is that in": "concurrency-4", "on the front": "yes",
        },
        "one-slot": {
            "place": "2", "chance to meet SLO": "< 0.01", "speed, times the fastest": "0.430 [0.408, 0.452]",
            "USD per 1M good tokens": "-", "USD per 1M all tokens": "-", "cost is that in": "-",
            "on the front": "no",
        },
    }  # fmt: skip
    assert section.tables[0].rows[1].cells[1].role is Role.BAD


def test_a_cost_that_is_that_of_all_tokens_is_told_once() -> None:
    alike = replace(FAST, scores={"cost": around(1.2), "cost_all_tokens": around(1.2)})
    row = rows(ranking(answered(replace(ANSWER, standings=(alike, SLOW)))))["four-slots"]
    assert "USD per 1M good tokens" in row
    assert "USD per 1M all tokens" not in row


def test_every_reason_stands_below() -> None:
    assert [bullet.text for bullet in ranking(answered()).bullets] == [
        "four-slots: it meets the SLO. It is 2.31 times as fast as one-slot.",
        "one-slot: it misses the SLO, in ttft_p50.",
    ]  # fmt: skip


def test_the_captions_say_by_what_and_what_cost_is() -> None:
    weighed = replace(ANSWER, weights={"speed": 2.0, "cost": 1.0})
    first, second = [line.text for line in ranking(answered(weighed)).lines]
    assert first.startswith("By the SLO first, then by speed (weight 2) and cost (weight 1). On the front: ")
    assert second.startswith("Cost is that of output tokens")
    unpriced = replace(ANSWER, standings=(replace(FAST, scores={}, cost_at=None),))
    assert len(ranking(answered(unpriced)).lines) == 1


def test_a_tie_is_said_to_be_one() -> None:
    tied = replace(
        ANSWER, standings=(replace(FAST, tied=("one-slot",)), replace(SLOW, place=1, tied=("four-slots",)))
    )
    assert {name: row["place"] for name, row in rows(ranking(answered(tied))).items()} == {
        "four-slots": "1, tied",
        "one-slot": "1, tied",
    }


def test_crossings_are_told_in_words() -> None:
    assert [bullet.text for bullet in crossings(answered()).bullets] == ["they cross between 1 and 4 (quick)"]


def test_without_an_answer_there_is_no_section() -> None:
    assert not ranking(bake_off())
    assert not crossings(bake_off())
    assert not ranking(answered(Answer({"speed": 1.0}, ())))


def test_a_single_candidate_is_not_ranked_but_has_a_cost() -> None:
    alone = Answer({"speed": 1.0}, (replace(FAST, candidate="vllm"),), notes=("nothing",))
    section = ranking(answered(alone, single()))
    assert section.heading == "Cost"
    (line,) = section.lines
    assert line.text == (
        '1.20 [1.14, 1.26] USD per million output tokens, in "concurrency-4", 1.10 [1.04, 1.16] counting those of '
        "requests that miss the SLO as well"
    )
    assert not crossings(answered(alone, single()))
    assert not ranking(answered(replace(alone, standings=(replace(FAST, scores={}),)), single()))


def test_the_verdict_tells_the_chance_to_meet_the_slo() -> None:
    run = answered(replace(ANSWER, standings=(replace(FAST, slo_probability=0.62),)))
    told = [line.text for line in verdict(run).lines]
    assert "four-slots meets the SLO in 2 of 2 workloads; chance that it truly meets all of it: 0.62" in told
    assert "one-slot meets the SLO in 1 of 2 workloads" in told


def untold(met: bool | None, other: bool | None) -> list[str]:
    """The verdict on one-slot where its two workloads are `met` and `other`."""
    run = bake_off()
    candidate = run.candidates[0]
    checks = [SloCheck("ttft_p95", 0.5, None, each) for each in (met, other)]
    ttft = candidate.workloads[0].metrics["ttft_s"]
    assert ttft is not None
    needed = replace(ttft, needed={"p95": 200})
    workloads = tuple(
        replace(workload, slo=(check,), metrics={"ttft_s": needed})
        for workload, check in zip(candidate.workloads[:2], checks, strict=True)
    )
    found = replace(run, recommendation="", candidates=(replace(candidate, workloads=workloads),))
    return [line.text for line in verdict(found).lines]


def test_where_nothing_is_missed_what_cannot_be_told_goes_first_and_says_what_would_tell() -> None:
    cure = "(too few requests, 200 in each would tell)"
    assert untold(None, None) == [f"Cannot tell yet whether one-slot meets the SLO in 2 of 2 workloads {cure}"]
    assert untold(None, True) == [
        f"Cannot tell yet whether one-slot meets the SLO in 1 of 2 workloads {cure}; it meets it in 1"
    ]
    assert untold(None, False)[0] == f"one-slot meets the SLO in 0 of 2 workloads; 1 cannot be told yet {cure}"


def test_a_miss_told_from_a_bound_says_so() -> None:
    run = bake_off()
    missed = replace(run.candidates[0].workloads[0], slo=(SloCheck("ttft_p95", 0.01, None, False, 0.08),))
    worse = replace(run, candidates=(replace(run.candidates[0], workloads=(missed,)),))
    *_, summed_up, told = [line.text for line in verdict(worse).lines]
    assert summed_up == "one-slot misses the SLO"
    assert told == (f"  {missed.name} misses ttft_p95: surely at least 80.0 ms, at most 10.0 ms is asked")


def test_of_a_file_that_was_read_no_slo_is_asked_for() -> None:
    ours = replace(single(), tool="seatrial", status="finished")
    assert [line.text for line in verdict(ours).lines] == [
        "No SLO was given, so nothing is met or missed (seatrial run --slo ttft_p95=1s gives one)."
    ]
    assert not verdict(replace(ours, tool="vllm bench serve"))


def test_a_miss_is_told_with_its_numbers() -> None:
    run = bake_off()
    missed = replace(run.candidates[0].workloads[1], slo=(SloCheck("success", 0.99, 0.9, False, 0.7, 0.97, 0.01),))
    worse = replace(run, candidates=(replace(run.candidates[0], workloads=(missed,)),))
    assert "  concurrency-1 misses success: 90.0 %, at least 99.0 % is asked" in [
        c.text for c in verdict(worse).lines
    ]
