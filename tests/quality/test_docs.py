from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from seatrial.quality.checks import CHECKS
from seatrial.quality.docs import checks_table, kinds_table
from seatrial.quality.items import OPTIONAL, REQUIRED, read_items
from seatrial.quality.sets import builtin_set

DOCS = Path(__file__).parents[2] / "docs" / "quality.md"
TEXT = DOCS.read_text("utf-8")


def test_the_tables_are_those_of_the_code() -> None:
    check = [sys.executable, "-m", "cogapp", "--check", str(DOCS)]
    result = subprocess.run(check, capture_output=True, text=True, check=False)
    assert result.returncode == 0, f"run: cog -r docs/quality.md\n{result.stdout}{result.stderr}"


def test_the_tables_leave_nothing_out() -> None:
    table = kinds_table()
    assert all(f"| {kind} |" in table for kind in {item.kind for item in builtin_set().items})
    assert all(f"| `{name}` |" in checks_table() for name in CHECKS)
    assert all(f"| `{field}` |" in TEXT for field in (*REQUIRED, *OPTIONAL))


def test_the_examples_are_questions() -> None:
    lines = re.findall(r"^    (\{.*\})$", TEXT, re.MULTILINE)
    assert len(read_items("docs.jsonl", "\n".join(lines))) == 2
    assert f"With {len(builtin_set().items)} questions" in TEXT
