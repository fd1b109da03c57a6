"""Plain stand-ins for what the core hands to a hook, so that plugins are testable without it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

Default = TypeVar("Default")


class FakeHeaders:
    """Header fields, compared without regard to case."""

    def __init__(self, fields: Iterable[tuple[str, str]] = ()) -> None:
        self._fields = list(fields)

    def get(self, name: str, default: Any = None) -> Any:
        return next(iter(self.getall(name)), default)

    def getall(self, name: str) -> list[str]:
        return [value for key, value in self._fields if key.lower() == name.lower()]

    def items(self) -> list[tuple[str, str]]:
        return list(self._fields)

    def add(self, name: str, value: str) -> None:
        self._fields.append((name, value))

    def __getitem__(self, name: str) -> str:
        return self.getall(name)[0]

    def __setitem__(self, name: str, value: str) -> None:
        del self[name]
        self.add(name, value)

    def __delitem__(self, name: str) -> None:
        self._fields = [(key, value) for key, value in self._fields if key.lower() != name.lower()]

    def __contains__(self, name: object) -> bool:
        return bool(self.getall(str(name)))

    def __iter__(self) -> Iterator[str]:
        return iter([key for key, _ in self._fields])

    def __len__(self) -> int:
        return len(self._fields)


@dataclass
class FakePeer:
    address: str = "192.0.2.1:40000"
    client: str = "192.0.2.1"
    identity: str | None = None


@dataclass
class FakeRequest:
    headers: FakeHeaders = field(default_factory=FakeHeaders)
    method: str = "GET"
    scheme: str = "http"
    authority: str = "web"
    host: str = "web"
    path: str = "/"
    query: str | None = None
    peer: FakePeer = field(default_factory=FakePeer)
    id: str | None = "00000000-0000-4000-8000-000000000000"


@dataclass
class FakeRecord:
    time: float = 1.25
    duration_seconds: float = 0.0015
    upstream_seconds: float | None = 0.001
    method: str = "GET"
    authority: str = "web"
    path: str = "/"
    status: int = 200
    flags: str = "-"
    reason: str = ""
    request_bytes: int = 80
    response_bytes: int = 160
    route: str | None = "default/upstream"
    service: str | None = "default/v1"
    endpoint: str | None = "127.0.0.1:9000"
    address: str = "192.0.2.1:40000"
    client: str = "192.0.2.1"
    identity: str | None = None
    id: str | None = "00000000-0000-4000-8000-000000000000"
    plugin: str | None = None
    attempts: int = 1


def request(*fields: tuple[str, str], **attributes: Any) -> FakeRequest:
    """A request with these header fields."""
    return FakeRequest(headers=FakeHeaders(fields), **attributes)
