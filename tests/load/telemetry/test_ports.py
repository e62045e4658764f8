import os
import socket

import pytest

from seatrial.load.telemetry.ports import pids_listening_on


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0"])
def test_the_listener_is_found(address: str) -> None:
    with socket.create_server((address, 0)) as server:
        port = server.getsockname()[1]
        assert pids_listening_on(port) == [os.getpid()]

    assert pids_listening_on(port) == []


def test_a_port_that_is_only_bound_or_connected_is_not_a_listener() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert pids_listening_on(client.getsockname()[1]) == []


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="no IPv6 here: its listener NOT tested")
def test_the_listener_on_any_ipv6_address_is_found() -> None:
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as server:
        assert pids_listening_on(server.getsockname()[1]) == [os.getpid()]
