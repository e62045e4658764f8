"""A real engine made slower by a known factor: whatever it sends is passed on that much later."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

NOT_PASSED_ON = {"transfer-encoding", "connection", "content-length", "content-encoding", "host"}


def _as_they_came(answer: httpx.Response) -> Iterator[tuple[float, bytes]]:
    """Each chunk with the moment it came: read on a thread, lest passing on late hold back the engine."""
    came: queue.SimpleQueue[tuple[float, bytes] | None] = queue.SimpleQueue()

    def read() -> None:
        try:
            for chunk in answer.iter_raw():
                came.put((time.perf_counter(), chunk))
        finally:
            came.put(None)

    reader = threading.Thread(target=read)
    reader.start()
    while (item := came.get()) is not None:
        yield item
    reader.join()


@contextmanager
def slowed(url: str, factor: float) -> Iterator[str]:
    """The address of a proxy in front of `url`: what came after t seconds leaves it after `factor` x t."""

    class Proxy(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._pass_on()

        do_POST = do_GET  # noqa: N815  the name is the base class's

        def _pass_on(self) -> None:
            began = time.perf_counter()
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name: value for name, value in self.headers.items() if name.lower() not in NOT_PASSED_ON}
            with (
                httpx.Client(timeout=300, trust_env=False) as client,
                client.stream(self.command, url + self.path, content=body, headers=headers) as answer,
            ):
                self.send_response(answer.status_code)
                for name, value in answer.headers.items():
                    if name.lower() not in NOT_PASSED_ON:
                        self.send_header(name, value)
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                for at, chunk in _as_they_came(answer):
                    time.sleep(max(0.0, began + (at - began) * factor - time.perf_counter()))
                    self.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
                self.wfile.write(b"0\r\n\r\n")

        def log_message(self, *_: object) -> None:
            """Silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
