"""The short forms of who asks and where to: ``web.shop/web`` and ``payments:8080``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pymesh.answers import Source, To
from pymesh.errors import PymeshError

if TYPE_CHECKING:
    from pymesh.wire import Documents

__all__ = ["destination_of", "source_of"]

DEFAULT_NAMESPACE = "default"


def source_of(text: str, documents: Documents) -> Source:
    """Who asks, from ``name[.namespace][/service account]``.

    What the text leaves out is taken from the service of that name, if the documents have one:
    labels and service account of its first endpoint, or its selector. A name that no service
    has stands for a workload labelled ``app: name``; its service account has the same name.

    Args:
        text: The short form.
        documents: Where to look the name up.

    Raises:
        PymeshError: ``bad-value``: it is no such form.

    Example:
        >>> from pymesh.wire import Documents
        >>> source = source_of("web.shop", Documents())
        >>> source.namespace, source.service_account, source.labels
        ('shop', 'web', {'app': 'web'})
    """
    workload, slash, account = text.partition("/")
    name, dot, namespace = workload.partition(".")
    if not name or (dot and not namespace) or (slash and not account) or "." in namespace:
        raise PymeshError(
            "bad-value",
            f"{text!r} says not who asks",
            hint="write NAME, NAME.NAMESPACE or NAME.NAMESPACE/SERVICE-ACCOUNT",
        )
    namespace = namespace or DEFAULT_NAMESPACE
    labels, known_account = _facts(f"{namespace}/{name}", documents)
    return Source(
        namespace=namespace,
        service_account=account or known_account or name,
        labels=labels or {"app": name},
    )


def _facts(key: str, documents: Documents) -> tuple[dict[str, str], str]:
    """Labels and service account of the workloads behind a service, as far as they are known."""
    for slice_ in documents.endpoints:
        if slice_.service == key:
            for endpoint in slice_.endpoints:
                return dict(endpoint.labels), endpoint.service_account
    for service in documents.services:
        if service.key == key:
            return dict(service.selector), ""
    return {}, ""


def destination_of(text: str) -> To:
    """Where a request is sent, from ``host[:port]``; an IPv6 address stands in brackets.

    Args:
        text: The short form.

    Raises:
        PymeshError: ``bad-value``: it is no such form.

    Example:
        >>> destination_of("payments.shop:8080")
        To(host='payments.shop', port=8080)
    """
    host, colon, port = text, "", ""
    if not text.endswith("]"):
        head, colon, port = text.rpartition(":")
        host = head if colon else text
    if not colon and host:
        return To(host=host)
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port) < 65536:
        raise PymeshError(
            "bad-value", f"{text!r} says not where to", hint="write HOST or HOST:PORT"
        )
    return To(host=host, port=int(port))
