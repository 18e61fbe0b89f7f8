"""Which process holds the other end of a connection on loopback."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from contextlib import suppress

import psutil

Address = tuple[str, int]


def holds(peer: Address, here: Address) -> Callable[[int], bool]:
    """What tells whether the process of a number has the connection from `peer` to `here`.

    All four ends count: another user may connect from the same port of another loopback address.
    """
    if sys.platform == "linux":
        return _has_open(_link(peer, here))
    return lambda pid: _has_connection(pid, peer, here)


def _has_connection(pid: int, peer: Address, here: Address) -> bool:
    try:
        connections = psutil.Process(pid).net_connections("tcp4")
    except psutil.Error:
        return False
    return any((connection.laddr, connection.raddr) == (peer, here) for connection in connections)


def _has_open(link: str | None) -> Callable[[int], bool]:
    def has_open(pid: int) -> bool:
        descriptors = f"/proc/{pid}/fd"
        with suppress(OSError):  # the process has ended
            return any(_target(descriptors, name) == link for name in os.listdir(descriptors))
        return False

    return has_open if link else lambda pid: False


def _target(directory: str, name: str) -> str:
    with suppress(OSError):  # it was closed just now
        return os.readlink(f"{directory}/{name}")
    return ""


def _link(peer: Address, here: Address) -> str | None:
    """What the peer's descriptor links to, unless it has closed the connection.

    The kernel takes its time for this list, which is looked at once, and not for each process.
    See https://docs.kernel.org/networking/proc_net_tcp.html
    """
    ends = f"{_written(peer)} {_written(here)} ".encode()
    with open("/proc/net/tcp", "rb") as lines:
        found = next((line.split() for line in lines if ends in line), None)
    return f"socket:[{int(found[9])}]" if found else None


def _written(address: Address) -> str:
    """As the kernel writes it: `0100007F:1F90`, if the machine has its lowest byte first."""
    host, port = address
    return f"{int.from_bytes(socket.inet_aton(host), sys.byteorder):08X}:{port:04X}"
