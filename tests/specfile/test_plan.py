from __future__ import annotations

import pytest

from seatrial.domain.values import Range
from seatrial.errors import SpecError
from seatrial.specfile import load_plan, load_spec
from tests.specfile.examples import MINIMAL

PLAN = """
[plan]
engine = "vllm"
replicas = 2

[plan.predicted]
tpot_s = { value = 0.055, low = 0.045, high = 0.068 }
"""

# what is wrong, (text replaced, by what), what the message says, what the hint says
FAULTS = {
    "unknown key": (("engine =", "engin ="), "line 5: engin is not a key of [plan]", '"engine"'),
    "half a replica": (("= 2", "= 0.5"), "line 6: replicas is 0.5; expected a whole number", "replicas = 3"),
    "prediction without value": (("value", "valu"), "line 9: valu is not a key of a prediction", '"value"'),
    "no middle": (("value = 0.055, ", ""), "line 9: tpot_s needs value", "value = 0.055"),
    "middle outside": (("0.055", "0.07"), "line 9: tpot_s does not have its value between low and high", ""),
    "a number for a prediction": (("{ value = 0.055, low = 0.045, high = 0.068 }", "1"), "line 9: tpot_s is 1", ""),
}  # fmt: skip


def test_a_run_takes_a_plan_for_nothing() -> None:
    assert load_spec(MINIMAL + PLAN) == load_spec(MINIMAL)


def test_a_plan_is_read_for_itself() -> None:
    found = load_plan(PLAN)
    assert found == {"engine": "vllm", "replicas": 2, "predicted": {"tpot_s": Range(0.055, 0.045, 0.068)}}
    assert load_plan(MINIMAL) == {}


@pytest.mark.parametrize(("edit", "message", "hint"), FAULTS.values(), ids=FAULTS)
def test_a_fault_in_a_plan_is_told_by_a_run_too(edit: tuple[str, str], message: str, hint: str) -> None:
    text = MINIMAL + PLAN.replace(*edit)
    for read in (load_spec, load_plan):
        with pytest.raises(SpecError) as caught:
            read(text)
        assert message in caught.value.message
        assert hint in caught.value.hint
