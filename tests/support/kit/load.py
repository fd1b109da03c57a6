"""Threads that send requests without a pause and count what goes wrong."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

from kit.client import Client

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType
    from typing import Self

    from kit.client import Address
    from kit.message import Message


class Load:
    """Keeps requests going to wherever `address` says, on connections that live as long as the
    server lets them.

    A request has failed when it was written and no complete, good response came. A connection that
    cannot be opened is no failed request: nothing was sent. It is tried again, at the address of
    the moment.
    """

    def __init__(
        self,
        address: Callable[[], Address],
        *,
        threads: int = 4,
        fields: tuple[str, ...] = (),
        is_good: Callable[[Message], bool] = lambda response: response.status == 200,
    ) -> None:
        """Starts the threads; `is_good` decides whether a response is as it should be."""
        self.good = 0
        self.failures: list[str] = []
        self.bodies: Counter[bytes] = Counter()
        self._address = address
        self._fields = fields
        self._is_good = is_good
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._connected_to: dict[int, Address | None] = {}
        self._threads = [
            threading.Thread(target=self._run, args=(number,), daemon=True)
            for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """Lets each thread finish its request and end."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def has_gone_beyond(self, count: int) -> bool:
        """Whether more than `count` requests have been answered well."""
        return self.good > count

    def connecting_nowhere_but(self, *addresses: Address) -> bool:
        """Whether no thread is on its way to any other address: a load balancer's view of a
        server that nobody new will connect to. Connections that stand already do not count."""
        with self._lock:
            return all(to is None or to in addresses for to in self._connected_to.values())

    def _run(self, number: int) -> None:
        while not self._stop.is_set():
            with self._lock:
                address = self._address()
                self._connected_to[number] = address
            try:
                client = Client(address)
                # The first request is part of opening: before it nothing stands.
            except ConnectionRefusedError:
                continue
            with client:
                self._use(client, number)

    def _use(self, client: Client, number: int) -> None:
        first = True
        while not self._stop.is_set():
            try:
                response = client.get(f"/load/{number}", *self._fields)
            except (OSError, EOFError) as error:
                self._fail(f"{type(error).__name__}: {error}")
                return
            if not self._is_good(response):
                self._fail(f"{response.start_line} ({response.error})")
            with self._lock:
                self.good += 1
                self.bodies[response.body] += 1
                if first:
                    self._connected_to[number] = None
                    first = False
            if response.closes:
                return

    def _fail(self, what: str) -> None:
        with self._lock:
            self.failures.append(what)
