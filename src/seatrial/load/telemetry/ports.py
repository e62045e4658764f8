"""From the port of an endpoint to the engine behind it, when it runs on this computer."""

from __future__ import annotations

import psutil

_LOCAL = frozenset({"127.0.0.1", "0.0.0.0", "::1", "::", "::ffff:127.0.0.1", "::ffff:0.0.0.0"})  # noqa: S104  compared, not bound
_FORWARDERS = frozenset({"docker-proxy", "rootlessport", "slirp4netns", "gvproxy", "ssh", "kubectl"})
"""Programs that listen for an engine which runs elsewhere: in a container, a cluster, on another computer."""


def pids_listening_on(port: int) -> list[int]:
    """Processes that accept TCP connections on `port` of a loopback or of any address, without mere forwarders.

    Empty when there is none or this user may not see it (another user's process).
    """
    try:
        connections = psutil.net_connections("tcp")
    except psutil.AccessDenied:
        return []
    pids = {
        connection.pid
        for connection in connections
        if connection.status == psutil.CONN_LISTEN
        and connection.laddr.port == port
        and connection.laddr.ip in _LOCAL
        and connection.pid is not None
    }
    return sorted(pid for pid in pids if not _is_forwarder(pid))


def _is_forwarder(pid: int) -> bool:
    try:
        return psutil.Process(pid).name() in _FORWARDERS
    except psutil.NoSuchProcess:
        return True
