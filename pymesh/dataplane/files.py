"""``-f``: a child process reads the files, so that this one imports neither pydantic nor YAML."""

from __future__ import annotations

import sys

from pymesh.dataplane.core import translate
from pymesh.dataplane.gateways import serving

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

    from pymesh.dataplane.gateways import Serving
    from pymesh.settings import Resolved

__all__ = ["Files"]


class Files:
    """The files of ``-f``, read for the first time and followed from then on.

    Args:
        core: The extension module.
        settings: The settings of a proxy.

    Attributes:
        source: Where the core's documents come from.
        serving: What the proxy serves.
        plugins: The plugins of the files, in the order in which their hooks run.

    Raises:
        PymeshError: ``refused-files``: the child has said what is wrong with them.
    """

    __slots__ = ("plugins", "serving", "source")

    def __init__(self, core: ModuleType, settings: Resolved) -> None:
        command = [sys.executable, "-m", "pymesh.translate.child"]
        try:
            self.source = core.Source([*command, "--", *settings["file"]])
        except core.CoreError as error:
            raise translate(error) from None
        # Only a proxy with files pays for it.
        from msgspec import json

        found: dict[str, list[dict[str, Any]]] = json.decode(self.source.prerequisites())
        self.serving: Serving = serving(settings, found["listeners"])
        self.plugins = _of_namespace(found["plugins"], self.serving.namespace)


def _of_namespace(plugins: list[dict[str, Any]], namespace: str) -> list[dict[str, Any]]:
    """The plugins that a namespace loads: of two of one name its own, as the core decides."""
    own = {one["name"] for one in plugins if one.get("audience") == namespace}
    return [
        one
        for one in plugins
        if one.get("audience", "*") == namespace
        or ("audience" not in one and one["name"] not in own)
    ]
