"""The compiled part of pymesh: the data plane, and what its hooks are handed.

Plugins see these classes as arguments only and annotate them with the protocols of
:mod:`pymesh.hooks`, which say the same without needing the compiled part.
"""

from collections.abc import Iterator
from typing import TypedDict, TypeVar, final, overload

from pymesh.hooks.table import HookTable

__all__ = [
    "CoreError",
    "Engine",
    "Harness",
    "Headers",
    "Peer",
    "Record",
    "Request",
    "Response",
    "Route",
    "Source",
    "compile",
    "run",
    "version",
]

_Default = TypeVar("_Default")

def version() -> str:
    """The version of the compiled part.

    Returns:
        For example ``0.1.0``.
    """

def compile(documents: bytes) -> None:
    """Checks that documents can be served.

    Args:
        documents: ``{"services": [...], "endpoints": [...], "routes": [...], "plugins": [...]}``
            as JSON, the shapes of :mod:`pymesh.wire`.

    Raises:
        CoreError: ``bad-document``: they break their grammar or contradict each other.

    Example:
        >>> from pymesh import _core
        >>> _core.compile(b'{"services": [], "endpoints": [], "routes": [], "plugins": []}')
    """

@final
class Source:
    """A child process that makes documents, and makes new ones when its files change.

    It writes one JSON object a line, ``{"revision": 1, "documents": {...}}``, or ``{"revision": 1,
    "refused": [...]}`` with findings; each is answered on its standard input.

    Args:
        command: The program and its arguments.

    Raises:
        CoreError: ``refused-files`` with the child's exit code, if it ends without documents; it
            has said on standard error what is wrong.
    """

    def __new__(cls, command: list[str]) -> Source: ...
    def prerequisites(self) -> bytes:
        """What must be known before a proxy starts: ``{"listeners": [...], "plugins": [...]}``.

        Raises:
            ValueError: :func:`run` has taken it.
        """

def run(settings: bytes, documents: bytes | Source, hooks: HookTable | None = None) -> None:
    """Runs a proxy until it has drained after SIGTERM, SIGINT or ``POST /drain``.

    Blocks, with Python's lock released. Must be called on the main thread. When it returns, every
    thread it has started has ended, and the plugins' ``close()`` has been called; when it raises,
    the caller still has to call it.

    Args:
        settings: JSON; sizes in bytes, times in milliseconds, see ``pymesh.settings``.
        documents: What to serve, as for :func:`compile`, or where it comes from.
        hooks: The hooks in calling order, from
            :meth:`pymesh.hooks.manager.PluginManager.table`; ``None`` runs no Python at all.

    Raises:
        CoreError: It cannot start, or a worker ended before it should.
        TypeError: ``hooks`` is no hook table.
    """

@final
class Engine:
    """Compiled documents that answer what becomes of requests; shared between threads.

    Args:
        documents: What a proxy would serve, as for :func:`compile`.

    Raises:
        CoreError: ``bad-document``: they break their grammar or contradict each other.

    Example:
        >>> from pymesh import _core
        >>> engine = _core.Engine(b'{"mesh": {"outbound": "registry_only"}}')
        >>> b'"outcome":"unavailable"' in engine.answer(b'{"destination": {"host": "pay"}}')
        True
    """

    def __new__(cls, documents: bytes) -> Engine: ...
    def answer(self, lines: bytes, tree: bool = False) -> bytes:
        """One line of JSON for each line that is not blank, in their order.

        Python's lock is released while it runs. A line that is no request is answered, too.

        Args:
            lines: Requests, as ``pymesh/schemas/why-request.json`` has them.
            tree: Whether the answers hold the steps of the decisions.

        Returns:
            Answers, as ``pymesh/schemas/why-answer.json`` has them.
        """

