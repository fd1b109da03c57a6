"""What a hook is handed: read-only views of the request, the response and what is known of both.

These are the shapes only. The objects themselves live in the compiled part, so that a hook's
arguments cost nothing until it looks at them, and so that plugins can be type checked and tested
without it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar, overload

if TYPE_CHECKING:
    from collections.abc import Iterator

Default = TypeVar("Default")


class Headers(Protocol):
    """The end-to-end fields of a head; names are compared without regard to case.

    ``Host``, framing and hop-by-hop fields are not among them: the proxy writes those itself.
    Values are text in which every character is one byte (latin-1), so that any value can be read
    and none is changed by reading it. Only ``on_request`` and ``on_response`` may edit; elsewhere
    an edit raises :class:`TypeError`.
    """

    @overload
    def get(self, name: str) -> str | None: ...
    @overload
    def get(self, name: str, default: Default) -> str | Default: ...
    def get(self, name: str, default: object = None) -> object:
        """The first value of ``name``, or ``default``."""

    def getall(self, name: str) -> list[str]:
        """Every value of ``name`` in order; empty when there is none."""

    def items(self) -> list[tuple[str, str]]:
        """Every field as ``(name, value)``, names as they were received."""

    def add(self, name: str, value: str) -> None:
        """Appends a field beside those of the same name.

        Raises:
            ValueError: The name or the value breaks the grammar, or the proxy owns the field.
        """

    def __getitem__(self, name: str) -> str:
        """The first value of ``name``; :class:`KeyError` when there is none."""

    def __setitem__(self, name: str, value: str) -> None:
        """Replaces every field of that name by one; raises as :meth:`add` does."""

    def __delitem__(self, name: str) -> None:
        """Removes every field of that name; it is no error when there is none."""

    def __contains__(self, name: object) -> bool:
        """Whether there is a field of that name."""

    def __iter__(self) -> Iterator[str]:
        """The names, as often as they occur."""

    def __len__(self) -> int:
        """How many fields there are."""


class Peer(Protocol):
    """Who sent the request."""

    @property
    def address(self) -> str:
        """The socket's other end, for example ``127.0.0.1:51724``."""

    @property
    def client(self) -> str:
        """The client's IP address: the socket's, or what trusted proxies in front report."""

    @property
    def identity(self) -> str | None:
        """The verified SPIFFE identity; ``None`` without mutual TLS."""


class Route(Protocol):
    """The route that the request matched."""

    @property
    def name(self) -> str:
        """The route rule, for example ``default/upstream``."""

    @property
    def services(self) -> tuple[str, ...]:
        """The services the rule may send to."""

    @property
    def service(self) -> str:
        """The service that the rule's weights chose for this request."""


class Request(Protocol):
    """A request's head.

    A view lives as long as the call it is passed to: an inline hook that keeps one and reads it
    later gets :class:`RuntimeError`. Keep the values that are needed instead.
    """

    @property
    def method(self) -> str:
        """For example ``GET``."""

    @property
    def scheme(self) -> str:
        """``http`` or ``https``: how the client reached this proxy."""

    @property
    def authority(self) -> str:
        """Host and port as the client wrote them."""

    @property
    def host(self) -> str:
        """The host of :attr:`authority`, in lower case and without its port."""

    @property
    def path(self) -> str:
        """The normalized path, without the query: what routes and policies see, too."""

    @property
    def query(self) -> str | None:
        """What follows ``?``, undecoded; ``None`` when there is no ``?``."""

    @property
    def headers(self) -> Headers:
        """The fields; editable in ``on_request``."""

    @property
    def peer(self) -> Peer:
        """Who sent it."""

    @property
    def id(self) -> str | None:
        """The ``x-request-id`` that goes upstream."""


class Response(Protocol):
    """A response's head. It lives as long as the call, as :class:`Request` does."""

    @property
    def status(self) -> int:
        """The status code; may be set to 200..599."""

    @status.setter
    def status(self, status: int) -> None: ...

    @property
    def headers(self) -> Headers:
        """The fields; editable."""


class Record(Protocol):
    """One finished request, as telemetry sees it. It owns its data and may be kept."""

    @property
    def time(self) -> float:
        """When the head had arrived, in seconds since 1970."""

    @property
    def duration_seconds(self) -> float:
        """Until the last byte was handed to the kernel."""

    @property
    def upstream_seconds(self) -> float | None:
        """How long the upstream took to send its response's head."""

    @property
    def method(self) -> str:
        """For example ``GET``."""

    @property
    def authority(self) -> str:
        """Host and port as the client wrote them."""

    @property
    def path(self) -> str:
        """The normalized path, without the query."""

    @property
    def status(self) -> int:
        """The status sent; 0 when the client left before one was."""

    @property
    def flags(self) -> str:
        """Why the answer is not simply the upstream's, for example ``UAEX``; ``-`` when it is."""

    @property
    def reason(self) -> str:
        """The reason of a denial or of an answer by the proxy; empty otherwise."""

    @property
    def request_bytes(self) -> int:
        """Head and body bytes received."""

    @property
    def response_bytes(self) -> int:
        """Head and body bytes sent."""

    @property
    def route(self) -> str | None:
        """The route rule that matched."""

    @property
    def service(self) -> str | None:
        """Where it went, as ``namespace/service``."""

    @property
    def endpoint(self) -> str | None:
        """The address that answered."""

    @property
    def address(self) -> str:
        """The socket's other end."""

    @property
    def client(self) -> str:
        """The client's IP address."""

    @property
    def identity(self) -> str | None:
        """The client's verified identity."""

    @property
    def id(self) -> str | None:
        """The ``x-request-id`` that went upstream."""

    @property
    def plugin(self) -> str | None:
        """The plugin that answered, denied or routed."""

    @property
    def attempts(self) -> int:
        """Tries upstream; 0 when the proxy answered itself."""
