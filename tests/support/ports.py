"""Ports for programs that are told which to take."""

from __future__ import annotations

import random
import socket

# Systems give a program that names none one above: Linux from 32,768 on, others from 49,152 on.
PORTS = range(20_000, 32_000)


def free_port() -> int:
    """One that nobody listens on, and that nobody is given before the program takes it."""
    for port in random.SystemRandom().sample(PORTS, 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("a hundred ports are taken")
