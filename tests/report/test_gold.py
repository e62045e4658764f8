"""Reports compared with files that a person has looked at.

`make update-gold` writes them anew; look at the difference before you commit it.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from seatrial.report.document import run_document
from seatrial.report.layout import build_view
from seatrial.report.markdown import render_markdown
from seatrial.report.text import render_text
from tests.report.runs import RUNS

GOLD = Path(__file__).parent.parent / "gold"
FORMS = {
    "txt": lambda run: render_text(build_view(run)),
    "ansi.txt": lambda run: render_text(build_view(run), styled=True),
    "md": lambda run: render_markdown(build_view(run)),
    "json": lambda run: json.dumps(run_document(run), indent=1, allow_nan=False) + "\n",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", RUNS)
def test_report_is_the_gold_one(name: str, form: str) -> None:
    path = GOLD / f"report_{name}.{form}"
    text = FORMS[form](RUNS[name]())
    if os.environ.get("SEATRIAL_UPDATE_GOLD"):
        path.write_text(text, "utf-8")
    assert text == path.read_text("utf-8")
