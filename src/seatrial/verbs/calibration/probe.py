"""The built-in probe: at most twelve requests, chosen so that what they cost can be told apart.

    short and long prompts, one user    a prompt's fixed part, its tokens, and the attention among them
    their answers                       a step of one sequence, with little and with much in its cache
    2 users, 4 users                    what each further sequence adds, and who waits for whose prompt

With the warm-up they are twelve; where 512 prompt tokens take a few seconds, they take well under two minutes.
Requests that take longer than `TIMEOUT_S` are given up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from seatrial.domain.traffic import Lengths, Workload
from seatrial.domain.trial import Spec

if TYPE_CHECKING:
    from seatrial.domain.trial import Candidate

TIMEOUT_S = 60.0
ROWS = (  # input tokens, output tokens, users, requests
    (64, 96, 1, 2),
    (512, 64, 1, 2),
    (192, 96, 2, 2),
    (320, 64, 4, 4),
    (640, 32, 1, 1),
)


def probe_spec(candidate: Candidate, *, seed: int = 1) -> Spec:
    """What the probe asks of `candidate`."""
    return Spec(candidates=(candidate,), workloads=tuple(_workload(*row) for row in ROWS), seed=seed, name="probe")


def _workload(input_tokens: int, output_tokens: int, users: int, requests: int) -> Workload:
    return Workload(
        name=f"probe-{input_tokens}-{output_tokens}-{users}",
        requests=requests,
        concurrency=users,
        input_tokens=Lengths(input_tokens),
        output_tokens=Lengths(output_tokens),
        timeout_s=TIMEOUT_S,
    )
