"""What the demo runs: two services and a gateway before them, which serves a folder of resources.

Its policy is an AuthorizationPolicy, its route an HTTPRoute, its four plugins are Plugins.
"""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pymesh.demo import resources
from pymesh.demo.processes import child
from pymesh.errors import PymeshError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pymesh.demo.processes import Child

__all__ = ["WEIGHTS", "Limits", "Mesh", "mesh"]

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
    files: Path
    """The folder of the resources that it serves."""
    audit_log: Path
    """Where it writes what policies decide."""
    request_log: Path
    """Where the ``audit-log`` plugin writes every request."""
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
        places = {name: _address(str(one.first_line)) for name, one in services.items()}
        request_log = folder / "requests.log"
        files = folder / "mesh"
        files.mkdir()
        resources.write(files, places, WEIGHTS, _plugins(folder, limits, request_log))
        audit_log = folder / "audit.log"
        words = ["-m", "pymesh", "proxy", "run", "-f", str(files), "--listen", "127.0.0.1:0"]
        words += ["--admin", "127.0.0.1:0", "--audit-log", str(audit_log)]
        proxy = stack.enter_context(child(words, READY, on_stderr=True))
        listen, _, admin = str(proxy.first_line)[len(READY) :].partition(", admin on ")
        command = " ".join(["pymesh", *words[2:]])
        yield Mesh(proxy, _address(listen), _address(admin), files, audit_log, request_log, command)


def _plugins(folder: Path, limits: Limits, request_log: Path) -> dict[str, dict[str, object]]:
    """The plugins' configurations, in the order in which they are asked."""
    # A secret has no place in a resource: the plugin reads it from a file that only we may open.
    tokens = folder / "tokens"
    tokens.touch(mode=0o600)
    tokens.write_text(f"{resources.TOKEN}\n", encoding="ascii")
    return {
        # Who is not known has no business with the others.
        "header-auth": {"token_file": str(tokens)},
        "token-bucket": {**limits._asdict(), "header": "x-tenant"},
        "ab-split": {"weights": WEIGHTS, "header": "x-user", "pin_header": "x-variant"},
        "audit-log": {"path": str(request_log)},
    }


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not port.isdigit():
        raise PymeshError("unavailable", f"something said that it serves on {text!r}")
    return host, int(port)
