"""Lets pluggy order the hooks, then writes its order down as a table of plain calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from pluggy import PluginManager as Pluggy
from pluggy import PluginValidationError

from pymesh.errors import Place
from pymesh.hooks import spec
from pymesh.hooks.errors import FAILED, DeadlineExceeded, HookError
from pymesh.hooks.options import MARKER, PROJECT
from pymesh.hooks.table import HookStep, HookTable
from pymesh.hooks.verdicts import Allow, Deny, Destination, Respond

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pluggy import HookImpl

    from pymesh.hooks._checking import Hook


class Named(NamedTuple):
    """A plugin's hooks, and what it is."""

    name: str
    """What it is called in logs and metrics."""
    file: str
    """Where it is written."""
    hooks: Sequence[Hook]
    provider: str = ""
    """The provider of AuthorizationPolicy's action CUSTOM that it serves, if it does."""


def flatten(plugins: Sequence[Named]) -> HookTable:
    """The table of all hooks.

    Args:
        plugins: The plugins, in the order in which they were given.

    Raises:
        HookError: pluggy refuses one of them.
    """
    providers = dict.fromkeys(one.provider for one in plugins if one.provider)
    custom = tuple(
        (provider, _steps(register(_authorizing(plugins, provider)), "authorize"))
        for provider in providers
    )
    plugins = [_without_authorize(one) if one.provider else one for one in plugins]
    forth = register(plugins)
    # What touches the request first touches the response last. Registering in reverse mirrors the
    # order and leaves `tryfirst` and `trylast` what they say.
    back = register(list(reversed(plugins)))
    return HookTable(
        authorize=_steps(forth, "authorize"),
        route=_steps(forth, "route"),
        on_request=_steps(forth, "on_request"),
        on_response=_steps(back, "on_response"),
        telemetry=_steps(forth, "telemetry"),
        custom=custom,
        verdicts=(Allow, Deny, Respond, Destination),
        interrupt=DeadlineExceeded,
    )


def _authorizing(plugins: Iterable[Named], provider: str) -> list[Named]:
    return [
        one._replace(hooks=[hook for hook in one.hooks if hook.name == "authorize"])
        for one in plugins
        if one.provider == provider
    ]


def _without_authorize(plugin: Named) -> Named:
    return plugin._replace(hooks=[hook for hook in plugin.hooks if hook.name != "authorize"])


def register(plugins: Iterable[Named]) -> Pluggy:
    """A pluggy manager that knows the specification and the plugins.

    Each plugin is registered as a class that carries its hooks as static methods, because pluggy
    itself recognises Python functions only and hooks may be compiled ones.
    """
    manager = Pluggy(PROJECT)
    manager.add_hookspecs(spec)
    for name, file, hooks, _ in plugins:
        carried = {}
        for hook in hooks:
            carrier: Any = staticmethod(hook.function)
            setattr(carrier, MARKER, hook.options | {"place": hook.place})
            carried[hook.attribute] = carrier
        try:
            manager.register(type(name, (), carried), name=name)
        except PluginValidationError as error:
            message = f"plugin {name}: {' '.join(str(error).split())}"
            raise HookError(FAILED, message, plugin=name, place=Place(file)) from error
    manager.check_pending()
    return manager


def _steps(manager: Pluggy, hook: str) -> tuple[HookStep, ...]:
    implementations: list[HookImpl] = getattr(manager.hook, hook).get_hookimpls()
    # pluggy keeps them in the reverse of the order in which it calls them.
    return tuple(_step(hook, one) for one in reversed(implementations))


def _step(hook: str, implementation: HookImpl) -> HookStep:
    options: dict[str, Any] = dict(implementation.opts)
    wrapper = "new" if implementation.wrapper else "old" if implementation.hookwrapper else ""
    return HookStep(
        hook=hook,
        plugin=implementation.plugin_name,
        function=implementation.function,
        arguments=implementation.argnames + implementation.kwargnames,
        wrapper=wrapper,
        inline=options["inline"] and hook != "telemetry",
        deadline_seconds=options["deadline_seconds"],
        on_failure=options["on_failure"],
        place=options["place"],
        file=options["place"].rpartition(":")[0],
    )
