"""Workloads made to fit a server: capped at its context, and said so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from seatrial.domain.traffic import Lengths, Workload

_SPARE_TOKENS = 16  # for end marks and what a template adds around the prompt


class Fitted(NamedTuple):
    workload: Workload
    note: str | None


def fit_to_context(workload: Workload, context_tokens: int | None) -> Fitted:
    """`workload` with its lengths capped so that prompt and answer fit, and the note that says what was capped.

    The longer of the two gives way, since it is the one the workload is about.
    """
    if context_tokens is None or workload.prompts_file is not None or workload.questions is not None:
        return Fitted(workload, None)
    room = context_tokens - _SPARE_TOKENS
    longest_in, longest_out = _longest(workload.input_tokens), _longest(workload.output_tokens)
    if longest_in + longest_out <= room:
        return Fitted(workload, None)
    note = (
        f"{workload.name}: {longest_in} tokens in and {longest_out} out do not fit the context of {context_tokens}"
    )
    if longest_in >= longest_out:
        cap = max(1, room - longest_out)
        fitted = replace(workload, input_tokens=_capped(workload.input_tokens, cap))
        note += f"; input capped at {cap}"
    else:
        cap = max(1, room - longest_in)
        fitted = replace(workload, output_tokens=_capped(workload.output_tokens, cap))
        note += f"; output capped at {cap}"
    if workload.level is not None and workload.group in ("input-tokens", "output-tokens"):
        fitted = replace(fitted, level=float(cap))
    return Fitted(fitted, note)


def _longest(lengths: Lengths) -> int:
    """The longest length to expect: the mean and three deviations, within the bound."""
    longest = round(lengths.mean * (1 + 3 * lengths.cv))
    return longest if lengths.high is None else min(longest, lengths.high)


def _capped(lengths: Lengths, cap: int) -> Lengths:
    high = cap if lengths.high is None else min(cap, lengths.high)
    return replace(lengths, mean=min(lengths.mean, cap), low=min(lengths.low, cap), high=high)


def lengths_to_calibrate(workloads: list[Workload]) -> list[int]:
    """The prompt lengths worth a probe: every fixed length, and the mean of every distribution."""
    made = [w for w in workloads if w.prompts_file is None and w.questions is None]
    return sorted({round(w.input_tokens.mean) for w in made})