@final
class CoreError(Exception):
    """Why a proxy did not start, or did not end well.

    Args:
        code: Stable, for scripts; a key of :data:`pymesh.errors.CODES`.
        message: What is wrong, in one line.
        exit_code: The process's exit code.
    """

    def __new__(cls, code: str, message: str, exit_code: int = 1) -> CoreError: ...
    @property
    def code(self) -> str:
        """Stable, for scripts."""

    @property
    def message(self) -> str:
        """What is wrong, in one line."""

    @property
    def exit_code(self) -> int:
        """The process's exit code."""

@final
class Headers:
    """The end-to-end fields of a head, see :class:`pymesh.hooks.Headers`."""

    @overload
    def get(self, name: str) -> str | None: ...
    @overload
    def get(self, name: str, default: _Default) -> str | _Default:
        """The first value of ``name``, or ``default``.

        Args:
            name: Compared without regard to case.
            default: Returned when there is no such field.

        Raises:
            RuntimeError: The call that the view belongs to has ended.
        """

    def getall(self, name: str) -> list[str]:
        """Every value of ``name`` in order."""

    def items(self) -> list[tuple[str, str]]:
        """Every field as ``(name, value)``, names as they were received."""

    def add(self, name: str, value: str) -> None:
        """Appends a field.

        Args:
            name: A token.
            value: Characters within latin-1, without control characters and outer white space.

        Raises:
            TypeError: The hook that runs may not edit this head.
            ValueError: The field cannot be sent, belongs to the proxy (framing, hop-by-hop,
                ``Host``), or all edits together are over 16 KiB.
        """

    def __getitem__(self, name: str, /) -> str: ...
    def __setitem__(self, name: str, value: str, /) -> None: ...
    def __delitem__(self, name: str, /) -> None: ...
    def __contains__(self, name: object, /) -> bool: ...
    def __iter__(self) -> Iterator[str]: ...
    def __len__(self) -> int: ...

@final
class Peer:
    """Who sent a request, see :class:`pymesh.hooks.Peer`."""

    @property
    def address(self) -> str:
        """The socket's other end, with its port."""

    @property
    def client(self) -> str:
        """The client's IP address, after the trusted hops."""

    @property
    def identity(self) -> str | None:
        """The verified identity."""

@final
class Route:
    """The route that a request matched, see :class:`pymesh.hooks.Route`."""

    @property
    def name(self) -> str:
        """The route rule."""

    @property
    def services(self) -> tuple[str, ...]:
        """The services that the rule may send to."""

    @property
    def service(self) -> str:
        """The service that the rule's weights chose."""

@final
class Request:
    """A request's head, see :class:`pymesh.hooks.Request`.

    Every attribute raises :class:`RuntimeError` when an inline hook's view is used after its call.
    """

    @property
    def method(self) -> str:
        """For example ``GET``."""

    @property
    def scheme(self) -> str:
        """``http`` or ``https``."""

    @property
    def authority(self) -> str:
        """Host and port as the client wrote them."""

    @property
    def host(self) -> str:
        """The host in lower case, without its port."""

    @property
    def path(self) -> str:
        """The normalized path, without the query."""

    @property
    def query(self) -> str | None:
        """What follows ``?``, undecoded."""

    @property
    def headers(self) -> Headers:
        """The fields; editable in ``on_request``."""

    @property
    def peer(self) -> Peer:
        """Who sent it."""

    @property
    def id(self) -> str | None:
        """The ``x-request-id`` that goes upstream."""

@final
class Response:
    """A response's head, see :class:`pymesh.hooks.Response`."""

    @property
    def status(self) -> int:
        """The status code; may be set to 200..599."""

    @status.setter
    def status(self, status: int, /) -> None: ...
    @property
    def headers(self) -> Headers:
        """The fields; editable in ``on_response``."""

@final
class Record:
    """One finished request, see :class:`pymesh.hooks.Record`.

    The records of one batch share its memory: keeping one keeps at most 1,024.
    """

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
        """Response flags, comma-separated; ``-`` for none."""

    @property
    def reason(self) -> str:
        """The reason of a denial or of an answer by the proxy."""

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
        """Tries upstream."""

