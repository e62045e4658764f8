"""A real engine made slower by a known factor: whatever it sends is passed on that much later."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit


@contextmanager
def slowed(url: str, factor: float) -> Iterator[str]:
    """The address of a proxy in front of `url`; its process ends with the context."""
    port = urlsplit(url).port
    words = [sys.executable, "-m", "tests.real.slow_proxy", str(port), str(factor)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as proxy:
        assert proxy.stdin is not None
        assert proxy.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(proxy.stdout.readline())}"
        finally:
            proxy.stdin.close()
            proxy.wait(20)
