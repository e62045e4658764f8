from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.wire.masking import MASK, key_in, masked

KEY = "sk-planted-1234567890"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"bad key {KEY}.", f"bad key {MASK}."),
        (f"{KEY}{KEY}", MASK + MASK),
        (f"cut: {KEY[:13]}", f"cut: {MASK}"),
        (f"'{KEY[:9]}...'", f"'{MASK}...'"),
        ("sk-plan is a beginning that gives nothing away", "sk-plan is a beginning that gives nothing away"),
        ("", ""),
    ],
)
def test_a_key_and_its_beginnings_are_masked(text: str, shown: str) -> None:
    assert masked(text, KEY) == shown


@given(before=st.text(), after=st.text(), key=st.text(st.characters(codec="ascii"), min_size=8), cut=st.integers(8))
def test_no_text_keeps_the_beginning_of_a_key(before: str, after: str, key: str, cut: int) -> None:
    shown = masked(f"{before}{key[:cut]}{after}", key)
    assert MASK in shown
    assert key[:8] not in shown.replace(MASK, "\n\n")


@given(st.text())
def test_what_is_too_short_to_be_a_secret_is_left(text: str) -> None:
    assert masked(text, "a") == masked(text, "") == text


@pytest.mark.parametrize(
    ("headers", "key"),
    [
        ([("X-Team", "a"), ("Authorization", f"Bearer {KEY}")], KEY),
        ([("authorization", KEY)], KEY),
        ([("X-Team", "a")], ""),
        ([], ""),
    ],
)
def test_the_key_is_found_in_the_headers(headers: list[tuple[str, str]], key: str) -> None:
    assert key_in(headers) == key
