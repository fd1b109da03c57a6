"""A client that sends exactly the bytes it is given."""

from __future__ import annotations

import contextlib
import socket
import struct
from typing import TYPE_CHECKING

from kit.message import Message, Reader
from kit.wait import PATIENCE_SECONDS

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

Address = tuple[str, int]


class Client:
    """One connection. Reads and writes give up after `PATIENCE_SECONDS`."""

    def __init__(self, address: Address, *, receive_buffer: int | None = None) -> None:
        """Connects; `receive_buffer` bounds what the kernel holds for a reader that waits."""
        self.socket = socket.socket()
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            self.socket.connect(address)
        except OSError:
            self.socket.close()
            raise
        self.reader = Reader(self.socket)

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
    def address(self) -> str:
        """This end, as `ADDRESS:PORT`."""
        host, port = self.socket.getsockname()[:2]
        return f"{host}:{port}"

    def send(self, data: bytes | str) -> None:
        """Sends all of `data`."""
        self.socket.sendall(data.encode("latin-1") if isinstance(data, str) else data)

    def get(self, target: str = "/", *fields: str) -> Message:
        """One GET and its response."""
        return self.ask("GET", target, *fields)

    def post(self, target: str, body: bytes, *fields: str) -> Message:
        """One POST with a content-length, and its response."""
        return self.ask("POST", target, *fields, body=body)

    def ask(self, method: str, target: str, *fields: str, body: bytes | None = None) -> Message:
        """One request with `Host: test` and the given field lines, and its response."""
        self.send(request(method, target, *fields, body=body))
        return self.response(to_head=method == "HEAD")

    def response(self, *, to_head: bool = False) -> Message:
        """The next response with its content; an interim one counts as one.

        Raises:
            EOFError: The server closed before its end.
        """
        message = self.response_head()
        self.reader.response_body(message, to_head=to_head)
        return message

    def response_head(self) -> Message:
        """The next response's head.

        Raises:
            EOFError: The server closed before its end.
        """
        message = self.reader.head()
        if message is None:
            raise EOFError("closed before a response")
        return message

    def rest(self) -> bytes:
        """What still comes until the server closes."""
        return self.reader.rest()

    def is_closed(self) -> bool:
        """Whether the server closes, sooner or later, without another byte."""
        return self.rest() == b""

    def finish(self) -> None:
        """Sends a FIN and goes on reading."""
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Leaves with a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def close(self) -> None:
        """Leaves in order."""
        with contextlib.suppress(OSError):
            self.socket.close()


def request(method: str, target: str, *fields: str, body: bytes | None = None) -> bytes:
    """The bytes of a request with `Host: test`, unless the field lines bring another one."""
    lines = [f"{method} {target} HTTP/1.1"]
    if not any(line.lower().startswith("host:") for line in fields):
        lines.append("host: test")
    lines += fields
    if body is not None:
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + (body or b"")


def ask(
    address: Address, method: str, target: str, *fields: str, body: bytes | None = None
) -> Message:
    """One request on a connection of its own."""
    with Client(address) as client:
        return client.ask(method, target, *fields, body=body)


def get(address: Address, target: str = "/", *fields: str) -> Message:
    """One GET on a connection of its own."""
    return ask(address, "GET", target, *fields)
