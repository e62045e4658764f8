from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatrial.specfile.lines import key_lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.specfile.lines import Path


CASES: dict[str, tuple[str, Path, int]] = {
    "at the top": ("a = 1\nb = 2", ("b",), 2),
    "in a table": ("[t]\na = 1\n[u]\na = 2", ("u", "a"), 4),
    "in a repeated table": ("[[w]]\na = 1\n[[w]]\na = 2", ("w", 1, "a"), 4),
    "the repeated table itself": ("[[w]]\na = 1\n\n[[w]]\na = 2", ("w", 1), 4),
    "in a table of the latest of a repeated table": ("[[w]]\n[[w]]\n[w.t]\na = 1", ("w", 1, "t", "a"), 4),
    "in nested repeated tables": ("[[w]]\n[[w.x]]\n[[w.x]]\n[[w]]\n[[w.x]]\na = 1", ("w", 1, "x", 0, "a"), 6),
    "in an inline table": ("t = { a = 1, b = 2 }\nc = 1", ("t", "b"), 1),
    "after an inline table": ("t = { a = { b = 1 } }\nc = 1", ("c",), 2),
    "in an array over several lines": ("a = [\n  1,\n  # two\n  2,\n]\nb = 1", ("a", 1), 4),
    "after an array over several lines": ("a = [\n  1,\n  [2,\n3],\n]\nb = 1", ("b",), 6),
    "in inline tables of an array": ("a = [\n{ b = 1 },\n{ b = 2 },\n]", ("a", 1, "b"), 3),
    "a quoted key": ('x = 1\n"a b" = 2', ("a b",), 2),
    "a literal key": ("x = 1\n'a\"b' = 2", ('a"b',), 2),
    "a key with an escape": ('x = 1\n"a\\tb" = 2', ("a\tb",), 2),
    "a key with a dot in quotes": ('x = 1\n"a.b" . c = 2', ("a.b", "c"), 2),
    "a dotted key": ("x = 1\na.b.c = 2", ("a", "b", "c"), 2),
    "the table of a dotted key": ("a.b = 1\na.c = 2", ("a",), 1),
    "a number as a key": ("x = 1\n3.14 = 2", ("3", "14"), 2),
    "a quoted header": ('x = 1\n["a ] b"]\nc = 1', ("a ] b", "c"), 3),
    "after a comment that looks like a key": ("# a = 1\nb = 1 # c = [", ("b",), 2),
    "after a text that looks like a table": ('a = "[t]\\" # no"\nb = 1', ("b",), 2),
    "after a multi-line text": ('a = """\n[[w]]\nb = 1\n"""\nb = 2', ("b",), 5),
    "after a multi-line text with quotes": ('a = """x\\""" ""\n"""""\nb = 2', ("b",), 3),
    "after a multi-line literal": ("a = '''\nb = 1 # \"\n'''\nb = 2", ("b",), 4),
    "after an empty multi-line text": ('a = """"""\nb = 2', ("b",), 2),
    "after a date and a float": ("a = 1979-05-27 07:32:00.5Z\nb = 1.5e3\nc = 1", ("c",), 3),
    "with Windows line ends": ("a = 1\r\n[t]\r\nb = 2\r\n", ("t", "b"), 3),
    "after blank lines": ("\n\n  \n\ta = 1", ("a",), 4),
}


@pytest.mark.parametrize(("text", "path", "line"), CASES.values(), ids=CASES)
def test_the_line_of_a_key(text: str, path: Path, line: int) -> None:
    tomllib.loads(text)
    assert key_lines(text)[path] == line


def _paths(document: Any, path: Path = ()) -> Iterator[Path]:
    yield path
    if isinstance(document, dict):
        for key, value in document.items():
            yield from _paths(value, (*path, key))
    if isinstance(document, list):
        for index, value in enumerate(document):
            yield from _paths(value, (*path, index))


VALUES = st.sampled_from(
    [
        "1",
        "-1.5",
        "true",
        '"a # b"',
        '"""\nx = 1\n[[y]]\n"""',
        "'''\n# ''\n'''",
        "[]",
        "[1, [2],\n # c\n 3]",
        '[{ q = 1 },\n{ "r" = [2] }]',
        "{ i = 1, j = { k = 2 } }",
        "07:32:00",
    ]
)
ENTRIES = st.dictionaries(st.sampled_from(["a", "b-c", '"d e"', "'f.g'", "h.i"]), VALUES, max_size=4)


@given(st.lists(ENTRIES, min_size=1, max_size=4), st.sampled_from(["", "  # a = 1", "\n\n"]))
def test_every_key_of_a_document_has_a_line_and_stands_on_it(tables: list[dict[str, str]], gap: str) -> None:
    text, expected = "", {}
    for index, entries in enumerate(tables):
        text += f"[[table]]{gap}\n"
        for key, value in entries.items():
            path = ("table", index, *_paths_of_key(key))
            expected[path] = text.count("\n") + 1
            text += f"  {key} = {value}{gap}\n"
    lines = key_lines(text)
    assert {path: lines[path] for path in expected} == expected
    assert set(_paths(tomllib.loads(text))) - {()} == set(lines)


def _paths_of_key(key: str) -> Path:
    return ("h", "i") if key == "h.i" else (key.strip("\"'"),)
