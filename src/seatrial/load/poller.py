"""Waiting for sockets with sub-millisecond deadlines: epoll where there is one, else the platform's selector.

epoll_wait counts whole milliseconds, which would make every send up to 1 ms late. An epoll file descriptor can
itself be waited for by select(), which counts microseconds: that is the trick here.
"""

from __future__ import annotations

import select
import selectors
from typing import Protocol

READ, WRITE = 1, 4  # the values of EPOLLIN and EPOLLOUT
URGENT = 1 << 30  # with READ: served before others, and looked at again after every few of them
_WHOLE_MS = 2e-3  # epoll_wait rounds up to whole milliseconds: leave the last ones to select()
_SWEEP = 32  # ordinary sockets served between two looks at the urgent ones


class Poller(Protocol):
    def set(self, fd: int, interest: int, before: int) -> None:
        """Watches `fd` for `interest` (READ, WRITE, URGENT or-ed); `before` is what it was watched for, or 0."""
        ...

    def drop(self, fd: int, before: int) -> None: ...

    def wait(self, timeout_s: float) -> list[tuple[int, int]]:
        """(fd, mask) of what is ready, at the latest after `timeout_s`.

        A mask beyond READ and WRITE is an error or hang-up, which the next read or write of the socket will name.
        """
        ...

    def rest(self, timeout_s: float) -> None:
        """Lets reads gather for `timeout_s`, or until an urgent socket is ready.

        One wake-up for many reads costs less than one for each; the kernel has stamped them when they came.
        """
        ...

    def close(self) -> None: ...


class EpollPoller:
    """Two epoll sets: a stream whose first token is still to come must not queue behind a thousand that flow.

    The kernel stamps what it receives, but merges what waits: the stamp of a first token that lies unread until the
    second arrives is lost. So urgent sockets are looked at after every `_SWEEP` ordinary ones.
    """

    def __init__(self) -> None:
        self._urgent, self._ordinary, self._both = select.epoll(), select.epoll(), select.epoll()
        self._urgent_fd, self._both_fd = self._urgent.fileno(), self._both.fileno()
        self._both.register(self._urgent_fd, READ)
        self._both.register(self._ordinary.fileno(), READ)

    def set(self, fd: int, interest: int, before: int) -> None:
        epoll = self._of(interest)
        if before and self._of(before) is epoll:
            epoll.modify(fd, interest & ~URGENT)
            return
        if before:
            self._of(before).unregister(fd)
        epoll.register(fd, interest & ~URGENT)

    def drop(self, fd: int, before: int) -> None:
        self._of(before).unregister(fd)

    def _of(self, interest: int) -> select.epoll:
        return self._urgent if interest & URGENT else self._ordinary

    def wait(self, timeout_s: float) -> list[tuple[int, int]]:
        if timeout_s >= _WHOLE_MS:
            sets = self._both.poll(timeout_s - _WHOLE_MS)
        else:
            sets = self._both.poll(0)
            if not sets and timeout_s > 0:
                select.select([self._both_fd], [], [], timeout_s)
                sets = self._both.poll(0)
        ready: list[tuple[int, int]] = []
        for fd, _ in sets:
            ready += self._urgent.poll(0) if fd == self._urgent_fd else self._ordinary.poll(0, _SWEEP)
        return ready

    def rest(self, timeout_s: float) -> None:
        if timeout_s > 0:
            select.select([self._urgent_fd], [], [], timeout_s)

    def close(self) -> None:
        self._both.close()
        self._urgent.close()
        self._ordinary.close()


class SelectorPoller:
    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()

    def set(self, fd: int, interest: int, before: int) -> None:
        events = (selectors.EVENT_READ if interest & READ else 0) | (
            selectors.EVENT_WRITE if interest & WRITE else 0
        )
        if before:
            self._selector.modify(fd, events)
        else:
            self._selector.register(fd, events)

    def drop(self, fd: int, before: int) -> None:  # noqa: ARG002  one set holds them all
        self._selector.unregister(fd)

    def wait(self, timeout_s: float) -> list[tuple[int, int]]:
        ready = self._selector.select(max(0.0, timeout_s))
        return [
            (key.fd, (READ if mask & selectors.EVENT_READ else 0) | (WRITE if mask & selectors.EVENT_WRITE else 0))
            for key, mask in ready
        ]

    def rest(self, timeout_s: float) -> None:
        pass  # its read times are this process's own: they must not wait

    def close(self) -> None:
        self._selector.close()


def make_poller() -> Poller:
    """The best poller of this platform."""
    return EpollPoller() if hasattr(select, "epoll") else SelectorPoller()
