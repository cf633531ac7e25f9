"""The port of the service: found free, held for the server that is about to start, and written as an address."""

from __future__ import annotations

import socket

from geo.config import Settings
from geo.errors import ConfigurationError


def hold_port(host: str, port: int) -> socket.socket:
    """Bind a port that nobody uses, and let the server that is started next share it.

    granian binds with SO_REUSEPORT, so a second one on the same port would start without a word and share the traffic. The socket
    held here never listens, so it takes no connection; while it is open no second service gets the port.

    Raises
    ------
    ConfigurationError
        The port is in use, may not be used by this user, or the host is no address of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    held = socket.socket(family, socket.SOCK_STREAM)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        held.bind((host, port))
    except OSError as error:
        held.close()
        advice = "stop what uses it or choose another port: make run PORT=8123"
        raise ConfigurationError(f"cannot serve on {host} port {port} ({error.strerror or error}); {advice}") from error
    # Two sockets with SO_REUSEADDR may both be bound while neither listens; dropping the option closes that gap.
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    return held


def address(settings: Settings) -> str:
    """Address a person on this machine can open."""
    host = settings.host
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        host = "127.0.0.1"
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"
