"""One byte form per document, and the digest that is its version."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from pymesh._collecting import collection_paused
from pymesh.errors import PymeshError
from pymesh.wire.documents import Documents

if TYPE_CHECKING:
    from pymesh.wire._base import Document

__all__ = ["canonical_json", "parse", "version"]


def canonical_json(document: Document) -> bytes:
    """The canonical JSON: keys sorted, no white space, defaults left out.

    Example:
        >>> from pymesh.wire import Endpoint
        >>> canonical_json(Endpoint(address="127.0.0.1:80", weight=2))
        b'{"address":"127.0.0.1:80","weight":2}'
    """
    with collection_paused():
        return msgspec.json.encode(_plain(document), order="sorted")


def version(document: Document) -> str:
    """The version of a document: SHA-256 of its canonical JSON, in lower-case hexadecimal."""
    return hashlib.sha256(canonical_json(document)).hexdigest()


def parse(data: bytes) -> Documents:
    """Reads documents from JSON, strictly.

    Args:
        data: One JSON object with the fields of :class:`~pymesh.wire.Documents`.

    Raises:
        PymeshError: ``bad-document``, naming the field.
    """
    try:
        return msgspec.json.decode(data, type=Documents)
    except msgspec.DecodeError as error:
        raise PymeshError("bad-document", str(error)) from None


_TEXTS = frozenset({str, int, bool})
"""Types of most fields, for which a call would cost more than it does."""


def _plain(value: object) -> object:
    """The document as dicts and lists.

    msgspec's own way to leave out defaults compares by identity, so that a default which was
    spelled out in JSON would stay.
    """
    if isinstance(value, msgspec.Struct):
        config = value.__struct_config__
        plain: dict[str, object] = {config.tag_field: config.tag} if config.tag_field else {}
        for name, encoded, default in _fields(type(value)):
            inner = getattr(value, name)
            if inner != default:
                plain[encoded] = inner if type(inner) in _TEXTS else _plain(inner)
        return plain
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


@cache
def _fields(kind: type[msgspec.Struct]) -> tuple[tuple[str, str, object], ...]:
    """Name, name in JSON and default of each field; looking them up costs more than all else."""
    return tuple(
        (
            field.name,
            field.encode_name,
            field.default
            if field.default_factory is msgspec.NODEFAULT
            else field.default_factory(),
        )
        for field in msgspec.structs.fields(kind)
    )
