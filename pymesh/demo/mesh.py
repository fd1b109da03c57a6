"""What the demo runs: two services and a proxy before them, with four plugins."""

from __future__ import annotations

import contextlib
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pymesh.demo.processes import child
from pymesh.errors import PymeshError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.demo.processes import Child

__all__ = ["Limits", "Mesh", "mesh"]

TOKEN = "open-sesame"  # noqa: S105 - the demo's own, shown in its output
WEIGHTS = {"v1": 80, "v2": 20}
READY = "pymesh: listening on "


class Limits(NamedTuple):
    """How much a tenant may send."""

    rate: float
    """Requests a second for long."""
    burst: int
    """Requests at once."""


class Mesh(NamedTuple):
    """The running demo."""

    proxy: Child
    address: tuple[str, int]
    """Where the proxy serves."""
    admin: tuple[str, int]
    """Where its admin pages are."""
    audit_log: Path
    command: str
    """How the proxy was started, for the user to try."""


@contextlib.contextmanager
def mesh(limits: Limits) -> Iterator[Mesh]:
    """Starts everything, and ends everything at the end of the ``with`` block.

    Args:
        limits: For the ``token-bucket`` plugin.

    Raises:
        PymeshError: ``unavailable``, if something does not start.
    """
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pymesh-demo-")))
        services = {
            name: stack.enter_context(child(["-m", "pymesh.demo.service", name]))
            for name in WEIGHTS
        }
        audit_log = folder / "audit.log"
        configs = {
            "header-auth": {"tokens": [TOKEN]},
            "token-bucket": {**limits._asdict(), "header": "x-tenant"},
            "ab-split": {"weights": WEIGHTS, "header": "x-user", "pin_header": "x-variant"},
            "audit-log": {"path": str(audit_log)},
        }
        words = ["-m", "pymesh", "proxy", "run", "--listen", "127.0.0.1:0"]
        words += ["--admin", "127.0.0.1:0"]
        for name, service in services.items():
            words += ["--to", f"{name}={service.first_line}"]
        # The plugin given last is asked first: who is not known has no business with the others.
        for name in reversed(configs):
            words += ["-p", name]
        for name, config in configs.items():
            words += ["--plugin-config", f"{name}={json.dumps(config)}"]
        proxy = stack.enter_context(child(words, READY, on_stderr=True))
        listen, _, admin = str(proxy.first_line)[len(READY) :].partition(", admin on ")
        command = " ".join(["pymesh", *(_quote(word) for word in words[2:])])
        yield Mesh(proxy, _address(listen), _address(admin), audit_log, command)


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not port.isdigit():
        raise PymeshError("unavailable", f"the proxy said that it serves on {text!r}")
    return host, int(port)


def _quote(word: str) -> str:
    return f"'{word}'" if any(mark in word for mark in ' {}"*') else word
