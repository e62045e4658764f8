from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from seatrial.domain.traffic import Arrivals, Prefix
from seatrial.specfile import load_spec
from seatrial.specfile.docs import key_table
from seatrial.specfile.kinds import TEXT
from seatrial.specfile.tables import Key

DOCS = Path(__file__).parents[2] / "docs" / "spec.md"
EXAMPLES = re.findall(r"```toml\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("number", range(3))
def test_a_worked_example_loads(number: int) -> None:
    assert load_spec(EXAMPLES[number], "docs/spec.md").workloads


def test_the_worked_examples_mean_what_they_say() -> None:
    office, engines, rush = (load_spec(example) for example in EXAMPLES)
    assert [o.key for o in office.slo.objectives] == ["ttft_p95", "tpot_p95", "success"]
    assert [c.engine for c in engines.candidates] == ["ollama", "vllm"]
    assert {w.group for w in engines.workloads} == {None, "output-tokens", "input-tokens"}
    assert [(w.arrivals, w.prefix) for w in rush.workloads] == [
        (Arrivals.CLOSED, Prefix.UNIQUE),
        (Arrivals.GAMMA, Prefix.UNIQUE),
    ]


def test_the_tables_are_those_of_the_code() -> None:
    check = [sys.executable, "-m", "cogapp", "--check", str(DOCS)]
    result = subprocess.run(check, capture_output=True, text=True, check=False)
    assert result.returncode == 0, f"run: cog -r docs/spec.md\n{result.stdout}{result.stderr}"


def test_a_bar_does_not_break_a_table() -> None:
    table = key_table({"a": Key(TEXT, "x|y", "one or other", '"x"')})
    assert table.splitlines()[-1] == r"| `a` | a text on one line | x\|y | one or other |"
