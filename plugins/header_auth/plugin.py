"""The ``header-auth`` plugin: one hook, ``authorize``, inline."""

from __future__ import annotations

import os
import stat

# What hmac.compare_digest is without OpenSSL, whose import would cost a sidecar megabytes.
from _operator import _compare_digest as compare_digest
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pymesh.hooks import deny, hookimpl

if TYPE_CHECKING:
    from pymesh.hooks import Deny, Request

__all__ = ["Config", "HeaderAuth"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What the plugin can be told.

    Args:
        tokens: The tokens that are accepted. Never shown: neither by ``repr`` nor in an error.
        token_file: A file of further tokens, one a line; empty lines and those that begin with
            ``#`` are skipped. Others on the machine must not be able to read or change it.
        header: The header field that carries the token.
        scheme: The word before the token, compared without regard to case; empty for none.

    Raises:
        ValueError: If there is no token, or something in it that a header cannot carry.
    """

    tokens: tuple[str, ...] = field(default=(), repr=False)
    token_file: str = ""
    header: str = "authorization"
    scheme: str = "Bearer"

    def __post_init__(self) -> None:
        if not _are_texts(self.tokens):
            raise ValueError("tokens must be a list of texts")
        if not self.tokens and not self.token_file:
            raise ValueError("tokens or token_file must be given")
        if not all(_is_token(one) for one in self.tokens):
            raise ValueError("tokens must be visible ASCII characters without spaces")
        if not self.header or not self.header.isascii() or not self.header.isprintable():
            raise ValueError("header must be the name of a header field")
        if self.scheme and not _is_token(self.scheme):
            raise ValueError("scheme must be one word, such as Bearer, or empty")


class HeaderAuth:
    """Refuses a request with 401 unless a header carries a known token.

    The comparison takes as long for a wrong token as for a right one of the same length, and
    looks at every token, so that answers do not tell which part was right.

    Args:
        config: The tokens and where to look for one.
    """

    def __init__(self, config: Config) -> None:
        tokens = list(config.tokens)
        if config.token_file:
            tokens += read_tokens(config.token_file)
        self._tokens = tuple(dict.fromkeys(one.encode("ascii") for one in tokens))
        self._header = config.header.lower()
        self._scheme = config.scheme.lower()
        challenge = {"www-authenticate": config.scheme or "Token"}
        self._missing = deny(401, "missing token", headers=challenge)
        self._bad = deny(401, "bad token", headers=challenge)

    def __repr__(self) -> str:
        return f"HeaderAuth(header={self._header!r}, tokens={len(self._tokens)})"

    @hookimpl(inline=True)
    def authorize(self, request: Request) -> Deny | None:
        """Refuses, or leaves the decision to the plugins behind it."""
        values = request.headers.getall(self._header)
        if not values:
            return self._missing
        # Of two values the application might believe the one that was not checked.
        if len(values) > 1:
            return self._bad
        token = values[0]
        if self._scheme:
            scheme, _, token = token.partition(" ")
            if scheme.lower() != self._scheme:
                return self._bad
        presented = token.strip(" ").encode("latin-1", "replace")
        known = False
        for one in self._tokens:
            known |= compare_digest(presented, one)
        return None if known else self._bad


def read_tokens(path: str) -> list[str]:
    """The tokens of a file.

    Args:
        path: The file; one token a line.

    Raises:
        ValueError: If it cannot be read, is open to others, or holds no token.
    """
    try:
        with open(path, encoding="utf-8") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            lines = [line.strip() for line in file]
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise ValueError(f"token_file {path}: {reason.lower()}") from None
    if mode & (stat.S_IWGRP | stat.S_IROTH | stat.S_IWOTH):
        raise ValueError(f"token_file {path} is open to others (mode {mode:04o}): chmod 600 {path}")
    tokens = [line for line in lines if line and not line.startswith("#")]
    if not tokens:
        raise ValueError(f"token_file {path} holds no token")
    for number, line in enumerate(lines, 1):
        if line in tokens and not _is_token(line):
            raise ValueError(f"token_file {path}:{number}: a token is visible ASCII, no spaces")
    return tokens


def _are_texts(value: object) -> bool:
    # A single text would be taken for as many tokens as it has characters.
    return isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)


def _is_token(text: str) -> bool:
    return bool(text) and all("!" <= mark <= "~" for mark in text)
