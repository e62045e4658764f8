from __future__ import annotations

import base64
import hashlib
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.report.page.inline import asset, inert_json, policy, vega_bundle


@given(st.text())
def test_json_in_a_page_means_the_same_and_holds_no_markup(text: str) -> None:
    written = inert_json({text: [text, 1.5, None]})
    assert json.loads(written) == {text: [text, 1.5, None]}
    assert written.isascii()
    assert not set(written) & set("<>&")


def test_what_is_not_a_number_is_refused_and_not_written() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        inert_json([float("nan")])


def test_the_policy_allows_these_texts_and_nothing_else() -> None:
    found = policy(["let a"], ["p {}"])
    digest = base64.b64encode(hashlib.sha256(b"let a").digest()).decode()
    assert f"script-src 'sha256-{digest}';" in found
    assert "default-src 'none'" in found
    assert "unsafe" not in found
    assert "script-src 'none'" in policy([], ["p {}"])


@pytest.mark.parametrize("name", ["page.css", "page.js"])
def test_what_stands_inline_does_not_end_its_element(name: str) -> None:
    assert not re.search(r"</(script|style)|<!--", asset(name), re.IGNORECASE)


def test_the_bundle_does_not_end_its_element_either() -> None:
    bundle = vega_bundle()
    assert not re.search(r"</script|<!--", bundle, re.IGNORECASE)
    assert "window.vegaEmbed" in bundle
    assert len(bundle) < 1_500_000