class _Reply(TypedDict):
    status: int
    reason: str
    headers: list[tuple[str, bytes]]
    body: bytes
    denied: bool
    plugin: str

class _Outcome(TypedDict):
    reply: _Reply | None
    destination: list[tuple[str, int]] | None
    status: int | None
    edits: list[tuple[str, str, bytes]]
    waits: int
    expired: int
    seconds: float

@final
class Harness:
    """Drives the hooks of a table as a worker does, without sockets: for tests and benchmarks.

    It has one worker thread, a dispatcher and all that watches over it, so deadlines, failure
    policies, quarantine and reloads are the real ones.

    Args:
        table: The hooks.
        inline: Whether inline hooks run on the worker; otherwise all run on the dispatcher.

    Example:
        >>> from pymesh import _core
        >>> from pymesh.hooks import deny, hookimpl
        >>> from pymesh.hooks.manager import PluginManager
        >>> class Closed:
        ...     @hookimpl(inline=True)
        ...     def authorize(self, request):
        ...         return deny(403, "closed")
        >>> manager = PluginManager()
        >>> _ = manager.register(Closed())
        >>> harness = _core.Harness(manager.table())
        >>> harness.call("GET", "/")["reply"]["status"]
        403
        >>> harness.close()
        True
    """

    def __new__(cls, table: HookTable, *, inline: bool = True) -> Harness: ...
    @overload
    def call(
        self,
        method: str = ...,
        path: str = ...,
        headers: list[tuple[str, str]] = ...,
        *,
        query: str | None = ...,
        authority: str = ...,
        address: str = ...,
        identity: str | None = ...,
        route: str = ...,
        services: list[str] = ...,
        response: tuple[int, list[tuple[str, str]]] | None = ...,
        repeat: int = ...,
    ) -> _Outcome: ...
    @overload
    def call(
        self,
        method: str = ...,
        path: str = ...,
        headers: list[tuple[str, str]] = ...,
        *,
        query: str | None = ...,
        authority: str = ...,
        address: str = ...,
        identity: str | None = ...,
        route: str = ...,
        services: list[str] = ...,
        response: tuple[int, list[tuple[str, str]]] | None = ...,
        repeat: int = ...,
        concurrent: int,
    ) -> list[_Outcome]:
        """Runs the hooks of a request, or those of a response if one is given.

        Args:
            method: The request's method.
            path: Its normalized path.
            headers: Its fields.
            query: What follows ``?``.
            authority: Host and port.
            address: The peer's socket address.
            identity: The peer's verified identity.
            route: The route's name.
            services: Its services; the first is the chosen one.
            response: Status and fields of a response, to run ``on_response``.
            repeat: How often, one after the other; the last outcome is returned.
            concurrent: How many calls at a time, each repeated.

        Returns:
            ``reply`` and ``destination``, what the hooks decided; ``status``, what ``on_response``
            set; ``edits``, ``(set | add | remove, name, value)`` in order; ``waits``, how often the
            call waited for the dispatcher; ``expired``, how often in vain; ``seconds``, the time
            of all repetitions. A list of them if ``concurrent`` is above 1.
        """

    def record(
        self, method: str = ..., path: str = ..., *, status: int = 200, count: int = 1
    ) -> None:
        """Adds finished requests to the worker's telemetry batch.

        Args:
            method: Their method.
            path: Their path.
            status: Their status.
            count: How many.
        """

    def flush(self) -> None:
        """Hands the telemetry batch to the dispatcher and waits for the log to be written."""

    def metrics(self) -> str:
        """The hooks' metrics in the Prometheus text format."""

    def plugins(self) -> str:
        """The plugins and their hooks as a JSON array."""

    def close(self) -> bool:
        """Ends the threads and then the plugins.

        Returns:
            Whether all threads have ended; one that a hook does not return to has not.
        """
