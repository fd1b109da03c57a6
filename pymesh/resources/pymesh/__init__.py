"""Our own kinds, for what no other project has one."""

from pymesh.resources.pymesh.plugin import Plugin, PluginSpec

__all__ = ["Plugin", "PluginSpec"]
