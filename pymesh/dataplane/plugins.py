"""Loads the plugins that the settings name, each with its configuration."""

from __future__ import annotations

import os

from pymesh.dataplane.plugin_config import PluginConfig, read_plugin_config
from pymesh.errors import PymeshError, did_you_mean
from pymesh.hooks.manager import PluginManager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from pymesh.settings import Resolved

__all__ = ["load_plugins", "plugin_name"]


def load_plugins(settings: Resolved, resources: Iterable[Mapping[str, Any]] = ()) -> PluginManager:
    """Imports, configures and checks every plugin.

    Args:
        settings: ``plugin``, ``plugin-config`` and ``reload`` are read.
        resources: Plugins of resources, as wire documents; the hooks of the first run first, and
            before those of the settings.

    Raises:
        PymeshError: If one cannot be used, with its file and line.
    """
    configs: dict[str, PluginConfig] = {}
    for name, text in settings["plugin-config"]:
        if name in configs:
            raise PymeshError("bad-plugin-config", f"plugin {name!r} is configured twice")
        configs[name] = read_plugin_config(name, text)
    manager = PluginManager(reload=settings["reload"])
    try:
        for target in settings["plugin"]:
            config = configs.pop(target, None) or configs.pop(plugin_name(target), None)
            if config:
                manager.load(target, config.values, config.place)
            else:
                manager.load(target)
        manager.load_resources(resources)
        if configs:
            unused = next(iter(configs))
            used = [loaded.name for loaded in manager.plugins]
            raise PymeshError(
                "bad-plugin-config",
                f"there is a configuration for {unused!r}, but no such plugin is used",
                hint=did_you_mean(unused, used) or f"add -p {unused}",
            )
    except PymeshError:
        manager.close()
        raise
    return manager


def plugin_name(target: str) -> str:
    """What a plugin is called in ``--plugin-config``, logs and metrics.

    Args:
        target: A file, a module or the name of an installed plugin, with or without a class.

    Example:
        >>> plugin_name("plugins/auth.py:Tokens"), plugin_name("package.limits")
        ('auth', 'limits')
    """
    where, colon, class_name = target.rpartition(":")
    if not (colon and where and class_name.isidentifier()):
        where = target
    if where.endswith(".py") or os.sep in where:
        return os.path.splitext(os.path.basename(where))[0]
    return where.rpartition(".")[2]
