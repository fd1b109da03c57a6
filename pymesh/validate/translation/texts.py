"""What a proxy can write into a message: checks that validation and translation share."""

from __future__ import annotations

import re

__all__ = [
    "EDIT_BYTES",
    "PROXYS_OWN",
    "is_authority",
    "is_field_name",
    "is_field_value",
    "is_path",
    "is_query",
]

EDIT_BYTES = 8 << 10
"""How many bytes the edits of one header may take: name, value and four for each field."""

PROXYS_OWN = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "host",
        "http2-settings",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authentication-info",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Fields that frame a message or belong to one connection (RFC 9110 section 7.6.1): the proxy
writes them itself, and its compiler refuses rules that edit them. Names in lower case."""

_TOKEN = re.compile(r"[-!#$%&'*+.^_`|~0-9A-Za-z]+")
_AUTHORITY = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?(:[0-9]{1,5})?")
_PATH = re.compile(r"(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})*")
_QUERY = re.compile(r"[!-\"$-~]*")
_DOT_SEGMENT = re.compile(r"(?:^|/)(?:\.|%2[eE]){1,2}(?:/|$)")


def is_field_name(text: str) -> bool:
    """Whether a text can be the name of a header field (RFC 9110 section 5.6.2)."""
    return _TOKEN.fullmatch(text) is not None


def is_field_value(text: str) -> bool:
    """Whether a text can be the value of a header field: nothing that could end its line."""
    return all(character == "\t" or character.isprintable() for character in text)


def is_authority(text: str) -> bool:
    """Whether a text is a host with or without a port."""
    return _AUTHORITY.fullmatch(text) is not None


def is_path(text: str) -> bool:
    """Whether a text is made of RFC 3986 section 3.3 and has no segment ``.`` or ``..``."""
    return _PATH.fullmatch(text) is not None and not _DOT_SEGMENT.search(text)


def is_query(text: str) -> bool:
    """Whether a text can be a query."""
    return _QUERY.fullmatch(text) is not None
