"""What is spoken on a port: ``appProtocol``, then the port's name, then well-known numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pymesh.wire import Protocol

__all__ = ["HTTP", "of_kubernetes_port", "of_name"]

HTTP: frozenset[str] = frozenset({"http", "http2", "grpc", "auto"})
"""Protocols on which HTTP rules apply; with ``auto`` they do if HTTP is what is spoken."""

_NAMES: dict[str, Protocol] = {
    "http": "http",
    "http2": "http2",
    "grpc": "grpc",
    "https": "https",
    "tls": "tls",
    "tcp": "tcp",
    "mongo": "tcp",
    "mysql": "tcp",
    "redis": "tcp",
}
_APP_PROTOCOLS: dict[str, Protocol] = {
    "kubernetes.io/h2c": "http2",
    "kubernetes.io/ws": "http",
    "kubernetes.io/wss": "https",
}
_TCP_PORTS = frozenset({25, 53, 3306, 27017})
"""SMTP, DNS, MySQL and MongoDB: there the server speaks first, so there is nothing to detect."""


def of_name(name: str) -> Protocol | None:
    """The protocol that a name, or the part of it before a dash, stands for.

    Example:
        >>> of_name("http-admin"), of_name("GRPC"), of_name("grpc-web-x"), of_name("admin")
        ('http', 'grpc', 'http', None)
    """
    name = name.lower()
    if name.startswith("grpc-web"):  # it is HTTP/1.1 with gRPC's messages
        return "http"
    return _NAMES.get(name.partition("-")[0])


def of_kubernetes_port(number: int, name: str, app_protocol: str | None) -> Protocol:
    """The protocol of a port of a Kubernetes service.

    Args:
        number: The port.
        name: The port's name.
        app_protocol: ``appProtocol``; if it is given, the name is not looked at.

    Returns:
        ``auto`` if nothing says what it is.
    """
    if app_protocol in _APP_PROTOCOLS:
        return _APP_PROTOCOLS[app_protocol]
    found = of_name(name if app_protocol is None else app_protocol)
    if found is None:
        found = "tcp" if number in _TCP_PORTS else "auto"
    return found
