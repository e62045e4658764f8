from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from seatrial.report.palette import COLOURS, PHASES, colours, styles


@given(st.lists(st.text(), min_size=1, max_size=40))
def test_a_candidate_looks_the_same_whoever_else_comes_after_it(names: list[str]) -> None:
    whole, first = styles(names), styles(names[: len(names) // 2 + 1])
    assert all(whole[name] == style for name, style in first.items())
    assert colours(names) == {name: style.colour for name, style in whole.items()}


def test_no_two_of_many_candidates_look_alike() -> None:
    looks = list(styles(str(i) for i in range(3 * len(COLOURS))).values())
    assert len({(look.colour, look.shape) for look in looks}) == len(looks)
    assert len({(look.colour, look.dash) for look in looks}) == len(looks)


def lightness(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_phases_can_be_told_apart_in_grey() -> None:
    shades = [lightness(colour) for colour in PHASES]
    assert all((light + 0.05) / (dark + 0.05) > 1.5 for light, dark in zip(shades, shades[1:], strict=False))


def test_the_first_candidates_are_seen_on_light_and_on_dark_ground() -> None:
    white, black = 1.05, lightness("#161616") + 0.05
    for colour in COLOURS[:2]:
        shade = lightness(colour) + 0.05
        assert white / shade > 3
        assert shade / black > 3
