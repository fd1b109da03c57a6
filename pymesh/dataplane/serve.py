"""Runs the core until it has drained."""

from __future__ import annotations

from pymesh.dataplane.core import core_settings, encode, load_core, translate
from pymesh.dataplane.documents import documents
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
    hooks = None
    used: list[tuple[str, str]] = []
    made = documents(settings["to"], settings["lb"], used)
    core = load_core()
    try:
        core.run(encode(core_settings(PROXY, settings)), encode(made), hooks)
    except core.CoreError as error:
        raise translate(error) from None


def core_version() -> str:
    """The version of the compiled core.

    Raises:
        PymeshError: ``core-missing``.
    """
    return str(load_core().version())
