"""`python -m tests.real.slow_proxy PORT FACTOR`: what PORT of this computer sends, passed on FACTOR times as late.

It knows nothing of HTTP: whatever comes t seconds after the last bytes of a request is passed on after FACTOR x t,
in order. It prints its own port and ends when its standard input does.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys


async def pass_on(port: int, factor: float, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    loop = asyncio.get_running_loop()
    upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", port)
    asked_s = loop.time()
    last_s = 0.0

    async def requests() -> None:
        nonlocal asked_s
        while data := await reader.read(65536):
            asked_s = loop.time()
            upstream_writer.write(data)
        upstream_writer.close()

    async def answers() -> None:
        nonlocal last_s
        while data := await upstream_reader.read(65536):
            last_s = max(last_s, asked_s + (loop.time() - asked_s) * factor)
            loop.call_at(last_s, writer.write, data)
        loop.call_at(last_s + 0.001, writer.close)

    with contextlib.suppress(OSError):
        await asyncio.gather(requests(), answers())


async def serve(port: int, factor: float) -> None:
    server = await asyncio.start_server(lambda *streams: pass_on(port, factor, *streams), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), float(sys.argv[2])))
