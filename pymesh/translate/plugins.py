"""``Plugin`` resources: which plugins a proxy loads, in the order in which they are called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh import wire
from pymesh.resources.pymesh.plugin import Plugin
from pymesh.translate._output import Output, Root
from pymesh.translate._view import unit

if TYPE_CHECKING:
    from pymesh.translate._view import View

__all__ = ["ROOTS", "plugins"]


@unit
def plugins(view: View, _: None) -> Output:
    """Every plugin: the lower ``order`` first, then by name, then mesh-wide before a namespace's.

    A plugin of the root namespace is for the whole mesh, any other for its own namespace. Where
    both have one name, the proxies of the namespace load its own: they pick the narrower audience.
    """
    root = view.config.root_namespace
    found = sorted(
        view.of(Plugin),
        key=lambda one: (one.spec.order, one.name, one.namespace != root, one.namespace),
    )
    return Output(
        documents=tuple(
            wire.Plugin(
                name=one.name,
                source=one.spec.source,
                config=one.spec.config,
                audience="*" if one.namespace == root else one.namespace,
                failure=one.spec.failure_policy,
                provider=one.spec.provider,
            )
            for one in found
        )
    )


ROOTS = (Root("plugins", lambda _: (None,), plugins),)
