"""Proposals compared with files that a person has looked at; `make update-gold` writes them anew."""

from __future__ import annotations

import json
import os
from collections.abc import Callable

import pytest

from seatrial.domain.plan import Proposal
from seatrial.report.plan.document import proposal_document
from seatrial.report.plan.markdown import proposal_markdown
from seatrial.report.plan.text import proposal_text
from seatrial.report.plan.toml import plan_toml
from tests.report.plan.proposals import PROPOSALS
from tests.report.test_gold import GOLD

FORMS: dict[str, Callable[[Proposal], str]] = {
    "txt": proposal_text,
    "ansi.txt": lambda proposal: proposal_text(proposal, styled=True),
    "md": proposal_markdown,
    "json": lambda proposal: json.dumps(proposal_document(proposal), indent=1, allow_nan=False) + "\n",
    "toml": lambda proposal: plan_toml(proposal) if proposal.plans else "",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", PROPOSALS)
def test_proposal_is_the_gold_one(name: str, form: str) -> None:
    path = GOLD / f"plan_{name}.{form}"
    text = FORMS[form](PROPOSALS[name]())
    if os.environ.get("SEATRIAL_UPDATE_GOLD") and text:
        path.write_text(text, "utf-8")
    assert text == (path.read_text("utf-8") if text else "")
