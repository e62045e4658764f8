"""`seatrial ui`: the store as a local web page."""

from __future__ import annotations

from pathlib import Path

import click

from seatrial.errors import UsageError

DEFAULT_PORT = 8765


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=DEFAULT_PORT, show_default=True, help="0: any free one."
)
@click.option("--open", "open_browser", is_flag=True, help="Open it in the browser.")
@click.option("--store", "store_path", metavar="FILE", type=click.Path(path_type=Path), help="The store.")
def ui(port: int, open_browser: bool, store_path: Path | None) -> None:
    """Show the store as a web page on this computer: runs, reports, comparisons, and a run that is going on.

    It listens on 127.0.0.1 alone and changes nothing. Ctrl-C ends it.
    """
    import os
    import socket

    import uvicorn

    from seatrial.store.place import default_path, is_begun
    from seatrial.store.store import Store
    from seatrial.ui.app import make_app

    path = store_path or default_path()
    if is_begun(path):
        with Store.open(path, create=False):
            pass  # a file that is no store is said so now, not in the browser
    elif store_path is not None:
        raise UsageError(f"there is no store {path}", "`seatrial run` makes one")
    try:
        listener = socket.create_server(("127.0.0.1", port), backlog=64)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise UsageError(f"port {port} cannot be used: {why}", "choose another --port") from error
    with listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        click.echo(f"{address}\nCtrl-C ends it")
        if open_browser:
            click.launch(address)
        config = uvicorn.Config(make_app(path), log_level="warning", access_log=False, lifespan="off")
        uvicorn.Server(config).run([listener])
