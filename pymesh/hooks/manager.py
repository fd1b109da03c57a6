"""Finds, checks, orders and flattens plugins, and swaps one whose file has changed."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from pymesh.errors import Place
from pymesh.hooks import _loading
from pymesh.hooks._checking import hooks_of
from pymesh.hooks._config import make
from pymesh.hooks._failing import report
from pymesh.hooks._flattening import Named, flatten
from pymesh.hooks.errors import FAILED, HookError, failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from typing import TextIO

    from pymesh.hooks._checking import Hook
    from pymesh.hooks._loading import Found
    from pymesh.hooks.table import HookTable

__all__ = ["Loaded", "PluginManager"]


class Loaded(NamedTuple):
    """A plugin in use."""

    name: str
    """What it is called in logs and metrics."""
    target: str
    """How the user named it."""
    found: Found | None
    """Its code; ``None`` if it was registered as an object."""
    plugin: object
    """The module, or the object made of its class."""
    hooks: tuple[Hook, ...]
    config: Mapping[str, object] | None
    config_place: str
    resource: Mapping[str, Any] | None = None
    """The wire document that asks for it; ``None`` if something else does."""

    @property
    def provider(self) -> str:
        """The provider of AuthorizationPolicy's action CUSTOM that it serves, if it does."""
        return str(self.resource.get("provider", "")) if self.resource else ""

    @property
    def file(self) -> str:
        """Where it is written."""
        return self.found.file if self.found else f"<{self.name}>"


class PluginManager:
    """The plugins of one proxy, in the order in which they were given.

    Args:
        reload: Whether a changed plugin file is to be loaded anew while the proxy runs.
        stream: Where a failing reload is reported; standard error if not given.

    Example:
        >>> from types import SimpleNamespace
        >>> from pymesh.hooks import hookimpl
        >>> class Audit:
        ...     @hookimpl
        ...     def telemetry(self, records): ...
        >>> manager = PluginManager()
        >>> manager.register(Audit(), "audit").name
        'audit'
        >>> [step.plugin for step in manager.table().telemetry]
        ['audit']
    """

    def __init__(self, *, reload: bool = False, stream: TextIO | None = None) -> None:
        self._loaded: list[Loaded] = []
        self._reload = reload
        self._stream = stream
        self._generation = 1

    @property
    def plugins(self) -> Sequence[Loaded]:
        """The plugins in use."""
        return tuple(self._loaded)

    def load(
        self, target: str, config: Mapping[str, object] | None = None, config_place: str = ""
    ) -> Loaded:
        """Loads a plugin.

        Args:
            target: ``FILE``, ``MODULE`` or ``NAME``, each with an optional ``:Class``.
            config: Its configuration; ``None`` if it has none.
            config_place: Where that was read, for messages.

        Raises:
            HookError: It cannot be found, imported, configured or called; nothing has changed then.
        """
        found = _loading.find(target)
        if found.name in self._names() and found.class_name:
            found = found._replace(name=f"{found.name}:{found.class_name}")
        loaded = _load(found, target, config, config_place)
        self._add(loaded)
        return loaded

    def load_resources(self, resources: Iterable[Mapping[str, Any]]) -> None:
        """Loads the plugins of resources.

        The hooks of the first are called first, and before those of every plugin that was loaded
        in another way.

        Args:
            resources: Wire documents (:class:`pymesh.wire.Plugin`) as mappings.

        Raises:
            HookError: As :meth:`load`.
        """
        # pluggy asks the last first.
        for resource in reversed(list(resources)):
            self._add(_load_resource(resource))

    def follow(self, resources: str) -> HookTable:
        """Replaces the plugins of resources by those of new ones; what has not changed stays.

        Args:
            resources: Wire documents as a JSON list.

        Returns:
            The next table.

        Raises:
            HookError: As :meth:`load`; the old plugins stay then.
        """
        self._generation += 1
        kept = [loaded for loaded in self._loaded if loaded.resource is None]
        known = [loaded for loaded in self._loaded if loaded.resource is not None]
        fresh: list[Loaded] = []
        following = list(kept)
        try:
            for resource in reversed(json.loads(resources)):
                old = next((one for one in known if one.resource == resource), None)
                if old is None:
                    old = _load_resource(resource)
                    fresh.append(old)
                _refuse_twin(old, following)
                following.append(old)
            retired = tuple(_closer(one) for one in known if one not in following)
            table = self._table(following, retired)
        except HookError:
            for new in fresh:
                _closer(new)()
            raise
        self._loaded = following
        return table

    def register(self, plugin: object, name: str = "") -> Loaded:
        """Takes a plugin that is already made: a module or an object with hooks.

        Args:
            plugin: The plugin.
            name: What it is called; its class's or module's name if not given.

        Raises:
            HookError: As :meth:`load`.
        """
        name = name or getattr(plugin, "__name__", None) or type(plugin).__name__
        hooks = tuple(hooks_of(plugin, name, f"<{name}>"))
        loaded = Loaded(name, name, None, plugin, hooks, None, "")
        self._add(loaded)
        return loaded

    def table(self) -> HookTable:
        """Every hook in calling order, for the compiled part."""
        return self._table(self._loaded, ())

    def reload(self, paths: Iterable[str]) -> HookTable | None:
        """Loads the plugins of changed files anew, beside those in use.

        Args:
            paths: The files.

        Returns:
            The next table. ``None`` if a plugin's import, making, ``check()`` or hooks fail: its
            traceback has been reported from the plugin's first frame on, and the old ones stay.
        """
        changed = set(paths)
        self._generation += 1
        following, retired, fresh = [], [], []
        try:
            for old in self._loaded:
                if old.found is None or old.found.stamp is None or old.file not in changed:
                    following.append(old)
                    continue
                found = _loading.again(old.found, self._generation)
                new = _load(found, old.target, old.config, old.config_place, old.resource)
                fresh.append(new)
                following.append(new)
                retired.append(_closer(old))
            table = self._table(following, tuple(retired))
        except HookError as error:
            for new in fresh:
                _closer(new)()
            report(error, self._stream or sys.stderr)
            return None
        self._loaded = following
        return table

    def close(self) -> None:
        """Calls every plugin's ``close()``; what one raises does not keep the others from it."""
        for loaded in reversed(self._loaded):
            _closer(loaded)()

    def _names(self) -> list[str]:
        return [loaded.name for loaded in self._loaded]

    def _add(self, loaded: Loaded) -> None:
        _refuse_twin(loaded, self._loaded)
        flatten([_named(one) for one in [*self._loaded, loaded]])
        self._loaded.append(loaded)

    def _table(
        self, loaded: Sequence[Loaded], retired: tuple[Callable[[], object], ...]
    ) -> HookTable:
        table = flatten([_named(one) for one in loaded])
        watched = {
            one.file: (one.file, *one.found.stamp)
            for one in loaded
            if self._reload and one.found and one.found.stamp
        }
        return table._replace(
            watched=tuple(watched.values()),
            reload=self.reload,
            follow=self.follow,
            retired=retired,
            close=self.close,
        )


