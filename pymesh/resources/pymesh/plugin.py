"""``Plugin``: a Python plugin that every proxy of the mesh, or of a namespace, loads."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from pymesh.resources._base import Model, Resource, register

__all__ = ["Plugin", "PluginSpec"]


class PluginSpec(Model):
    """A plugin and how it is called.

    Args:
        source: A file, a module or the name of an installed plugin; ``:CLASS`` picks a class.
        config: What is handed to it, checked by the plugin itself. No place for secrets: every
            proxy that loads it is sent it.
        order: Among plugins the lower is called first; equal ones by name.
        failure_policy: Overrides what the plugin's hooks say to their own failure: ``deny``
            refuses the request, ``allow`` and ``skip`` go on without the hook. Hooks that cannot
            deny keep theirs.
        provider: The ``extensionProviders`` name for which its ``authorize`` hook answers when
            an AuthorizationPolicy's action is ``CUSTOM``; such a plugin is called for those
            policies only. Empty: it is called for every request.
    """

    source: Annotated[str, Field(min_length=1, max_length=1024)]
    config: dict[str, Any] = {}
    order: Annotated[int, Field(ge=-1000, le=1000)] = 0
    failure_policy: Literal["deny", "allow", "skip"] | None = None
    provider: Annotated[str, Field(max_length=253)] = ""


@register
class Plugin(Resource):
    """A plugin: in the root namespace for the whole mesh, elsewhere for its namespace."""

    KIND: ClassVar[str] = "Plugin"
    GROUP: ClassVar[str] = "mesh.pymesh.dev"
    VERSIONS: ClassVar[tuple[str, ...]] = ("v1alpha1",)
    NULLS: ClassVar[bool] = True

    spec: PluginSpec
