"""Servers on a loopback port of their own, whose behaviour is a function."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
from typing import TYPE_CHECKING

from kit.message import Message, Reader
from kit.wait import PATIENCE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

    Behaviour = Callable[["Exchange"], str | None]

CLOSE, RESET, HALF_CLOSE = "close", "reset", "half-close"
"""What a behaviour returns to say what becomes of the connection; None keeps it."""


class Exchange:
    """One request on one connection, its content not yet read."""

    def __init__(
        self, request: Message, reader: Reader, stream: socket.socket, connection: int, turn: int
    ) -> None:
        self.request = request
        self.socket = stream
        self.connection = connection
        """The connection's number, counted from 0."""
        self.turn = turn
        """This request's number on its connection, counted from 0."""
        self.reader = reader

    def read_body(self) -> bytes:
        """Reads the request's content."""
        if not self.request.complete:
            self.reader.request_body(self.request)
        return self.request.body

    def send(self, data: bytes | str) -> None:
        """Sends all of `data`."""
        self.socket.sendall(data.encode("latin-1") if isinstance(data, str) else data)

    def reply(self, status: int = 200, body: bytes | str = b"", *fields: str) -> None:
        """Sends a response with a content-length."""
        data = body.encode() if isinstance(body, str) else body
        lines = [f"HTTP/1.1 {status} Test", *fields, f"content-length: {len(data)}", "", ""]
        self.send("\r\n".join(lines).encode("latin-1") + data)

    def peer_leaves(self) -> bool:
        """Waits until the peer closes or resets; False where it does neither."""
        try:
            self.reader.rest()
        except TimeoutError:
            return False
        return True

    def peer_leaves_unread(self) -> bool:
        """As `peer_leaves`, but what the peer sends is left where it is."""
        waiting = select.poll()
        waiting.register(self.socket, select.POLLRDHUP | select.POLLHUP | select.POLLERR)
        return bool(waiting.poll(PATIENCE_SECONDS * 1000))


class Origin:
    """A running origin; closes its port and its connections when left."""

    def __init__(self, behaviour: Behaviour, *, port: int = 0) -> None:
        """Listens on `port`, or a free one, and answers each request with `behaviour`."""
        self.behaviour = behaviour
        self.requests: list[Message] = []
        """Every request whose head has arrived."""
        self.connections = 0
        """How many connections were accepted."""
        self.ended = 0
        """How many of them have ended, from either side."""
        self._lock = threading.Lock()
        self._streams: dict[int, socket.socket] = {}
        self._listener = socket.create_server(("127.0.0.1", port), backlog=1024)
        self.address: tuple[str, int] = self._listener.getsockname()[:2]
        self._closing = False
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def to(self) -> str:
        """As the value of `--to`."""
        return "{}:{}".format(*self.address)

    @property
    def open(self) -> int:
        """How many connections have not ended."""
        return self.connections - self.ended

    @property
    def targets(self) -> list[str]:
        """The targets of all requests so far."""
        return [request.target for request in self.requests]

    def close(self) -> None:
        """Stops listening and ends every connection."""
        self._closing = True
        with contextlib.suppress(OSError):
            # Closing alone would leave the accepting thread in its call.
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(PATIENCE_SECONDS)
        self.drop_connections()

    def drop_connections(self) -> None:
        """Ends every connection that is open."""
        with self._lock:
            streams = list(self._streams.values())
        for stream in streams:
            with contextlib.suppress(OSError):
                stream.shutdown(socket.SHUT_RDWR)

    def _accept(self) -> None:
        while not self._closing:
            try:
                stream, _ = self._listener.accept()
            except OSError:
                return
            stream.settimeout(PATIENCE_SECONDS)
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                number = self.connections
                self._streams[number] = stream
                self.connections += 1
            threading.Thread(target=self._serve, args=(stream, number), daemon=True).start()

    def _serve(self, stream: socket.socket, number: int) -> None:
        reader = Reader(stream)
        after = None
        turn = 0
        # An end in the midst of things is what many tests are about; the peer's view is asserted.
        with contextlib.suppress(OSError, EOFError):
            while after is None and (request := reader.head()) is not None:
                self.requests.append(request)
                after = self.behaviour(Exchange(request, reader, stream, number, turn))
                turn += 1
            if after == RESET:
                stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            elif after == HALF_CLOSE:
                stream.shutdown(socket.SHUT_WR)
                reader.rest()
        stream.close()
        with self._lock:
            self._streams.pop(number, None)
            self.ended += 1


def refused_port() -> int:
    """A loopback port where nobody listens: connecting to it is refused."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