def _refuse_twin(loaded: Loaded, others: Iterable[Loaded]) -> None:
    """Two plugins of one name could not be told apart in metrics and logs."""
    if any(one.name == loaded.name for one in others):
        message = f"there are two plugins {loaded.name}"
        raise HookError(FAILED, message, plugin=loaded.name, place=Place(loaded.file))


def _named(loaded: Loaded) -> Named:
    return Named(loaded.name, loaded.file, loaded.hooks, loaded.provider)


def _load_resource(resource: Mapping[str, Any]) -> Loaded:
    found = _loading.find(resource["source"])._replace(name=resource["name"])
    place = f"Plugin {resource['name']}"
    loaded = _load(found, resource["source"], resource.get("config"), place, resource)
    if loaded.provider and not any(hook.name == "authorize" for hook in loaded.hooks):
        message = f"plugin {found.name} has no authorize hook, which its provider needs"
        raise HookError(FAILED, message, plugin=found.name, place=Place(loaded.file))
    return loaded


def _load(
    found: Found,
    target: str,
    config: Mapping[str, object] | None,
    config_place: str,
    resource: Mapping[str, Any] | None = None,
) -> Loaded:
    plugin = make(found, config, config_place)
    failure_policy = resource.get("failure") if resource else None
    hooks = tuple(hooks_of(plugin, found.name, found.file, failure_policy))
    check = getattr(plugin, "check", None)
    if callable(check):
        try:
            check()
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise failure(FAILED, found.name, error, found.file, "its check()") from error
    return Loaded(found.name, target, found, plugin, hooks, config, config_place, resource)


def _closer(loaded: Loaded) -> Callable[[], None]:
    """Ends a plugin: its ``close()``, if it has one, and the module that a reload made."""

    def close() -> None:
        try:
            end = getattr(loaded.plugin, "close", None)
            if callable(end):
                end()
        except Exception as error:  # noqa: BLE001 - the others are to be closed all the same
            report(failure(FAILED, loaded.name, error, loaded.file, "its close()"), sys.stderr)
        if loaded.found is not None and "@" in loaded.found.module.__name__:
            sys.modules.pop(loaded.found.module.__name__, None)

    return close
