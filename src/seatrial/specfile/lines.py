"""On which line each key of a TOML text stands: the one thing tomllib does not say.

The text has been read by tomllib already, so it is known to be TOML and only its shape is followed here: keys,
tables, brackets. A path is what leads to a value in the document tomllib makes, as in `("workloads", 0, "rate")`.
"""

from __future__ import annotations

import re
import tomllib
from collections import deque
from typing import NamedTuple

Path = tuple[str | int, ...]

_TOKEN = re.compile(
    r'''
      (?P<text>  """ (?:\\. | [^\\])*? """ "{0,2}     # up to two quotes may stand before the closing three
               | \'\'\' .*? \'\'\' '{0,2}
               | " (?:\\. | [^"\\\n])* "
               | ' [^'\n]* ' )
    | (?P<skip>  [ \t\r]+ | \#[^\n]* )
    | (?P<mark>  [\[\]{}=,.\n] )
    | (?P<bare>  [^\s\[\]{}=,.#"']+ )
    ''',
    re.VERBOSE | re.DOTALL,
)


class _Token(NamedTuple):
    text: str
    line: int
    is_mark: bool


_Tokens = deque[_Token]


def key_lines(text: str) -> dict[Path, int]:
    """The line (from 1) of each key, table and array element of `text`, which must be valid TOML."""
    tokens = _tokens(text)
    lines: dict[Path, int] = {}
    tables: dict[Path, int] = {}  # arrays of tables -> how many of them so far
    base: Path = ()
    while _skip_newlines(tokens):
        if tokens[0].text == "[":
            base = _header(tokens, lines, tables)
        else:
            _assignment(tokens, base, lines)
    return lines


def _tokens(text: str) -> _Tokens:
    tokens: _Tokens = deque()
    line = 1
    for match in _TOKEN.finditer(text):
        if match.lastgroup != "skip":
            tokens.append(_Token(match[0], line, match.lastgroup == "mark"))
        line += match[0].count("\n")
    return tokens


def _skip_newlines(tokens: _Tokens) -> bool:
    """Whether anything but newlines is left."""
    while tokens and tokens[0].text == "\n":
        tokens.popleft()
    return bool(tokens)


def _header(tokens: _Tokens, lines: dict[Path, int], tables: dict[Path, int]) -> Path:
    """The path of the table that begins here: `[a.b]` or `[[a.b]]`; an array's name leads to its latest table."""
    line = tokens.popleft().line
    is_array = tokens[0].text == "["
    if is_array:
        tokens.popleft()
    path: Path = ()
    keys = _key(tokens, end="]")
    for position, key in enumerate(keys, 1):
        path = (*path, key)
        lines.setdefault(path, line)
        if is_array and position == len(keys):
            tables[path] = tables.get(path, 0) + 1
        if path in tables:
            path = (*path, tables[path] - 1)
    if is_array:
        tokens.popleft()
    lines.setdefault(path, line)
    return path


def _assignment(tokens: _Tokens, base: Path, lines: dict[Path, int]) -> None:
    line = tokens[0].line
    path = base
    for key in _key(tokens, end="="):
        path = (*path, key)
        lines.setdefault(path, line)
    _value(tokens, path, lines)


def _key(tokens: _Tokens, end: str) -> list[str]:
    """The parts of a dotted key, up to and with the mark `end`."""
    parts = []
    while (token := tokens.popleft()).text != end:
        if not token.is_mark:
            parts.append(_unquoted(token.text))
    return parts


def _unquoted(text: str) -> str:
    if text[0] not in "\"'":
        return text
    key: str = tomllib.loads(f"key = {text}")["key"]
    return key


def _value(tokens: _Tokens, path: Path, lines: dict[Path, int]) -> None:
    first = tokens.popleft()
    if first.text == "[":
        _elements(tokens, path, lines)
    elif first.text == "{":
        while _next_item(tokens, end="}"):
            _assignment(tokens, path, lines)
    else:
        while tokens and (not tokens[0].is_mark or tokens[0].text == "."):
            tokens.popleft()


def _elements(tokens: _Tokens, path: Path, lines: dict[Path, int]) -> None:
    index = 0
    while _next_item(tokens, end="]"):
        lines[*path, index] = tokens[0].line
        _value(tokens, (*path, index), lines)
        index += 1


def _next_item(tokens: _Tokens, end: str) -> bool:
    """Whether another item stands before the mark `end`, which is passed if not."""
    while tokens[0].text in {"\n", ","}:
        tokens.popleft()
    if tokens[0].text == end:
        tokens.popleft()
        return False
    return True
