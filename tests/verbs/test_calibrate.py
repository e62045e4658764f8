"""Calibration against an engine whose costs are known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from seatrial.domain.trial import Candidate
from seatrial.errors import UsageError
from seatrial.stats.table import table_from_samples
from seatrial.verbs.calibration.calibrate import Told, calibrate
from seatrial.verbs.calibration.probe import probe_spec
from seatrial.verbs.calibration.steps import steps_of
from seatrial.verbs.planning.check import check

from .simulated import INFO, KV_BYTES, Costs, played, store_run

FITTED = [(i, o, u) for i, o in ((64, 32), (512, 32), (256, 96), (1000, 16)) for u in (1, 2, 4)]
OTHERS = [(i, o, u) for i, o in ((128, 64), (384, 24), (768, 48)) for u in (1, 2, 3, 4)]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of one server: `fitted` to calibrate with, `others` of lengths that it does not have."""
    path = tmp_path_factory.mktemp("calibrate") / "store.db"
    store_run(path, "fitted", FITTED)
    store_run(path, "others", OTHERS)
    return path


def test_steps_are_told_apart_from_samples_alone() -> None:
    costs = Costs(noise=0.0)
    table = table_from_samples(played(costs, 4, 12, (256, 32)), 0)
    steps = steps_of(table)
    full = [each for each in steps.decoding if each.sequences == pytest.approx(4)]
    assert full
    for each in full:
        said = costs.step + 4 * costs.sequence + 4 * costs.cached * each.context_tokens
        assert each.seconds == pytest.approx(said, rel=0.02)
    first = steps.waiting[0]  # one user alone, then the three others
    assert (len(first.prompts), first.idle) == (4, True)
    assert first.seconds == pytest.approx(4 * 256 * costs.prompt, rel=0.02)


def test_lengths_that_were_not_measured_are_predicted_within_ten_percent(store: Path) -> None:
    before = check("others", store_path=store, calibrated=False)
    made = calibrate("fitted", store_path=store)
    after = check("others", store_path=store)
    assert made.workloads == len(FITTED)
    assert (made.before.tpot or 0) > 0.2
    assert (made.after.tpot or 1) < 0.1
    assert (made.after.tpot_width or 9) < (made.before.tpot_width or 0) / 2
    for quantity in ("tpot_s", "ttft_s"):
        off = sorted(abs(row.error) for row in after.speed if row.quantity == quantity)
        assert off[len(off) // 2] < 0.1, (quantity, off)
    assert not after.same_run
    assert (after.share_inside or 0) >= 0.7
    assert before.rests_on != after.rests_on
    assert {row.quantity: row.error for row in after.memory} == {
        "weights_bytes": pytest.approx(0, abs=0.03),
        "kv_bytes": pytest.approx(0, abs=0.03),
    }


def test_a_run_of_one_workload_leaves_the_interval_wide(tmp_path: Path) -> None:
    store_run(tmp_path / "s.db", "one", [(256, 64, 4)])
    step = calibrate("one", store_path=tmp_path / "s.db").stored.calibration.decode
    assert step.log_spread >= 0.15


def test_noise_of_repeats_is_the_least_the_interval_can_be(tmp_path: Path) -> None:
    for name, noise in (("calm", 0.0), ("noisy", 0.4)):
        store_run(tmp_path / f"{name}.db", name, FITTED, costs=Costs(noise=noise))
    calm, noisy = (
        calibrate(name, store_path=tmp_path / f"{name}.db").stored.calibration.decode.log_spread
        for name in ("calm", "noisy")
    )
    assert calm < 0.1
    assert noisy > 1.2 * calm


def test_what_the_engine_says_of_its_memory_is_kept(store: Path) -> None:
    memory = dict(calibrate("fitted", store_path=store).stored.calibration.memory)
    assert memory == {"kv_bytes": KV_BYTES, "weights_bytes": 96576768}


@pytest.mark.parametrize(
    ("candidate", "info", "told", "reason"),
    [
        (Candidate("far", "smollm2:135m", endpoint="http://gpu.example:80"), INFO, Told(), "what .* runs on"),
        (Candidate("other", "m", endpoint="http://127.0.0.1:1"), replace(INFO, engine="openai"), Told(), "openai"),
        (Candidate("own", "no-such", endpoint="http://127.0.0.1:1"), INFO, Told(), '"no-such" of own is not known'),
        (Candidate("own", "smollm2:135m", endpoint="http://127.0.0.1:1"), INFO, Told(gpu="H1000"), "H1000"),
    ],
)
def test_what_is_not_known_must_be_told(
    tmp_path: Path, candidate: Candidate, info: object, told: Told, reason: str
) -> None:
    store_run(tmp_path / "s.db", "run", [(64, 16, 1)], candidate=candidate, info=info)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=reason) as caught:
        calibrate("run", store_path=tmp_path / "s.db", told=told)
    assert caught.value.hint


def test_a_server_elsewhere_is_calibrated_under_the_device_it_is_said_to_be(tmp_path: Path) -> None:
    far = Candidate("far", "smollm2:135m", endpoint="http://gpu.example:80")
    vllm = replace(INFO, engine="vllm", version="0.19.0", slots=None, details={})
    store_run(tmp_path / "s.db", "run", FITTED, candidate=far, info=vllm)
    kept = calibrate("run", store_path=tmp_path / "s.db", told=Told(gpu="l4")).stored.calibration
    assert (kept.engine, kept.engine_version, kept.device) == ("vllm", "0.19.0", "L4")


def test_the_probe_is_small_and_tells_the_terms_apart() -> None:
    spec = probe_spec(Candidate("probe", None, endpoint="http://127.0.0.1:1"))
    assert sum(each.requests or 0 for each in spec.workloads) < 12, "a warm-up comes on top"
    assert {each.concurrency for each in spec.workloads} == {1, 2, 4}
    lengths = {each.input_tokens.mean for each in spec.workloads if each.concurrency == 1}
    assert max(lengths) >= 8 * min(lengths)
    assert len({(each.input_tokens, each.output_tokens) for each in spec.workloads}) >= 4, (
        "so that some can be left out"
    )
