"""The address that a host name leads to."""

from __future__ import annotations

import socket

import pytest

from seatrial.load.sockets import first_listening


def test_of_several_addresses_the_one_where_somebody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        here = (socket.AF_INET, listener.getsockname())
        nobody = (socket.AF_INET, ("127.0.0.2", listener.getsockname()[1]))
        assert first_listening([nobody, here]) == here
        assert first_listening([here, nobody]) == here


def test_the_first_address_where_nobody_listens_anywhere() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    closed = [(int(socket.AF_INET), (host, port)) for host in ("127.0.0.2", "127.0.0.1")]
    assert first_listening(closed) == closed[0]


def test_a_single_address_is_not_tried() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        here = (socket.AF_INET, listener.getsockname())
        assert first_listening([here]) == here
        with pytest.raises(BlockingIOError):
            listener.accept()
