from __future__ import annotations

import numpy as np
import pytest

from seatrial.domain.sample import Outcome
from seatrial.stats import metrics
from seatrial.stats.metrics import PER_REQUEST, POOLED
from tests.stats.tables import refused, request, table_of, unsent

NAN = np.nan


def test_latencies_of_one_request_by_hand() -> None:
    table = table_of(
        request(
            0,
            (0.2, 0.3, 0.5),
            send_s=1.0,
            intended_s=0.9,
            end_s=1.6,
            prompt_tokens=40,
            t_connected_ns=6_050_000_000,
        )
    )
    expected = {
        "ttft_s": 0.2,
        "ttft_intended_s": 0.3,
        "ttfa_s": 0.2,
        "connect_s": 0.05,
        "e2e_s": 0.5,
        "e2e_intended_s": 0.6,
        "tpot_s": 0.15,
        "worst_stall_s": 0.2,
        "norm_latency_s": 0.5 / 3,
        "user_tokens_per_s": 1 / 0.15,
        "e2e_tokens_per_s": 6.0,
        "input_tokens_per_s": 200.0,
        "send_lag_s": 0.1,
        "stream_close_s": 0.1,
    }
    assert {name: pytest.approx(function(table)[0]) for name, function in PER_REQUEST.items()} == expected


def test_failed_and_unsent_requests_have_no_latency() -> None:
    broken_off = request(0, (0.2, 0.3), outcome=Outcome.RESET, completion_tokens=2)
    table = table_of(broken_off, refused(1), unsent(2))
    for name in PER_REQUEST.keys() - {"send_lag_s"}:
        assert np.isnan(PER_REQUEST[name](table)).all(), name
    assert POOLED["icl_s"](table).values.size == 0
    # The client is measured by failed requests, too.
    assert metrics.send_lag_s(table) == pytest.approx([0.0, 0.0, NAN], nan_ok=True)


def test_an_empty_table_has_empty_metrics() -> None:
    table = table_of()
    assert all(function(table).shape == (0,) for function in PER_REQUEST.values())
    assert all(function(table).values.shape == (0,) for function in POOLED.values())


def test_tpot_leaves_the_first_chunk_out() -> None:
    told = request(0, (0.2, 0.4, 0.6), tokens=(3, 2, 2), completion_tokens=7)
    assumed = request(1, (0.2, 0.4, 0.6), completion_tokens=7)
    assert metrics.tpot_s(table_of(told, assumed)) == pytest.approx([0.4 / 4, 0.4 / 6])


@pytest.mark.parametrize(
    "sample",
    [
        request(0, (0.2,)),
        request(0, (0.2,), completion_tokens=20),
        request(0, (0.2, 0.2), completion_tokens=20, first_read_chunks=2),
        request(0, (0.2, 0.3), completion_tokens=None),
        request(0, (0.2, 0.3), completion_tokens=1),
        request(0, (0.2, 0.3), tokens=(4, 0), completion_tokens=4),
    ],
    ids=["one token", "one chunk of 20", "all at one moment", "N unknown", "N is n_1", "N is n_1 by usage"],
)
def test_tpot_is_undefined_not_zero(sample: object) -> None:
    table = table_of(sample)  # type: ignore[arg-type]
    assert np.isnan(metrics.tpot_s(table)).all()
    assert np.isnan(metrics.user_tokens_per_s(table)).all()


def test_reasoning_counts_for_the_first_token_but_not_for_the_answer() -> None:
    table = table_of(request(0, (0.2, 0.3, 0.9), channels=(1, 1, 0)), request(1, (0.2,), channels=(1,)))
    assert metrics.ttft_s(table) == pytest.approx([0.2, 0.2])
    assert metrics.ttfa_s(table) == pytest.approx([0.9, NAN], nan_ok=True)


def test_gaps_are_those_within_requests() -> None:
    table = table_of(
        request(0, (0.1, 0.2, 0.5)), refused(1), request(2, (0.3,)), unsent(3), request(4, (0.2, 0.25))
    )
    gaps = metrics.icl_s(table)
    assert gaps.values == pytest.approx([0.1, 0.3, 0.05])
    assert gaps.request.tolist() == [0, 0, 4]
    assert metrics.worst_stall_s(table) == pytest.approx([0.3, NAN, NAN, NAN, 0.05], nan_ok=True)


def test_gaps_per_token_need_usage_of_every_chunk() -> None:
    told = request(0, (0.1, 0.3, 0.4), tokens=(1, 4, 1), completion_tokens=6)
    itl = metrics.itl_s(table_of(told))
    assert itl.values == pytest.approx([0.05, 0.05, 0.05, 0.05, 0.1])
    assert itl.request.tolist() == [0] * 5
    half_told = request(1, (0.1, 0.3), tokens=(1, 0))
    assert metrics.itl_s(table_of(told, half_told)).values.size == 0


def test_receive_lag_is_only_known_by_the_kernel() -> None:
    stamped = request(0, (0.1, 0.2), lag_s=(0.001, 0.03))
    unstamped = request(1, (0.1, 0.2), lag_s=0.0, kernel_clock=False)
    assert metrics.receive_lag_s(table_of(stamped, unstamped)).values == pytest.approx([0.001, 0.03])


def test_input_speed_is_the_servers_where_it_tells_it_of_all() -> None:
    told = request(0, prompt_tokens=100, cached_tokens=20, server={"prompt_eval_s": 0.1})
    table = table_of(told)
    assert metrics.input_speed_source(table) == "prompt_eval"
    assert metrics.input_tokens_per_s(table) == pytest.approx([800.0])
    mixed = table_of(told, request(1, prompt_tokens=100))
    assert metrics.input_speed_source(mixed) == "ttft"
    assert metrics.input_tokens_per_s(mixed) == pytest.approx([500.0, 500.0])


def test_tokens_per_chunk() -> None:
    table = table_of(request(0, (0.1, 0.2), completion_tokens=6), request(1, (), completion_tokens=3), refused(2))
    assert metrics.tokens_per_chunk(table) == pytest.approx([3.0, NAN, NAN], nan_ok=True)
