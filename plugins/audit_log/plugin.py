"""The ``audit-log`` plugin: one hook, ``telemetry``, off the path of any request."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pymesh.hooks import hookimpl
from pymesh.plugins.audit_log.file import RotatingFile

if TYPE_CHECKING:
    from pymesh.hooks import Record

__all__ = ["AuditLog", "Config", "line"]

# No field that a client chose may fill the disk on its own.
LONGEST_FIELD = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """What the plugin can be told.

    Args:
        path: The file to append to; it is made with mode 0600 if it is not there.
        max_bytes: The size in bytes at which the file is put aside; 0 means never.
        keep: How many files that were put aside are kept, as ``path.1`` (the newest) and so on.

    Raises:
        ValueError: If a value cannot be.
    """

    path: str
    max_bytes: int = 100 * 1024 * 1024
    keep: int = 5

    def __post_init__(self) -> None:
        if not isinstance(self.path, str) or not self.path:
            raise ValueError("path must name a file")
        if type(self.max_bytes) is not int or self.max_bytes < 0:
            raise ValueError("max_bytes must be a size in bytes, or 0")
        if type(self.keep) is not int or not 1 <= self.keep <= 1000:
            raise ValueError("keep must be a number from 1 to 1000")


class AuditLog:
    """Appends every request to a file, a batch at a time.

    Args:
        config: Where to write, and when to begin a new file.

    Raises:
        ValueError: If the file cannot be opened.
    """

    def __init__(self, config: Config) -> None:
        try:
            self._file = RotatingFile(config.path, config.max_bytes, config.keep)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise ValueError(f"path {config.path}: {reason}") from None

    @hookimpl
    def telemetry(self, records: list[Record]) -> None:
        """Appends a batch with one write."""
        self._file.append("".join([line(record) for record in records]).encode("ascii"))

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


def line(record: Record) -> str:
    """One request as a line of JSON.

    Everything that is not printable ASCII is escaped, so that no request can end a line or speak
    to the terminal of whoever reads the file.

    Args:
        record: The request.
    """
    upstream = record.upstream_seconds
    fields = {
        "time": timestamp(record.time),
        "id": record.id,
        "client": record.client,
        "address": record.address,
        "identity": record.identity,
        "method": record.method,
        "authority": record.authority,
        "path": record.path,
        "status": record.status,
        "flags": record.flags,
        "reason": record.reason,
        "plugin": record.plugin,
        "route": record.route,
        "service": record.service,
        "endpoint": record.endpoint,
        "attempts": record.attempts,
        "duration_ms": round(record.duration_seconds * 1000, 3),
        "upstream_ms": None if upstream is None else round(upstream * 1000, 3),
        "request_bytes": record.request_bytes,
        "response_bytes": record.response_bytes,
    }
    for name, value in fields.items():
        if isinstance(value, str) and len(value) > LONGEST_FIELD:
            fields[name] = value[:LONGEST_FIELD] + "..."
    # DEL is the one character that json leaves alone and a terminal does not.
    return json.dumps(fields, separators=(",", ":")).replace("\x7f", "\\u007f") + "\n"


def timestamp(seconds: float) -> str:
    """A time as RFC 3339 writes it, in UTC with milliseconds.

    Example:
        >>> timestamp(0.5)
        '1970-01-01T00:00:00.500Z'
    """
    milliseconds = round(seconds * 1000)
    whole, fraction = divmod(milliseconds, 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole)) + f".{fraction:03}Z"
