import subprocess
import sys

from hypothesis import given, settings
from hypothesis import strategies as st

from seatrial.domain.traffic import Prefix
from seatrial.prompts.calibrate import Calibration, Line
from seatrial.prompts.make import CODE_WORDS, INSTRUCTION, MAX_SERIES, PromptMaker, make_prompt
from seatrial.prompts.words import WORDS

SEEDS = st.integers(0, 2**63)
LENGTHS = st.integers(1, 200)


def words_of(seed: int, series: int, index: int, words: int, prefix: Prefix = Prefix.UNIQUE) -> list[str]:
    ((role, content),) = make_prompt(seed, series, index, words, prefix=prefix)
    assert role == "user"
    return content.split(" ")


def test_the_words_are_distinct_and_plain() -> None:
    assert len(WORDS) == len(set(WORDS)) == 400
    assert all(word.isascii() and word.isalpha() and word.islower() for word in WORDS)


@given(SEEDS, st.integers(0, MAX_SERIES), st.integers(0, 2**32 - 1), LENGTHS, st.sampled_from(Prefix))
def test_a_prompt_has_as_many_words_as_asked(
    seed: int, series: int, index: int, words: int, prefix: Prefix
) -> None:
    assert len(words_of(seed, series, index, words, prefix)) == words


@given(SEEDS, st.integers(0, 2**32 - 400), st.integers(1, 399))
def test_neighbours_differ_in_the_first_word(seed: int, index: int, step: int) -> None:
    assert words_of(seed, 0, index, 20)[0] != words_of(seed, 0, index + step, 20)[0]


@given(
    SEEDS,
    st.tuples(st.integers(0, MAX_SERIES), st.integers(0, 2**32 - 1)),
    st.tuples(st.integers(0, MAX_SERIES), st.integers(0, 2**32 - 1)),
)
def test_no_two_requests_of_a_run_share_their_first_words(
    seed: int, one: tuple[int, int], other: tuple[int, int]
) -> None:
    same = words_of(seed, *one, 30)[:CODE_WORDS] == words_of(seed, *other, 30)[:CODE_WORDS]
    assert same == (one == other)


def test_shared_prompts_differ_only_at_their_end() -> None:
    one, other = (words_of(1, 0, index, 100, Prefix.SHARED) for index in (0, 1))
    tail = CODE_WORDS + len(INSTRUCTION)
    assert one != other
    assert one[:-tail] == other[:-tail]


@given(SEEDS, LENGTHS)
def test_long_enough_prompts_end_in_an_instruction(seed: int, words: int) -> None:
    written = words_of(seed, 0, 0, words)
    assert (written[-len(INSTRUCTION) :] == list(INSTRUCTION)) == (words >= 2 * len(INSTRUCTION))


def test_another_process_makes_the_same_prompts() -> None:
    code = "from seatrial.prompts.make import make_prompt; print(make_prompt(3, 2, 1, 50)[0][1])"
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert other.strip() == make_prompt(3, 2, 1, 50)[0][1]


def test_prompts_stay_the_same_over_releases() -> None:
    """Runs of one seed can be compared over years only if this text never changes."""
    assert make_prompt(1, 0, 0, 12)[0][1] == "change equal large star friend success false seed Write a long story"


@settings(max_examples=20)
@given(st.integers(31, 500))
def test_the_maker_takes_its_length_from_the_calibration(tokens: int) -> None:
    maker = PromptMaker(1, Calibration(Line(30.0, 1.0)))
    assert len(maker.messages(0, tokens)[0][1].split()) == tokens - 30


def test_another_nonce_keeps_the_words_but_not_the_code_in_front() -> None:
    """A second run of one seed asks the same, and still finds nothing of it in a prefix cache."""
    calibration = Calibration(Line(0.0, 1.0))
    first, second = (PromptMaker(1, calibration, nonce=nonce).messages(0, 60)[0][1].split() for nonce in "ab")
    assert first[:CODE_WORDS] != second[:CODE_WORDS]
    assert first[CODE_WORDS:] == second[CODE_WORDS:]
