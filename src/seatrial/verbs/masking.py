"""What an engine says of itself, and what goes wrong with it, without the key it was sent."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from seatrial.errors import SeatrialError
from seatrial.wire.masking import masked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from seatrial.domain.target import EngineInfo
    from seatrial.domain.trial import Candidate

    Mask = Callable[[str], str]


def mask_for(candidate: Candidate) -> Mask:
    """Masks the key of `candidate` in a text."""
    return partial(masked, key=os.environ.get(candidate.api_key_env or "", "").strip())


@contextmanager
def errors_masked(mask: Mask) -> Iterator[None]:
    """A SeatrialError raised inside comes out masked."""
    try:
        yield
    except SeatrialError as error:
        error.message, error.hint = mask(error.message), mask(error.hint)
        error.args = (error.message,)
        raise


def info_masked(info: EngineInfo, mask: Mask) -> EngineInfo:
    return replace(
        info,
        version=None if info.version is None else mask(info.version),
        models=tuple(map(mask, info.models)),
        details={name: mask(fact) for name, fact in info.details.items()},
    )
