"""Servers here are functions from words to a count; the real ones are tried in tests/engines and tests/real."""

from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.prompts.calibrate import LONG_TOKENS, PROBES_PER_LENGTH, Calibration, calibration, fits
from seatrial.prompts.make import Messages, make_prompt

Server = Callable[[str], int | None]


def calibrate(server: Server, lengths: Iterable[int], seed: int = 1) -> tuple[Calibration, list[str]]:
    """The result, and every probe that was asked for."""
    asked: list[str] = []
    probing = calibration(lengths, seed)
    messages: Messages = next(probing)
    while True:
        asked.append(messages[0][1])
        try:
            messages = probing.send(server(asked[-1]))
        except StopIteration as done:
            return done.value, asked


def one_token_per_word(overhead: int) -> Server:
    return lambda prompt: overhead + len(prompt.split())


def letters(prompt: str) -> int:
    """A vocabulary of single letters: words differ much in tokens."""
    return 10 + len(prompt)


@given(st.integers(0, 200), st.lists(st.integers(1, 5000), min_size=1, max_size=6))
def test_a_regular_server_is_met_exactly(overhead: int, lengths: list[int]) -> None:
    found, asked = calibrate(one_token_per_word(overhead), lengths)
    possible = [length for length in lengths if length > overhead]
    assert all(found.achieved[length] == length for length in possible)
    assert found.exact == all(fits(length, found.achieved[length]) for length in lengths)
    assert found.overhead_tokens == pytest.approx(overhead, abs=1e-6)
    assert len(asked) <= 2 + 2 * len(set(lengths))


@given(st.floats(0.5, 8.0), st.integers(0, 60), st.sampled_from([256, 512, 2048, 8192]))
def test_any_straight_line_is_found(per_word: float, overhead: int, length: int) -> None:
    found, _ = calibrate(lambda prompt: overhead + round(per_word * len(prompt.split())), [length])
    assert abs(found.achieved[length] - length) <= max(2, 0.02 * length, per_word)


def test_long_lengths_cost_one_probe_each() -> None:
    _, asked = calibrate(one_token_per_word(30), [LONG_TOKENS, 4096, 16384])
    assert len(asked) == 2 + 3


def test_each_probe_is_another_prompt() -> None:
    _, asked = calibrate(one_token_per_word(30), [64, 128, 256])
    assert len({prompt.split()[0] for prompt in asked}) == len(asked)


def test_words_of_many_tokens_are_tried_again_until_they_fit() -> None:
    found, asked = calibrate(letters, [256, 1024, 4096])
    assert len(asked) <= 2 + 3 * PROBES_PER_LENGTH
    for length in (1024, 4096):
        counts = [letters(make_prompt(9, 0, k, found.words_for(length))[0][1]) for k in range(20)]
        assert sum(counts) / len(counts) == pytest.approx(length, rel=0.05)


def test_lengths_never_asked_for_follow_the_line() -> None:
    found, _ = calibrate(one_token_per_word(30), [256])
    assert (found.words_for(100), found.words_for(1000), found.words_for(3)) == (70, 970, 1)


def test_shorter_than_the_template_is_said() -> None:
    found, _ = calibrate(one_token_per_word(40), [16, 128])
    assert found.achieved == {16: 41, 128: 128}
    assert found.words[16] == 1
    assert not found.exact
    assert found.notes == ("16 input tokens cannot be had: the shortest prompt with its chat template counts 41",)


def test_a_server_that_cuts_prompts_is_found_out() -> None:
    found, asked = calibrate(lambda prompt: min(2050, 30 + len(prompt.split())), [512, 5000, 9000])
    assert found.achieved == {512: 512, 5000: 2050}
    assert not found.exact
    assert "5000 tokens were cut" in found.notes[0]
    assert len(asked) == 2 + 2 + 1


@pytest.mark.parametrize("server", [lambda _: None, lambda _: 0, lambda _: 77])
def test_a_server_that_does_not_count(server: Server) -> None:
    found, asked = calibrate(server, [64])
    assert (found.source, found.achieved, found.exact) == (None, {}, False)
    assert found.words_for(64) == 64
    assert "does not count" in found.notes[0]
    assert len(asked) == 2


def test_a_server_that_stops_counting() -> None:
    found, _ = calibrate(lambda prompt: len(prompt.split()) if len(prompt.split()) < 200 else None, [128, 512])
    assert found.achieved == {128: 128}
    assert not found.exact
