"""``pymesh proxy run``, without a CLI framework."""

from __future__ import annotations

import os
import sys

from pymesh.cli.flags import parse_flags
from pymesh.errors import EXIT_OK, PymeshError
from pymesh.settings import PROXY, Resolved, resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["run", "settings_of"]


def run(words: Sequence[str]) -> int:
    """Runs a proxy until it is told to stop.

    Args:
        words: The words after ``pymesh proxy run``.

    Returns:
        The exit code.

    Raises:
        PymeshError: If it cannot start.
    """
    if "--help" in words or "-h" in words:
        from shutil import get_terminal_size

        from pymesh.cli.usage import usage

        sys.stdout.write(usage(PROXY, get_terminal_size((100, 24)).columns))
        return EXIT_OK
    settings = settings_of(words, os.environ)
    from pymesh.dataplane import serve

    serve(settings)
    return EXIT_OK


def settings_of(words: Sequence[str], environment: Mapping[str, str]) -> Resolved:
    """The settings that a command line, an environment and a file make together.

    Args:
        words: The words after ``pymesh proxy run``.
        environment: The process's environment.

    Raises:
        PymeshError: If they are not what they should be.
    """
    flags = parse_flags(PROXY, words)
    path = flags["config"][-1] if "config" in flags else environment.get("PYMESH_CONFIG")
    file = None
    if path:
        from pymesh.settings.file import read_file

        file = read_file(PROXY, path)
    settings = resolve(PROXY, flags, environment, file)
    if not settings["to"] and not settings["file"]:
        raise PymeshError(
            "missing-setting",
            "there is nothing to send requests to",
            hint="write --to HOST:PORT, or -f with files",
        )
    if settings["to"] and settings["file"]:
        message = "--to and -f both say where requests go"
        raise PymeshError("bad-value", message, hint="leave one of them out")
    for name in ("gateway", "label") if settings["to"] else ():
        if settings[name]:
            raise PymeshError("bad-value", f"--{name} needs -f", hint="it is about resources")
    if settings["to"] and any("=" in one for one in settings["listen"]):
        message = "--listen with PORT= is about the ports of gateways"
        raise PymeshError("bad-value", message, hint="leave PORT= out, or serve files with -f")
    return settings
