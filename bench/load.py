"""A client that asks as fast as servers answer, in a process of its own: plain sockets that stay open, one request under way on each.

    python -m bench.load < ORDER.json

It reads no more of an answer than its length and its status, so that it takes little of the processors it shares with the servers.
"""

from __future__ import annotations

import json
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import cycle

HEAD_END = b"\r\n\r\n"
LAST_CHUNK = b"0\r\n\r\n"
READ_BYTES = 1 << 18


@dataclass(frozen=True)
class Order:
    """What to ask.

    Parameters
    ----------
    ports
        Ports of this machine; the connections are shared out among them in turn.
    paths
        Addresses, asked for one after the other.
    seconds
        How long to ask; shorter where the addresses run out and are not to be asked for twice.
    repeats
        Whether to begin again with the first address after the last.
    accept_encoding
        Encodings to accept.
    """

    ports: Sequence[int]
    paths: Sequence[str]
    seconds: float
    connections: int = 16
    repeats: bool = True
    accept_encoding: str = "gzip"


@dataclass(frozen=True)
class Load:
    """What came of an order: complete answers, the time they took, the client's own processor time, and the bytes of all answers.

    `late` are those under way when the time was over: waited for, so that the server is idle afterwards, but not counted.
    """

    answers: int
    seconds: float
    cpu_s: float
    bytes: int
    late: int

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.answers / self.seconds


def press(order: Order) -> Load:
    """Give a client process an order and wait for what came of it."""
    command = [sys.executable, "-m", "bench.load"]
    done = subprocess.run(command, input=json.dumps(asdict(order)), capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if done.returncode:
        raise RuntimeError(done.stderr)
    return Load(**json.loads(done.stdout))


@dataclass
class _Connection:
    """An open connection, and what of the present answer has come."""

    link: socket.socket
    came: bytearray = field(default_factory=bytearray)
    body_at: int = 0
    length: int = -1

    def ask(self, request: bytes) -> None:
        self.came.clear()
        self.body_at, self.length = 0, -1
        self.link.sendall(request)

    def is_complete(self) -> bool:
        """Take what came; whether the answer is whole."""
        data = self.link.recv(READ_BYTES)
        if not data:
            raise RuntimeError(f"the server closed the connection after {bytes(self.came[:200])!r}")
        self.came += data
        if not self.body_at:
            self._read_head()
        if not self.body_at:
            return False
        return self.came.endswith(LAST_CHUNK) if self.length < 0 else len(self.came) >= self.body_at + self.length

    def _read_head(self) -> None:
        at = self.came.find(HEAD_END)
        if at < 0:
            return
        if not self.came.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"answered {bytes(self.came[:600])!r}")
        self.body_at = at + len(HEAD_END)
        _, found, rest = bytes(self.came[:at]).lower().partition(b"content-length:")
        self.length = int(rest.partition(b"\r\n")[0]) if found else -1


def _requests(order: Order) -> Iterator[bytes]:
    tail = f" HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\nAccept-Encoding: {order.accept_encoding}\r\n\r\n"
    requests = [f"GET {path}{tail}".encode() for path in order.paths]
    return cycle(requests) if order.repeats else iter(requests)


def obey(order: Order) -> Load:
    """Carry out an order in this process."""
    requests = _requests(order)
    waiting = selectors.DefaultSelector()
    for number in range(order.connections):
        link = socket.create_connection(("127.0.0.1", order.ports[number % len(order.ports)]), timeout=60)
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        waiting.register(link, selectors.EVENT_READ, _Connection(link))
    connections: list[_Connection] = [key.data for key in waiting.get_map().values()]
    answers = size = 0
    cpu_s, began = time.process_time(), time.perf_counter()
    end = began + order.seconds
    for connection in connections:
        connection.ask(next(requests))
    asking = len(connections)
    while asking and (time.perf_counter() < end or not answers):
        for key, _ in waiting.select(0.1):
            connection = key.data
            if not connection.is_complete():
                continue
            answers += 1
            size += len(connection.came)
            request = next(requests, None)
            if request is None:
                waiting.unregister(connection.link)
                asking -= 1
            else:
                connection.ask(request)
    load = Load(answers, time.perf_counter() - began, time.process_time() - cpu_s, size, asking)
    while asking:
        for key, _ in waiting.select():
            if key.data.is_complete():
                waiting.unregister(key.data.link)
                asking -= 1
    return load


if __name__ == "__main__":
    print(json.dumps(asdict(obey(Order(**json.load(sys.stdin))))))
