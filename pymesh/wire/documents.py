"""All the documents of one proxy."""

from typing import Any, Literal

from msgspec import field

from pymesh.wire._base import Document
from pymesh.wire.policies import Mesh, PeerAuthentication, Policy
from pymesh.wire.routes import Listener, Routes
from pymesh.wire.services import Endpoints, Names, Service

__all__ = ["Documents", "Plugin"]


class Plugin(Document, frozen=True):
    """A plugin and its configuration.

    Args:
        name: The name it has in metrics and logs, unique in a proxy.
        source: A file, a module or an entry point's name.
        config: What is handed to it, checked by the plugin itself.
        audience: The namespace whose workloads load it, or ``*`` for all.
        failure: What its hooks' own failure leads to; absent leaves it to the hooks.
        provider: The ``extensionProviders`` name it answers for; it is then called for
            AuthorizationPolicies with ``CUSTOM`` only.
    """

    name: str
    source: str
    config: dict[str, Any] = field(default_factory=dict)
    audience: str = "*"
    failure: Literal["deny", "allow", "skip"] | None = None
    provider: str = ""


class Documents(Document, frozen=True):
    """All the documents of one proxy.

    Args:
        services: Services; a key may come once for each audience.
        endpoints: Endpoints by address.
        names: Endpoints by DNS name.
        routes: Routes; gateway, port, host and audience together are unique.
        listeners: Ports of gateways.
        policies: Authorization.
        peer_authentications: Mutual TLS; the oldest first.
        plugins: Plugins, in the order in which they are called.
        mesh: What holds for all; absent means the defaults.
    """

    services: tuple[Service, ...] = ()
    endpoints: tuple[Endpoints, ...] = ()
    names: tuple[Names, ...] = ()
    routes: tuple[Routes, ...] = ()
    listeners: tuple[Listener, ...] = ()
    policies: tuple[Policy, ...] = ()
    peer_authentications: tuple[PeerAuthentication, ...] = ()
    plugins: tuple[Plugin, ...] = ()
    mesh: Mesh | None = None
