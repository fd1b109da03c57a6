"""One byte form per document, and the digest that is its version."""

from __future__ import annotations

import hashlib

import msgspec

from pymesh.errors import PymeshError
from pymesh.wire.documents import Document, Documents

__all__ = ["canonical_json", "parse", "version"]


def canonical_json(document: Document) -> bytes:
    """The canonical JSON: keys sorted, no white space, defaults left out.

    Example:
        >>> from pymesh.wire import Endpoint
        >>> canonical_json(Endpoint(address="127.0.0.1:80", weight=2))
        b'{"address":"127.0.0.1:80","weight":2}'
    """
    return msgspec.json.encode(_without_defaults(msgspec.to_builtins(document)), order="sorted")


def version(document: Document) -> str:
    """The version of a document: SHA-256 of its canonical JSON, in lower-case hexadecimal."""
    return hashlib.sha256(canonical_json(document)).hexdigest()


def parse(data: bytes) -> Documents:
    """Reads documents from JSON, strictly.

    Args:
        data: One JSON object with ``services``, ``endpoints``, ``routes`` and ``plugins``.

    Raises:
        PymeshError: ``bad-document``, naming the field.
    """
    try:
        return msgspec.json.decode(data, type=Documents)
    except msgspec.DecodeError as error:
        raise PymeshError("bad-document", str(error)) from None


def _without_defaults(value: object) -> object:
    """Drops the parts of a rule that are all at their defaults, as the Rust side does."""
    if isinstance(value, dict):
        return {
            # What a plugin is given is its own: nothing in it has defaults that we know.
            key: item if key == "config" else _without_defaults(item)
            for key, item in value.items()
            if not (key in ("timeouts", "request_headers", "response_headers") and item == {})
        }
    if isinstance(value, list | tuple):
        return [_without_defaults(item) for item in value]
    return value
