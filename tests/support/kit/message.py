"""Reading HTTP/1.1 messages off a socket, leniently: what is on the wire is shown as it is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket


@dataclass
class Message:
    """A request as an origin saw it, or a response as a client saw it."""

    start_line: str
    fields: list[tuple[str, str]]
    raw_head: bytes = b""
    body: bytes = b""
    chunked: bool = False
    trailers: list[tuple[str, str]] = field(default_factory=list)
    complete: bool = False
    """Whether the content was read to its end."""

    @property
    def method(self) -> str:
        """The method of a request."""
        return self.start_line.split(" ")[0]

    @property
    def target(self) -> str:
        """The target of a request."""
        return self.start_line.split(" ")[1]

    @property
    def status(self) -> int:
        """The status of a response."""
        return int(self.start_line.split(" ")[1])

    @property
    def error(self) -> str | None:
        """Why the proxy answered itself (`x-pymesh-error`)."""
        return self.value("x-pymesh-error")

    @property
    def closes(self) -> bool:
        """Whether the sender said that it closes the connection."""
        return any("close" in value.lower() for value in self.values("connection"))

    def values(self, name: str) -> list[str]:
        """Every value of a field."""
        return [value for other, value in self.fields if other.lower() == name.lower()]

    def value(self, name: str) -> str | None:
        """The first value of a field."""
        return next(iter(self.values(name)), None)


class Reader:
    """Reads one message after the other and keeps what was read beyond them."""

    def __init__(self, stream: socket.socket) -> None:
        self._stream = stream
        self.buffer = b""

    def head(self) -> Message | None:
        """The next head, or None where the peer closed before its first byte.

        Raises:
            EOFError: The peer closed within the head.
        """
        while b"\r\n\r\n" not in self.buffer:
            if not self.fill():
                if self.buffer:
                    raise EOFError(f"closed within a head: {self.buffer!r}")
                return None
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        start_line, *lines = head.decode("latin-1").split("\r\n")
        return Message(start_line, [_field(line) for line in lines], head + b"\r\n\r\n")

    def request_body(self, message: Message) -> None:
        """Reads the content of a request."""
        self._body(message, until_close=False)

    def response_body(self, message: Message, *, to_head: bool = False) -> None:
        """Reads the content of a response."""
        if to_head or message.status < 200 or message.status in (204, 304):
            message.complete = True
            return
        self._body(message, until_close=True)

    def rest(self) -> bytes:
        """Everything up to the peer's close or reset."""
        try:
            while self.fill():
                pass
        except ConnectionError:
            pass
        rest, self.buffer = self.buffer, b""
        return rest

    def exactly(self, length: int) -> bytes:
        """The next `length` bytes.

        Raises:
            EOFError: The peer closed before them.
        """
        while len(self.buffer) < length:
            self._fill_or_fail()
        data, self.buffer = self.buffer[:length], self.buffer[length:]
        return data

    def fill(self) -> bool:
        """Reads once; False where the peer has closed."""
        piece = self._stream.recv(256 * 1024)
        self.buffer += piece
        return bool(piece)

    def _body(self, message: Message, *, until_close: bool) -> None:
        length = message.value("content-length")
        if any("chunked" in value.lower() for value in message.values("transfer-encoding")):
            self._chunks(message)
        elif length is not None:
            message.body = self._long(int(length))
        elif until_close:
            message.body = self._until_close()
        message.complete = True

    def _chunks(self, message: Message) -> None:
        message.chunked = True
        pieces = []
        while size := int(self._line().partition(";")[0], 16):
            pieces.append(self.exactly(size))
            self._line()
        message.body = b"".join(pieces)
        while line := self._line():
            message.trailers.append(_field(line))

    def _long(self, length: int) -> bytes:
        # Collected in a list: adding to `bytes` would copy a large body again for every piece.
        pieces, have = [self.buffer], len(self.buffer)
        while have < length:
            piece = self._stream.recv(256 * 1024)
            if not piece:
                raise EOFError(f"closed after {have} of {length} bytes")
            pieces.append(piece)
            have += len(piece)
        whole = b"".join(pieces)
        self.buffer = whole[length:]
        return whole[:length]

    def _until_close(self) -> bytes:
        pieces = [self.buffer]
        while piece := self._stream.recv(256 * 1024):
            pieces.append(piece)
        self.buffer = b""
        return b"".join(pieces)

    def _line(self) -> str:
        while b"\r\n" not in self.buffer:
            self._fill_or_fail()
        line, _, self.buffer = self.buffer.partition(b"\r\n")
        return line.decode("latin-1")

    def _fill_or_fail(self) -> None:
        if not self.fill():
            raise EOFError(f"closed within a body, after {self.buffer!r}")


def _field(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name, value.strip(" \t")
