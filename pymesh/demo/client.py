"""The demo's client: sends requests over kept connections and keeps what it saw."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections import Counter, deque
from typing import TYPE_CHECKING, NamedTuple

from pymesh.demo.resources import HOST, TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["DENIED", "Call", "Client", "Outcome", "Tally", "send_all"]

TIMEOUT_SECONDS = 30.0
# What the proxy says when a policy of the mesh refuses.
DENIED = "denied"
# Where requests are sent to, where that is not their kind. The second is the first in disguise.
_PATHS = {
    "intruder": "/admin/users",
    "disguised": "//static/../admin/users",
    "staff": "/admin/users",
}
_NORMALIZED = _PATHS | {"disguised": "/admin/users"}


class Call(NamedTuple):
    """A request to send."""

    kind: str
    """What it is sent for, such as ``drawn`` or ``greedy``."""
    tenant: str
    token: str | None = TOKEN
    user: str = ""
    variant: str = ""

    @property
    def path(self) -> str:
        """Its path as it is sent."""
        return _PATHS.get(self.kind, f"/{self.kind}")

    @property
    def normalized(self) -> str:
        """Its path as everybody behind the proxy's first look at it sees it."""
        return _NORMALIZED.get(self.kind, self.path)

    @property
    def headers(self) -> dict[str, str]:
        """Its header fields."""
        fields = {"host": HOST, "x-tenant": self.tenant}
        if self.token is not None:
            fields["authorization"] = f"Bearer {self.token}"
        if self.user:
            fields["x-user"] = self.user
        if self.variant:
            fields["x-variant"] = self.variant
        return fields


class Outcome(NamedTuple):
    """What a request got."""

    call: Call
    status: int
    """0 if the connection failed."""
    reason: str
    """Why it was refused; empty if it was not."""
    service: str
    """Who answered; empty if no service did."""
    seconds: float
    retry_after: str


class Client:
    """One connection to the proxy, opened again when it was closed.

    Args:
        address: The proxy.
    """

    def __init__(self, address: tuple[str, int]) -> None:
        self._connection = http.client.HTTPConnection(*address, timeout=TIMEOUT_SECONDS)

    def send(self, call: Call) -> Outcome:
        """Sends a request and reads the whole answer."""
        begin = time.perf_counter()
        try:
            self._connection.request("GET", call.path, headers=call.headers)
            response = self._connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            return Outcome(call, 0, type(error).__name__, "", time.perf_counter() - begin, "")
        seconds = time.perf_counter() - begin
        reason = ""
        if response.status != 200:
            # A plugin's refusal says why in its body, one of the proxy's own in a header.
            said = body.decode("latin-1").strip()
            reason = said or str(response.getheader("x-pymesh-error", "no reason given"))
        service = str(json.loads(body)["service"]) if response.status == 200 else ""
        retry_after = response.getheader("retry-after", "")
        return Outcome(call, response.status, reason, service, seconds, retry_after)

    def close(self) -> None:
        """Closes the connection."""
        self._connection.close()


class Tally:
    """What all clients saw, in numbers; may be used from several threads.

    Args:
        keep: How many of the newest outcomes are kept whole; all if not given.
    """

    def __init__(self, keep: int | None = None) -> None:
        self._lock = threading.Lock()
        self.outcomes: deque[Outcome] = deque(maxlen=keep)
        self.total = 0
        self.statuses: Counter[int] = Counter()
        self.reasons: Counter[str] = Counter()
        self.services: Counter[str] = Counter()

    def add(self, outcome: Outcome) -> None:
        """Counts an outcome."""
        with self._lock:
            self.outcomes.append(outcome)
            self.total += 1
            self.statuses[outcome.status] += 1
            if outcome.reason:
                self.reasons[outcome.reason] += 1
            if outcome.service:
                self.services[outcome.service] += 1

    def quantile(self, share: float) -> float:
        """The time in seconds within which so much of the kept requests was answered."""
        with self._lock:
            times = sorted(outcome.seconds for outcome in self.outcomes)
        return times[min(int(share * len(times)), len(times) - 1)] if times else 0.0


def send_all(address: tuple[str, int], calls: Iterable[Call], tally: Tally, threads: int) -> None:
    """Sends requests from several connections at once and waits for all answers.

    Args:
        address: The proxy.
        calls: What to send.
        tally: Where outcomes are counted.
        threads: How many connections.
    """
    queue = iter(calls)
    lock = threading.Lock()

    def work() -> None:
        client = Client(address)
        while True:
            with lock:
                call = next(queue, None)
            if call is None:
                break
            tally.add(client.send(call))
        client.close()

    workers = [threading.Thread(target=work, daemon=True) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
