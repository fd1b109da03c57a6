"""``pymesh plugin list``: what is installed, and how its hooks would be called."""

from __future__ import annotations

import json
from importlib.metadata import entry_points
from inspect import getattr_static
from typing import TYPE_CHECKING, NamedTuple

import typer

from pymesh.hooks.options import MARKER
from pymesh.hooks.spec import HOOKS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.metadata import EntryPoint

__all__ = ["Listed", "installed", "list_plugins"]

GROUP = "pymesh.plugins"


class Listed(NamedTuple):
    """One installed plugin."""

    name: str
    source: str
    package: str
    hooks: dict[str, str]
    """From a hook to the tier that calls it: ``inline`` or ``dispatcher``."""
    error: str
    """Why it cannot be imported; empty if it can."""


def installed() -> list[Listed]:
    """Every plugin that an installed package offers, by name. Imports them, makes none."""
    return sorted(_listed(entry) for entry in entry_points(group=GROUP))


def list_plugins(output: str) -> None:
    """Prints the installed plugins.

    Args:
        output: ``table``, ``json`` or ``name``.
    """
    found = installed()
    if output == "json":
        typer.echo(json.dumps([one._asdict() for one in found], indent=2))
    elif output == "name":
        for one in found:
            typer.echo(one.name)
    else:
        _table(found)


def _table(found: list[Listed]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in ("NAME", "HOOKS", "PACKAGE", "SOURCE"):
        table.add_column(column, overflow="fold")
    for one in found:
        hooks = ", ".join(f"{hook} ({tier})" for hook, tier in one.hooks.items())
        table.add_row(one.name, one.error or hooks, one.package, one.source)
    Console(highlight=False).print(table if found else "no plugin is installed")


def _listed(entry: EntryPoint) -> Listed:
    package = f"{entry.dist.name} {entry.dist.version}" if entry.dist else ""
    try:
        hooks, error = dict(_hooks(entry.load())), ""
    except Exception as raised:  # noqa: BLE001 - one broken package must not hide the others
        hooks, error = {}, f"{type(raised).__name__}: {raised}"
    return Listed(entry.name, entry.value, package, hooks, error)


def _hooks(plugin: object) -> Iterator[tuple[str, str]]:
    """The hooks of a class or module in the order in which a request meets them."""
    marked = {}
    for attribute in dir(plugin):
        options = getattr(getattr_static(plugin, attribute, None), MARKER, None)
        if isinstance(options, dict):
            marked[options.get("specname") or attribute] = options
    for hook in HOOKS:
        if hook in marked:
            inline = marked[hook].get("inline") and hook != "telemetry"
            yield hook, "inline" if inline else "dispatcher"
