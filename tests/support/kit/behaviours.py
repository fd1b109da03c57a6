"""Ready-made behaviours for `Origin`."""

from __future__ import annotations

import hashlib
import json
import threading
from typing import TYPE_CHECKING

from kit.origin import CLOSE, RESET
from kit.wait import PATIENCE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from kit.origin import Exchange


def echo(exchange: Exchange) -> None:
    """Answers 200 with the request's content."""
    exchange.reply(200, exchange.read_body())


def reflect(exchange: Exchange) -> None:
    """Answers 200 with what arrived, as JSON: start line, fields, content's length and digest."""
    body = exchange.read_body()
    request = exchange.request
    seen = {
        "start_line": request.start_line,
        "fields": request.fields,
        "trailers": request.trailers,
        "chunked": request.chunked,
        "length": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
    }
    exchange.reply(200, json.dumps(seen), "content-type: application/json")


def named(name: str) -> Callable[[Exchange], None]:
    """Answers 200 with the origin's name."""

    def behave(exchange: Exchange) -> None:
        exchange.read_body()
        exchange.reply(200, name)

    return behave


def raw(data: bytes | str, after: str | None = None) -> Callable[[Exchange], str | None]:
    """Reads the request and sends exactly `data`."""

    def behave(exchange: Exchange) -> str | None:
        exchange.read_body()
        exchange.send(data)
        return after

    return behave


def gated(gate: threading.Event, body: str = "late") -> Callable[[Exchange], None]:
    """Answers once `gate` is set: as slow as the test wants it."""

    def behave(exchange: Exchange) -> None:
        exchange.read_body()
        assert gate.wait(PATIENCE_SECONDS)
        exchange.reply(200, body)

    return behave


def silent(exchange: Exchange) -> str:
    """Never answers; waits until the peer leaves."""
    exchange.read_body()
    exchange.peer_leaves()
    return CLOSE


def reset(exchange: Exchange) -> str:
    """Resets the connection without a byte."""
    exchange.read_body()
    return RESET


def close(exchange: Exchange) -> str:
    """Closes the connection without a byte."""
    exchange.read_body()
    return CLOSE


def early(status: int, body: str = "no") -> Callable[[Exchange], str]:
    """Answers as soon as the head is there and reads no content, until the peer leaves."""

    def behave(exchange: Exchange) -> str:
        exchange.reply(status, body)
        exchange.peer_leaves_unread()
        return CLOSE

    return behave


def stale_after(turns: int) -> Callable[[Exchange], str | None]:
    """Serves `turns` requests per connection and closes, unannounced, when the next one arrives:
    a pooled connection that went stale just as it was used again."""

    def behave(exchange: Exchange) -> str | None:
        exchange.read_body()
        if exchange.turn >= turns:
            return CLOSE
        exchange.reply(200, f"connection {exchange.connection}")
        return None

    return behave


def cut_short(declared: int, sent: int, after: str = CLOSE) -> Callable[[Exchange], str]:
    """Announces `declared` bytes and sends `sent`."""

    def behave(exchange: Exchange) -> str:
        exchange.read_body()
        exchange.send(f"HTTP/1.1 200 OK\r\ncontent-length: {declared}\r\n\r\n")
        exchange.send(b"x" * sent)
        return after

    return behave


def endless(piece: bytes) -> Callable[[Exchange], str]:
    """Sends chunks for as long as somebody takes them."""
    chunk = f"{len(piece):x}\r\n".encode() + piece + b"\r\n"

    def behave(exchange: Exchange) -> str:
        exchange.read_body()
        exchange.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        while True:
            exchange.send(chunk)

    return behave
