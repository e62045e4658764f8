"""One thing the doctor looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Status = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """`value` is what was found; `advice` what to do, empty when there is nothing to do.

    `warn`: measuring works, but worse or not everything. `fail`: it does not work.
    """

    name: str
    status: Status
    value: str
    advice: str = ""
