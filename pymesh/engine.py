"""The matcher and the authorization engine of the proxy, for Python.

What is answered here is what a proxy does: it is the same compiled code, asked without a socket.

Example:
    >>> from pymesh.engine import Request, Source, To, compile
    >>> engine = compile(b'{"mesh": {"outbound": "registry_only"}}')
    >>> request = Request(source=Source(namespace="shop"), destination=To(host="payments"))
    >>> engine.explain(request).outcome
    'unavailable'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pymesh.answers import (
    Answer,
    Authorization,
    Destination,
    Node,
    Request,
    Route,
    Source,
    To,
    Workload,
)
from pymesh.errors import PymeshError
from pymesh.wire import Documents, canonical_json

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import ModuleType

__all__ = [
    "Answer",
    "Authorization",
    "Destination",
    "Engine",
    "Node",
    "Request",
    "Route",
    "Source",
    "To",
    "Workload",
    "compile",
]

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Answer)


class Engine:
    """Compiled documents that answer requests. May be shared between threads.

    Args:
        documents: Typed, or their JSON.

    Raises:
        PymeshError: ``bad-document``, naming the document and field; ``core-missing``.
    """

    def __init__(self, documents: Documents | bytes) -> None:
        core = _core()
        data = documents if isinstance(documents, bytes) else canonical_json(documents)
        try:
            self._engine = core.Engine(data)
        except core.CoreError as error:
            raise PymeshError(error.code, error.message, exit_code=error.exit_code) from None

    def answer_lines(self, lines: bytes, *, tree: bool = False) -> bytes:
        """Answers JSON lines with JSON lines, one for one; Python's lock is released.

        Args:
            lines: Requests as in ``schemas/why-request.json``; empty lines are skipped. A line
                that is none gets an answer with the outcome ``bad_request`` and an ``error``.
            tree: Whether the answers hold the steps of the decisions.

        Returns:
            Answers as in ``schemas/why-answer.json``, in the order of the requests.
        """
        answers: bytes = self._engine.answer(lines, tree)
        return answers

    def answer(self, requests: Iterable[Request], *, tree: bool = False) -> list[Answer]:
        """Answers many requests in one go, in their order."""
        lines = self.answer_lines(_ENCODER.encode_lines(requests), tree=tree)
        return _DECODER.decode_lines(lines)

    def match(self, request: Request) -> Route | None:
        """The rule that serves a request; ``None`` if there is none, or it does not get so far."""
        return self.answer([request])[0].route

    def authorize(self, request: Request) -> Authorization | None:
        """Who decides whether a request may pass; ``None`` if nothing on its way does."""
        return self.answer([request])[0].authorization

    def explain(self, request: Request) -> Answer:
        """The answer to a request with the steps that led to it."""
        return self.answer([request], tree=True)[0]


def compile(documents: Documents | bytes) -> Engine:  # noqa: A001 - as in `re`, called by its module
    """Compiles documents.

    Args:
        documents: Typed, or their JSON.

    Raises:
        PymeshError: ``bad-document``, naming the document and field; ``core-missing``.
    """
    return Engine(documents)


def _core() -> ModuleType:
    try:
        from pymesh import _core as core
    except ImportError as error:
        raise PymeshError("core-missing", str(error)) from None
    return core
