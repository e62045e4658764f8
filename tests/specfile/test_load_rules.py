from __future__ import annotations

from itertools import combinations

import pytest

from seatrial.domain.traffic import Arrivals, Workload
from seatrial.errors import SpecError
from seatrial.specfile import load_spec, read_spec
from seatrial.specfile.load_rules import FITS, LOAD_KEYS, PAIRS, USES
from seatrial.specfile.tables import FaultError

VALUES: dict[str, object] = {
    "requests": 5,
    "duration": "3s",
    "concurrency": 4,
    "rate": 2.0,
    "cv": 2,
    "stages": [{"from": 1, "to": 2, "over": "1s"}],
    "batches": [1, 2],
}
CANDIDATES = [{"endpoint": "http://h:1"}]


def _read(keys: tuple[str, ...], arrivals: str | None) -> Workload | FaultError:
    table = {key: VALUES[key] for key in keys} | ({} if arrivals is None else {"arrivals": str(arrivals)})
    try:
        return read_spec({"candidates": CANDIDATES, "workloads": [table]}).workloads[0]
    except FaultError as fault:
        return fault


@pytest.mark.parametrize("arrivals", [None, *Arrivals])
def test_any_keys_make_one_clear_load_or_are_refused(arrivals: str | None) -> None:
    """All 128 choices of keys: what is accepted has one extent and means every key that was given."""
    choices = [keys for count in range(len(LOAD_KEYS) + 1) for keys in combinations(LOAD_KEYS, count)]
    found = {keys: _read(keys, arrivals) for keys in choices}
    workloads = {keys: workload for keys, workload in found.items() if isinstance(workload, Workload)}
    assert workloads
    for keys, w in workloads.items():
        extents = (w.requests, w.duration_s, w.stages or None, w.batches or None)
        assert sum(extent is not None for extent in extents) == 1, keys
        fields = (w.requests, w.duration_s, w.concurrency, w.rate_per_s, w.cv, w.stages, w.batches)
        assert all(meant for key, meant in zip(LOAD_KEYS, fields, strict=True) if key in keys), keys
        assert w.is_open or w.rate_per_s is None, keys
        assert not w.is_open or w.rate_per_s or w.stages, keys
        assert (w.arrivals is Arrivals.GAMMA) == (w.cv is not None), keys
        assert arrivals is None or w.arrivals is arrivals
    for keys, fault in found.items():
        if isinstance(fault, FaultError):
            assert fault.path[2] in {*keys, "arrivals"}
            assert fault.other is not None or "default" in fault.problem


def test_the_rules_speak_of_every_key_and_every_kind_of_arrivals() -> None:
    assert set(LOAD_KEYS) == set(FITS) == set(VALUES) == frozenset().union(*USES.values())
    assert set(USES) == set(Arrivals)


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        (
            'arrivals = "closed"\nrate = 4',
            "line 5: rate cannot be used with closed arrivals, set by arrivals (line 4)",
        ),
        ("batches = [1]\nrate = 4", "line 5: rate cannot be used with batches arrivals, set by batches (line 4)"),
        ('requests = 4\nduration = "5s"', "line 5: duration cannot be used together with requests (line 4)"),
        ('arrivals = "gamma"\nrate = 4', 'line 4: arrivals "gamma" needs cv'),
        ('arrivals = "poisson"', 'line 4: arrivals "poisson" needs rate'),
        ('arrivals = "batches"', 'line 4: arrivals "batches" needs batches'),
        ("cv = 2", "line 4: cv needs rate"),
        (
            'concurrency = 2\nstages = [{ from = 1, to = 2, over = "1s" }]',
            "line 5: stages cannot be used together with concurrency (line 4)",
        ),
        (
            'requests = 2\nstages = [{ from = 1, to = 2, over = "1s" }]',
            "line 5: stages cannot be used together with requests (line 4)",
        ),
        (
            'arrivals = "all-at-once"\nconcurrency = 3',
            "line 5: concurrency cannot be used with all-at-once arrivals, set by arrivals (line 4)",
        ),
        ('prompts = "p"\nprefix = "shared"', "line 4: prompts cannot be used together with prefix (line 5)"),
    ],
)
def test_a_contradiction_names_both_keys(keys: str, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        load_spec(f'[[candidates]]\nendpoint = "http://h:1"\n[[workloads]]\n{keys}')
    assert caught.value.message == f"spec, {message}"
    assert caught.value.hint


def test_every_pair_says_why() -> None:
    assert all(pair.why and pair.arrivals for pair in PAIRS)
