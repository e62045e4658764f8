"""Answers made comparable: without reasoning, fences and emphasis, in one spelling."""

from __future__ import annotations

import re
import unicodedata

# What is graded of an answer. A server may send megabytes; no question here asks for a hundredth of this.
LONGEST_GRADED = 40_000
SHOWN = 60

_THOUGHT = re.compile(r"(</?(?:think(?:ing)?|thought|reasoning)>)", re.IGNORECASE)
_FENCED = re.compile(r"```[^\n`]*\n(.*?)\n?```", re.DOTALL)
_EMPHASIS = re.compile(r"\*\*|__|[*`~]|^#+ ", re.MULTILINE)
_BOXED = re.compile(r"\\boxed\{([^{}]*)\}")
_LATEX_TEXT = re.compile(r"\\(?:text|textbf|mathrm|mathbf|operatorname)\s?\{([^{}]*)\}")
_LATEX_FRACTION = re.compile(r"\\[dt]?frac\s?\{\s?(\d+)\s?\}\{\s?(\d+)\s?\}")
_LATEX_SPACE = re.compile(r"\\[,!;: ]|\\quad\b")
_MOST_MARKS = 50

# "The answer is 42", "Antwort: 42", "#### 42": what stands behind the last such mark is the result.
_MARK = re.compile(
    r"(?:####"
    r"|\b(?:label|category|sentiment|kategorie|catégorie|categoría)\s*[:=\uff1a]"
    r"|\b(?:answer|result|output|antwort|ergebnis|réponse|resultado|respuesta|risposta|resposta|antwoord|odpowiedź"
    r"|svar|cevap|ответ)(?: to (?:the|this|your) (?:question|problem))?"
    r"(?:\s*[:=\uff1a]|\s(?:is|ist|lautet|est|es|é|è|är)\b\s*[:=]?)"
    r"|(?:答案|答え|回答)\s*(?:[は是]|[:\uff1a]))"
    r"\s*",
    re.IGNORECASE,
)

# fmt: off
_ARTICLES = frozenset((
    "a", "an", "the", "der", "die", "das", "ein", "eine", "le", "la", "les", "l", "un", "une", "el", "los", "las",
    "il", "lo", "gli", "i", "una", "o", "os", "um", "uma", "het", "de", "een",
))
# fmt: on


def visible(text: str) -> str:
    """The answer itself: without finished or unfinished reasoning, the fence around all of it, outer space."""
    text = _without_thoughts(text).strip()[:LONGEST_GRADED].strip()
    fenced = _FENCED.fullmatch(text)
    return fenced.group(1).strip() if fenced else text


def _without_thoughts(text: str) -> str:
    kept: list[str] = []
    thinks = False
    for part in _THOUGHT.split(text):
        if _THOUGHT.fullmatch(part):
            begins = not part.startswith("</")
            if not begins and not thinks:
                kept = []  # the template had begun the thought, so that only its end was sent
            thinks = begins
        elif not thinks:
            kept.append(part)
    return " ".join(kept)


def fenced_blocks(text: str) -> list[str]:
    return [block.strip() for block in _FENCED.findall(text)]


def plain(text: str) -> str:
    """`text` in Unicode's compatible form, without Markdown's emphasis and LaTeX's dress; lines stay."""
    text = unicodedata.normalize("NFKC", text)[:LONGEST_GRADED].replace("{,}", ",")
    if "\\" in text:
        text = _LATEX_FRACTION.sub(r"\1/\2", _LATEX_SPACE.sub(" ", _LATEX_TEXT.sub(r"\1", text)))
    return _EMPHASIS.sub("", text).strip()


def final_answer(answer: str) -> str | None:
    r"""What the answer itself marks as its result: the last `\boxed{}`, else the line behind the last mark."""
    marked = marked_answers(answer)
    return marked[-1] if marked else None


def marked_answers(answer: str) -> list[str]:
    """All that is marked so, in order; boxes count before words."""
    text = plain(answer)
    boxes = [str(boxed).strip() for boxed in _BOXED.findall(text)]
    ends = [match.end() for match in _MARK.finditer(text)][-_MOST_MARKS:]
    lines = [text[end : _end_of_line(text, end)].strip() for end in ends]
    return boxes or [line for line in lines if line]


def _end_of_line(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def behind_the_mark(answer: str, which: int = -1) -> str | None:
    """All that follows the last mark, or mark number `which`; None without one, or where nothing does."""
    text = plain(answer)
    ends = [match.end() for match in _MARK.finditer(text)]
    return (text[ends[which] :].strip() or None) if ends else None


def set_apart(answer: str) -> list[str]:
    """All that may be meant as the result: all of it, what it marks, all behind the last mark, its only fence."""
    behind, blocks = behind_the_mark(answer), fenced_blocks(answer)
    marked = final_answer(answer)
    found = [said for said in (answer, marked, behind) if said is not None]
    return [*found, *blocks] if len(blocks) == 1 else found


def normalised(text: str) -> str:
    """Words in lower case and single spaces: no punctuation, no accents on Latin letters, no leading article.

    A point within a number and a minus before one stay.
    """
    text = _without_accents(plain(text).casefold().replace("\x00", " ").replace("\x01", " "))
    text = re.sub(r"(?<=\d)[.,](?=\d)", ".", text)
    text = re.sub(r"(?<![\w.])[-\u2212](?=\d)", "\x00", text)
    text = re.sub(r"(?<=\d)\.(?=\d)", "\x01", text)
    text = re.sub(r"[^\w\x00\x01]+|_+", " ", text).replace("\x00", "-").replace("\x01", ".")
    words = text.split()
    first = next((n for n, word in enumerate(words[:-1]) if word not in _ARTICLES), len(words) - 1)
    return " ".join(words[max(first, 0) :])


def _without_accents(text: str) -> str:
    """Of Latin letters only: elsewhere (Japanese, Cyrillic) marks make other letters."""
    kept = []
    for char in text:
        base = unicodedata.normalize("NFD", char)
        kept.append(base[0] if len(base) > 1 and "a" <= base[0] <= "z" else char)
    return "".join(kept).replace("ł", "l").replace("ø", "o")


def holds(text: str, phrase: str) -> bool:
    """Whether the words of `phrase` stand in `text` one after the other; both normalised.

    Scripts that write no spaces are searched as they are.
    """
    if not phrase:
        return False
    if not phrase.isascii() and not any(char.isascii() and char.isalnum() for char in phrase):
        return phrase in text if _has_no_spaces(phrase) else f" {phrase} " in f" {text} "
    return f" {phrase} " in f" {text} "


def _has_no_spaces(phrase: str) -> bool:
    return any("\u3040" <= char <= "\u9fff" or "\uac00" <= char <= "\ud7a3" for char in phrase)


def shown(text: str) -> str:
    """A piece of an answer for a sentence: on one line, cut short, without half characters."""
    line = " ".join(text[: 20 * SHOWN].encode("utf-8", "replace").decode().split())
    return line if len(line) <= SHOWN else f"{line[:SHOWN]}..."
