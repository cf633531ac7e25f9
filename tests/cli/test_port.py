"""The service's hold on its port."""

from __future__ import annotations

import itertools
import os
import socket
from contextlib import suppress

import pytest

from geo.cli.port import address, hold_port
from geo.config import Settings
from geo.errors import ConfigurationError

PORTS = range(20_000, 32_000)
"""Below those that systems give to outgoing connections, so that nobody takes a free one before it is used."""
_NUMBERS = itertools.count(os.getpid() * 31)


def free_port() -> int:
    """A port of the loopback address that nobody uses now, another one each time."""
    for number in _NUMBERS:
        port = PORTS[number % len(PORTS)]
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("the numbers never end")


def sharing_socket(port: int) -> socket.socket:
    """A listening socket of the kind that granian makes."""
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listening.bind(("127.0.0.1", port))
    listening.listen()
    return listening


def test_a_port_that_a_sharing_server_listens_on_is_refused() -> None:
    port = free_port()

    with sharing_socket(port), pytest.raises(ConfigurationError, match=f"port {port} .*choose another port: make run PORT="):
        hold_port("127.0.0.1", port)


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0"])
def test_a_port_that_another_launcher_holds_is_refused(host: str) -> None:
    port = free_port()

    with hold_port("127.0.0.1", port), pytest.raises(ConfigurationError, match="in use"):
        hold_port(host, port)


def test_a_held_port_takes_no_connection_until_the_server_listens() -> None:
    port = free_port()

    with hold_port("127.0.0.1", port):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=2)
        with sharing_socket(port), socket.create_connection(("127.0.0.1", port), timeout=2):
            pass


def test_a_port_just_left_by_a_stopped_service_can_be_held_at_once() -> None:
    port = free_port()
    with sharing_socket(port) as listening:
        client = socket.create_connection(("127.0.0.1", port), timeout=2)
        accepted, _ = listening.accept()
        accepted.close()  # the server's side closes first, so its end stays in TIME_WAIT
        client.close()

    hold_port("127.0.0.1", port).close()


def test_a_host_of_another_machine_is_refused_by_name() -> None:
    with pytest.raises(ConfigurationError, match=r"cannot serve on 192\.0\.2\.1 port"):
        hold_port("192.0.2.1", free_port())


@pytest.mark.parametrize(
    ("host", "shown"),
    [("127.0.0.1", "http://127.0.0.1:8000"), ("0.0.0.0", "http://127.0.0.1:8000"), ("::1", "http://[::1]:8000")],
)
def test_the_address_shown_can_be_opened_on_this_machine(host: str, shown: str) -> None:
    assert address(Settings(host=host)) == shown
