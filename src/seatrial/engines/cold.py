"""Cold starts of processes: when were connections accepted, and when was the engine ready.

A restart is watched from the outside while it happens: an accepted connection counts only after one was refused,
for until then it is the old server that accepts.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import time
from typing import TYPE_CHECKING, BinaryIO

from seatrial.domain.sample import ColdPhases
from seatrial.errors import ColdNotPossible, EngineFailed
from seatrial.units import NS_PER_S, ns

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatrial.engines.address import Address

ACCEPT_POLL_S = 0.005
READY_POLL_S = 0.02
CONNECT_TIMEOUT_S = 0.25
LAST_LINES = 8
_READY_HINT = "look at its log, or give it longer: ready_timeout"
_RETURN_HINT = "it must return once the server is starting: end it with & or use a service manager"


def accepts(address: Address) -> bool | None:
    """Whether a TCP connection is accepted just now; None when nothing came back, as from a server too busy to."""
    try:
        socket.create_connection((address.host, address.port), timeout=CONNECT_TIMEOUT_S).close()
    except TimeoutError:
        return None
    except OSError:
        return False
    return True


def wait_until(condition: Callable[[], bool | None], poll_s: float, deadline_ns: int) -> int:
    """perf_counter_ns when `condition` was first seen true. Raises TimeoutError when the deadline passes first."""
    while True:
        if condition():
            return time.perf_counter_ns()
        if time.perf_counter_ns() > deadline_ns:
            raise TimeoutError
        time.sleep(poll_s)


def cold_by_command(
    command: str, address: Address, is_ready: Callable[[], bool], timeout_s: float, *, own_ready: bool
) -> ColdPhases:
    """Runs the user's command and watches the server go down and come back; seconds count from its start.

    The command must return and leave a server behind that is starting afresh. Raises ColdNotPossible when it fails,
    or when the server never went away (with `own_ready` the user's own check vouches for it), and EngineFailed
    when the server is not ready in time.
    """
    start_ns = time.perf_counter_ns()
    deadline_ns = start_ns + ns(timeout_s)
    refused, accept_ns = _run_watched(command, address, deadline_ns)
    try:
        if refused and accept_ns is None:
            accept_ns = wait_until(lambda: accepts(address), ACCEPT_POLL_S, deadline_ns)
        stayed_up = not refused and is_ready()
        if stayed_up and not own_ready:
            raise ColdNotPossible(
                f"{address.place} never went away while cold_command ran",
                "the command must stop the server, or name in `ready` how to tell that it is cold",
            )
        ready_ns = wait_until(is_ready, READY_POLL_S, deadline_ns)
    except TimeoutError:
        raise EngineFailed(
            f"{address.place} is not ready {timeout_s:.0f} s after cold_command", _READY_HINT
        ) from None
    how = "cold_command (the server was not seen down)" if stayed_up else "cold_command, server seen down"
    return ColdPhases(how, start_ns, _since(start_ns, accept_ns), _since(start_ns, ready_ns))


def command_succeeds(command: str, timeout_s: float) -> bool:
    """Whether a shell command ends with exit code 0 in time."""
    try:
        return subprocess.run(  # noqa: S602  the user's own command line
            command,
            shell=True,
            timeout=timeout_s,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ).returncode == 0  # fmt: skip
    except subprocess.TimeoutExpired:
        return False


def _run_watched(command: str, address: Address, deadline_ns: int) -> tuple[bool, int | None]:
    """Runs `command` to its end: (was a connection refused meanwhile, when one was next accepted).

    Its output goes to a file, not a pipe: a server it leaves behind would hold a pipe open for ever.
    """
    refused, accept_ns = False, None
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(  # noqa: S602  the user's own command line
            command,
            shell=True,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C here must not reach the server it leaves behind
        )
        while process.poll() is None:
            if time.perf_counter_ns() > deadline_ns:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                raise ColdNotPossible("cold_command did not return in time", _RETURN_HINT)
            accepted = accepts(address)
            if accepted is False:
                refused, accept_ns = True, None
            elif accepted and refused and accept_ns is None:
                accept_ns = time.perf_counter_ns()
            time.sleep(ACCEPT_POLL_S)
        if process.returncode != 0:
            raise ColdNotPossible(f"cold_command failed with exit code {process.returncode}: {last_lines(output)}")
    return refused or accepts(address) is False, accept_ns


def last_lines(file: BinaryIO) -> str:
    """The end of a log, for a message; says so when there is nothing."""
    file.seek(0)
    lines = file.read().decode("utf-8", "replace").strip().splitlines()
    return "\n".join(lines[-LAST_LINES:]) or "(it wrote nothing)"


def _since(start_ns: int, moment_ns: int | None) -> float | None:
    return None if moment_ns is None else (moment_ns - start_ns) / NS_PER_S
