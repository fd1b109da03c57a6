"""Runs the core until it has drained."""

from __future__ import annotations

# `signal` is Python around it, with enums that a start would pay for.
import _signal  # type: ignore[import-not-found]
import os

from pymesh.dataplane.core import core_settings, encode, load_core, translate
from pymesh.dataplane.documents import documents
from pymesh.errors import PymeshError
from pymesh.settings import PROXY

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pymesh.settings import Resolved

__all__ = ["core_version", "serve"]


def serve(settings: Resolved) -> None:
    """Serves until SIGTERM or SIGINT, then drains. Blocks.

    Args:
        settings: The settings of :data:`pymesh.settings.PROXY`.

    Raises:
        PymeshError: If it cannot start.
    """
    # The core's allocator takes huge pages where it may: 2 MiB for the first few bytes of each
    # thread, which is most of what an idle sidecar would hold. It reads this when it is loaded.
    os.environ.setdefault("MIMALLOC_ALLOW_THP", "0")
    core = load_core()
    files = None
    if settings["file"]:
        from pymesh.dataplane.files import Files

        files = Files(core, settings)
    manager = None
    if settings["plugin"] or settings["plugin-config"] or (files and files.plugins):
        # A proxy without plugins does without pluggy and what it imports.
        from pymesh.dataplane.plugins import load_plugins

        manager = load_plugins(settings, files.plugins if files else ())
    try:
        hooks = manager.table() if manager else None
        told = core_settings(PROXY, settings)
        told["workload"]["labels"] = dict(settings["label"])
        if files:
            told["listen"] = files.serving.listen
            told["workload"]["namespace"] = files.serving.namespace
            told["workload"]["labels"] = files.serving.labels
            told["workload"]["gateways"] = files.serving.gateways
        used = [(one.name, one.target) for one in manager.plugins] if manager else []
        made = None if files else encode(documents(settings["to"], settings["lb"], used))
        # Signals are the core's from here on: Ctrl-C drains, and nothing is left to be raised
        # in Python when it has.
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
        core.run(encode(told), files.source if files else made, hooks)
    except (PymeshError, core.CoreError) as error:
        # The core ends the plugins of a proxy that served; this one never did.
        if manager:
            manager.close()
        raise error if isinstance(error, PymeshError) else translate(error) from None


def core_version() -> str:
    """The version of the compiled core.

    Raises:
        PymeshError: ``core-missing``.
    """
    return str(load_core().version())
