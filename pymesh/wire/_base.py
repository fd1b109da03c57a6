"""What all documents have in common."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

__all__ = ["Balance", "Document", "Milliseconds", "Port", "Protocol", "Weight"]

Balance = Literal["round_robin", "random", "least_request"]
Protocol = Literal["http", "http2", "grpc", "tcp", "tls", "https", "auto"]
Weight = Annotated[int, Meta(ge=0, le=2**32 - 1)]
Port = Annotated[int, Meta(ge=0, le=65535)]
Milliseconds = Annotated[int, Meta(ge=0)]


class Document(Struct, frozen=True, forbid_unknown_fields=True):
    """A document or a part of one: frozen, and strict about its fields."""
